"""Rules of passwords, second factors and the length of sign-ins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.accounts import rules

NOW = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
COMMON = "Many people use this one, so it is guessed first. Choose another."
REPEATS = "This repeats itself. Choose one with more variety: four unrelated words are good."
TELLING = "This is mostly your name or your address. Choose one that says nothing about you."


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("password1234", COMMON),
        ("PassWord1234", COMMON),
        (" password1234 ", COMMON),
        ("needlewise123", COMMON),
        ("123456789012", COMMON),
        ("210987654321", COMMON),
        ("qwertyuiopas", COMMON),
        ("zyxwvutsrqpo", COMMON),
        ("aaaaaaaaaaaa", REPEATS),
        ("abababababab", REPEATS),
        ("abcdabcdabcd", REPEATS),
        ("abcd12abcd12", REPEATS),
        ("abcdefgh" * 2, REPEATS),
        ("abcdefghi" * 2, None),
        ("aabbccddaabb1a", None),
        ("aabbccddccbbaa", REPEATS),
        ("abcdeabcdabde", None),
        ("ana.torres@x1", None),
        ("torres-torres", TELLING),
        ("annatorres12", TELLING),
        ("annatorres1234567890x", None),
        ("example.example", TELLING),
        ("a long walk by the sea", None),
    ],
)
def test_easily_guessed_passwords_are_named(password: str, problem: str | None) -> None:
    found = rules.password_problem(password, email="Anna@Example.com", name="Anna Torres")
    assert found == problem


def test_a_part_of_four_letters_tells_and_one_of_three_does_not() -> None:
    assert rules.password_problem("anna-anna-12", email="x@y.test", name="Anna") == TELLING
    assert rules.password_problem("bob-bob-bob12", email="x@y.test", name="Bob") is None


def test_half_of_a_password_may_be_a_name() -> None:
    assert rules.password_problem("torres123456", email="x@y.test", name="Torres") is None
    assert rules.password_problem("torres1234xtorres", email="x@y.test", name="Torres") == TELLING


def test_an_address_of_short_parts_tells_as_a_whole() -> None:
    assert rules.password_problem("ab@cd.io1234", email="ab@cd.io", name="Al") == TELLING


def test_the_longest_of_two_names_is_looked_for_first() -> None:
    assert rules.password_problem("annabella123", email="x@y.test", name="Annabella Bella") == TELLING


def test_addresses_are_compared_in_one_form() -> None:
    assert rules.normal_email("  Ana@Example.COM ") == "ana@example.com"


def test_only_a_digest_of_a_token_is_kept() -> None:
    assert rules.token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sessions_last_two_weeks_and_tokens_a_month() -> None:
    assert rules.lasts("session") == timedelta(days=14)
    assert rules.lasts("api") == timedelta(days=30)
    assert timedelta(days=3) == rules.VERIFICATION_LASTS


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
