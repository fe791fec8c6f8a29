"""Rules of passwords, second factors and the length of sign-ins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.accounts import rules

NOW = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
PERSON = "This is mostly your name or your address. Choose one that says nothing about you."
PLACE = "This is mostly our name or our trade, which is guessed first. Choose four unrelated words."
COMMON = "Many people use this one or one like it, and it has leaked, so it is guessed first. Choose another."
RUNS = "This repeats itself or runs along the keys. Choose more variety: four unrelated words are good."
FEW, ENOUGH = 9_999_999, 10_000_000


def guess(tries: int, *patterns: str) -> rules.Guess:
    return rules.Guess(tries, frozenset(rules.Pattern(one) for one in patterns))


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (guess(FEW, "person", "place", "common", "run", "other"), PERSON),
        (guess(FEW, "place", "common", "run"), PLACE),
        (guess(FEW, "common", "run", "other"), COMMON),
        (guess(FEW, "run", "other"), RUNS),
        (guess(FEW, "other"), RUNS),
        (guess(ENOUGH, "person", "place", "common", "run"), None),
    ],
)
def test_a_password_of_few_guesses_is_refused_for_its_most_telling_part(
    found: rules.Guess, problem: str | None
) -> None:
    assert rules.password_problem("lamps along the quay", found, ()) == problem


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("torres-torres", PERSON),
        ("Torres-TORRES", PERSON),
        ("torres123456", None),
        ("torres12345", PERSON),
        ("anna@example.com", PERSON),
        ("lamps along the quay", None),
    ],
)
def test_a_password_that_is_mostly_about_a_person_is_refused_however_many_guesses_it_takes(
    password: str, problem: str | None
) -> None:
    telling = rules.telling_words("anna@example.com", "Ann Torres")
    assert rules.password_problem(password, guess(10**12, "other"), telling) == problem


def test_what_tells_of_a_person_is_the_address_and_its_parts_of_four_letters_longest_first() -> None:
    assert rules.telling_words("Anna.k-LEE+spa@Example.co", "Bob Torres Abel") == (
        "anna.k-lee+spa@example.co",
        "example",
        "torres",
        "abel",
        "anna",
    )
    assert rules.telling_words("ab@cd.io", "Al") == ("ab@cd.io",)


def test_addresses_are_compared_in_one_form() -> None:
    assert rules.normal_email("  Ana@Example.COM ") == "ana@example.com"


def test_only_a_digest_of_a_token_is_kept() -> None:
    assert rules.token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sessions_last_two_weeks_and_tokens_a_month() -> None:
    assert rules.lasts("session") == timedelta(days=14)
    assert rules.lasts("api") == timedelta(days=30)
    assert timedelta(days=3) == rules.VERIFICATION_LASTS
    assert timedelta(hours=1) == rules.RESET_LASTS
    assert timedelta(minutes=10) == rules.TICKET_LASTS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_household_of_the_new_internet_counts_as_one_place(address: str, network: str) -> None:
    assert rules.network_of(address) == network


@pytest.mark.parametrize(
    ("text", "is_one"), [("192.0.2.7", True), ("2001:db8::1", True), ("192.0.2.7:80", False), ("", False)]
)
def test_an_address_is_told_from_other_text(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert rules.is_address(text) is is_one


def test_the_state_of_a_link_is_one_of_its_parts_in_order() -> None:
    state = rules.state_of("ana@example.com", "hash")
    assert state == "afca7526fa5a46d4ceb6f5c843885133"
    assert state != rules.state_of("hash", "ana@example.com")
    assert rules.state_of("a", "b") != rules.state_of("ab")


@pytest.mark.parametrize(
    ("ago", "overdue"), [(None, False), (timedelta(days=13, hours=23), False), (timedelta(days=14), True)]
)
def test_an_owner_has_two_weeks_from_the_day_of_being_asked(ago: timedelta | None, overdue: bool) -> None:  # noqa: FBT001
    asked_at = None if ago is None else NOW - ago
    assert rules.second_factor_overdue(asked_at, NOW) is overdue


@pytest.mark.parametrize("typed", ["abcde-fgh23", "ABCDE FGH23", " abcdefgh23\n", "abcde\u2013fgh23"])
def test_a_recovery_code_is_read_however_it_is_typed(typed: str) -> None:
    assert rules.normal_code(typed) == "abcdefgh23"


@pytest.mark.parametrize(
    ("kind", "ago", "moves"),
    [
        ("session", timedelta(minutes=15), True),
        ("session", timedelta(minutes=14, seconds=59), False),
        ("api", timedelta(days=1), False),
    ],
)
def test_a_session_slides_after_a_quarter_of_an_hour(kind: str, ago: timedelta, moves: bool) -> None:  # noqa: FBT001
    assert rules.slides(kind, NOW - ago, NOW) is moves


@pytest.mark.parametrize(
    ("ago", "worth"), [(timedelta(minutes=15), True), (timedelta(minutes=14, seconds=59), False)]
)
def test_a_use_is_noted_every_quarter_of_an_hour(ago: timedelta, worth: bool) -> None:  # noqa: FBT001
    assert rules.is_worth_noting(NOW - ago, NOW) is worth


def test_a_step_is_thirty_seconds() -> None:
    assert rules.totp_step(datetime.fromtimestamp(59, UTC)) == 1
    assert rules.totp_step(datetime.fromtimestamp(60, UTC)) == 2


@pytest.mark.parametrize(
    ("code", "last_used", "step"),
    [
        ("111111", None, 1),
        ("222 222", None, 2),
        ("333333", 2, 3),
        ("222222", 2, None),
        ("111111", 2, None),
        ("222222", 1, 2),
        ("444444", None, None),
        ("", None, None),
    ],
)
def test_a_code_counts_once_and_never_backwards(code: str, last_used: int | None, step: int | None) -> None:
    codes = {1: "111111", 3: "333333", 2: "222222"}
    assert rules.accepted_step(code, codes, last_used) == step
