"""Which messages go, go again after a crash, or come too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.notices.rules import (
    KINDS,
    Change,
    Step,
    audience_of,
    change_to_tell,
    day_of,
    digest_of,
    is_number,
    is_quiet_over,
    is_told_anew,
    next_step,
    one_each,
    refusal_words,
    stop_version,
    tells_outcome,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY_KNOWS = "the sender stopped while sending, and this kind is not sent twice"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_sent_when_it_was_just_queued(kind: str) -> None:
    assert next_step(kind, "queued", NOW, NOW) == (Step.SEND, "")


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_what_is_over_stays_so(state: str) -> None:
    assert next_step("aftercare", state, NOW, NOW) == (Step.NOTHING, "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("550 5.1.1 <ana@example.test> unknown", "refused: 550 5.1.1"),
        ("550 ana is gone", "refused: 550"),
        ("554-5.7.1 no", "refused: 554-5.7.1"),
        ("no", "refused"),
    ],
)
def test_of_a_refusal_the_numbers_alone_are_kept(said: str, words: str) -> None:
    assert refusal_words(said) == words


@pytest.mark.parametrize(
    ("kind", "audience"),
    [
        ("booking.confirmed.client", "client"),
        ("booking.confirmed.clinic", "team"),
        ("booking.reminder", "client"),
        ("check_in.asked", "client"),
        ("course.stopped", "client"),
        ("check_in.red_flag", "person"),
        ("account.new_email", "person"),
    ],
)
def test_whom_a_kind_is_for(kind: str, audience: str) -> None:
    assert audience_of(kind) == audience


@pytest.mark.parametrize(
    ("kind", "tells"),
    [
        ("booking.cancelled.client", True),
        ("course.stopped", True),
        ("aftercare", False),
        ("x.booking.", False),
    ],
)
def test_what_becomes_of_visits_is_told_by_some_kinds(kind: str, tells: bool) -> None:  # noqa: FBT001
    assert tells_outcome(kind) is tells


def test_a_message_to_several_people_has_a_subject_of_its_own_for_each() -> None:
    thing, other = UUID(int=1), UUID(int=2)
    assert one_each(thing, "a@example.test") == one_each(thing, "a@example.test")
    assert one_each(thing, "a@example.test") != one_each(thing, "b@example.test")
    assert one_each(thing, "a@example.test") != one_each(other, "a@example.test")
    assert str(one_each(thing, "a@example.test")) == "8cbdf287-e95c-56b3-b9c2-744c3c14f6f0"


def test_what_tells_of_a_day_or_of_a_stop_has_it_as_its_version() -> None:
    assert (day_of(date(1, 1, 2)), day_of(None)) == (2, 0)
    assert stop_version(datetime(1970, 1, 1, 0, 1, 0, 999_999, tzinfo=UTC)) == 60


def test_an_address_is_known_again_in_any_case_of_letters() -> None:
    assert digest_of(" Ana@Example.test") == digest_of("ana@example.test") != digest_of("bo@example.test")


def test_what_is_about_the_morning_does_not_wait_for_it() -> None:
    assert is_quiet_over(NOW, [NOW + timedelta(days=1), NOW + timedelta(minutes=119)])
    assert not is_quiet_over(NOW, [NOW + timedelta(hours=2)])
    assert not is_quiet_over(NOW, [])


def test_marketing_is_what_is_about_no_visit_and_never_urgent() -> None:
    assert [kind for kind, rule in KINDS.items() if rule.marketing] == ["course.upkeep"]
    assert not any(rule.urgent or rule.essential for rule in KINDS.values() if rule.marketing)


def test_a_kind_without_a_rule_is_not_sent() -> None:
    with pytest.raises(KeyError):
        next_step("gossip", "queued", NOW, NOW)


@pytest.mark.parametrize(
    ("kind", "longest"),
    [
        ("account.verify_email", timedelta(days=3)),
        ("booking.reminder", timedelta(hours=20)),
        ("aftercare", timedelta(days=2)),
        ("check_in.asked", timedelta(days=7)),
        ("review.invited", timedelta(days=30)),
    ],
)
def test_some_kinds_make_sense_for_a_time(kind: str, longest: timedelta) -> None:
    assert next_step(kind, "queued", NOW, NOW + longest) == (Step.SEND, "")
    late = next_step(kind, "queued", NOW, NOW + longest + timedelta(seconds=1))
    assert late == (Step.FAIL, "its time has passed")


def test_only_a_reminder_is_not_repeated_after_a_crash() -> None:
    steps = {kind: next_step(kind, "inflight", NOW, NOW) for kind in KINDS}
    assert {steps.pop(kind) for kind in ("booking.reminder", "booking.reminder.text")} == {
        (Step.FAIL, NOBODY_KNOWS)
    }
    assert set(steps.values()) == {(Step.SEND, "")}
    years_later = NOW + timedelta(days=900)
    assert next_step("booking.confirmed.client", "inflight", NOW, years_later) == (Step.SEND, "")


@pytest.mark.parametrize(
    ("status", "last", "moved", "untold", "told"),
    [
        ("confirmed", None, False, True, Change.CONFIRMED),
        ("confirmed", None, True, True, Change.CONFIRMED),
        ("confirmed", None, False, False, Change.CONFIRMED),
        ("confirmed", None, True, False, Change.MOVED),
        ("confirmed", "confirmed", True, False, Change.MOVED),
        ("confirmed", "confirmed", False, False, Change.MOVED),
        ("confirmed", "confirmed", True, True, Change.MOVED),
        ("confirmed", "requested", False, False, Change.CONFIRMED),
        ("confirmed", "requested", True, False, Change.CONFIRMED),
        ("requested", None, False, True, Change.REQUESTED),
        ("requested", "requested", True, False, Change.MOVED),
        ("cancelled", None, False, True, Change.NOTHING),
        ("cancelled", None, False, False, Change.CANCELLED),
        ("cancelled", "confirmed", False, False, Change.CANCELLED),
        ("cancelled", "confirmed", False, True, Change.CANCELLED),
        ("completed", "confirmed", True, False, Change.NOTHING),
        ("expired", None, False, True, Change.NOTHING),
    ],
)
def test_what_is_told_of_a_visit_is_how_it_differs_from_what_was_told(
    status: str, last: str | None, told: Change, *, moved: bool, untold: bool
) -> None:
    assert change_to_tell(status, last, same=False, moved=moved, untold=untold) is told
    assert change_to_tell(status, last, same=True, moved=moved, untold=untold) is Change.NOTHING


@pytest.mark.parametrize(
    ("same", "known", "waits", "settled", "anew"),
    [
        (True, True, False, True, True),
        (True, True, True, False, True),
        (False, False, False, False, True),
        (False, False, True, True, False),
        (False, True, False, True, True),
        (False, True, False, False, False),
        (False, True, True, True, False),
    ],
)
def test_a_new_address_is_told_what_nothing_else_tells_it(
    *, same: bool, known: bool, waits: bool, settled: bool, anew: bool
) -> None:
    assert is_told_anew(same=same, known=known, waits=waits, settled=settled) is anew


@pytest.mark.parametrize(
    ("recipient", "number"),
    [("+12125550100", True), ("+1@example.test", False), ("12125550100", False), ("a@example.test", False)],
)
def test_a_number_is_told_from_an_address(recipient: str, *, number: bool) -> None:
    assert is_number(recipient) is number
