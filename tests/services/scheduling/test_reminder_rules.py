"""When reminders are due: in the day of the place, never two at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.kernel.quiet_rules import QuietHours
from services.scheduling.reminder_rules import is_texted, reminder_version, reminders_at

NIGHT = QuietHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "hours", "due"),
    [
        ("2026-11-27T14:00", [72, 24], {72: "2026-11-24T14:00", 24: "2026-11-26T14:00"}),
        ("2026-11-27T14:00", [24, 72], {72: "2026-11-24T14:00", 24: "2026-11-26T14:00"}),
        ("2026-11-27T14:00", [], {}),
        # A visit at seven: a day before is still night, and an hour later is a good time.
        ("2026-11-27T07:00", [24], {24: "2026-11-26T08:00"}),
        # Ten hours before nine is eleven at night; the morning is too near to the visit, so the evening before.
        ("2026-11-27T09:00", [10], {10: "2026-11-26T20:00"}),
        # Exactly half of the hours left is enough.
        ("2026-11-27T12:00", [8], {8: "2026-11-27T08:00"}),
        ("2026-11-27T11:59", [8], {8: "2026-11-26T20:00"}),
        # Both fall to one hour: the nearer one says it.
        ("2026-11-27T09:00", [12, 10], {10: "2026-11-26T20:00"}),
    ],
)
def test_reminders_are_due_by_day(starts_at: str, hours: list[int], due: dict[int, str]) -> None:
    assert reminders_at(at(starts_at), hours, "UTC", NIGHT) == {h: at(text) for h, text in due.items()}


def test_without_quiet_hours_they_are_due_to_the_hour() -> None:
    assert reminders_at(at("2026-11-27T07:00"), [24], "UTC", None) == {24: at("2026-11-26T07:00")}


def test_the_morning_is_that_of_the_place_when_the_clocks_have_changed() -> None:
    # Chicago, Sunday 8 March 2026: the clocks go forward at two; the visit is on Monday at 7 (12:00 UTC).
    assert reminders_at(at("2026-03-09T12:00"), [24], "America/Chicago", NIGHT) == {
        24: at("2026-03-08T13:00")
    }


def test_a_version_tells_times_and_reminders_apart() -> None:
    versions = {reminder_version(sequence, hours) for sequence in range(3) for hours in (1, 24, 336)}
    assert len(versions) == 9


@pytest.mark.parametrize(
    ("which", "hours", "texted"),
    [
        ("off", 2, False),
        ("off", 24, False),
        ("last", 2, True),
        ("last", 1, True),
        ("last", 24, False),
        ("all", 2, True),
        ("all", 72, True),
    ],
)
def test_the_last_reminder_or_each_goes_as_a_text(which: str, hours: int, *, texted: bool) -> None:
    assert is_texted(which, hours, (72, 24, 2)) is texted


def test_a_reminder_of_a_policy_that_has_none_any_more_is_the_last() -> None:
    assert is_texted("last", 24, ())
