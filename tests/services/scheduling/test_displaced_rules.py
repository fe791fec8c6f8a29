"""Which visits lie in time that was taken away."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.displaced_rules import DayPart, LocalVisit, Regular
from services.scheduling.hours_rules import EXTRA, Change, Hours
from services.scheduling.rules import Place, Worker

HERE, THERE, THEM, OTHERS = (UUID(int=number) for number in range(1, 5))
ZONE = ZoneInfo("America/Chicago")
MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
ALL_DAY = DayPart(MONDAY, TUESDAY)
NOON = DayPart(MONDAY, MONDAY, time(12), time(13))


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def _visit(day: date, begins: str, ends: str) -> LocalVisit:
    return LocalVisit(HERE, THEM, _at(day, begins), _at(day, ends))


@pytest.mark.parametrize(
    ("part", "visit", "meets"),
    [
        (ALL_DAY, _visit(date(2026, 11, 1), "23:00", "23:59"), False),
        (ALL_DAY, _visit(MONDAY, "00:00", "00:30"), True),
        (ALL_DAY, _visit(TUESDAY, "23:00", "23:59"), True),
        (ALL_DAY, _visit(date(2026, 11, 4), "00:00", "00:30"), False),
        (NOON, _visit(MONDAY, "11:00", "12:00"), False),
        (NOON, _visit(MONDAY, "11:00", "12:01"), True),
        (NOON, _visit(MONDAY, "12:15", "12:45"), True),
        (NOON, _visit(MONDAY, "12:59", "14:00"), True),
        (NOON, _visit(MONDAY, "13:00", "14:00"), False),
        (NOON, _visit(TUESDAY, "12:15", "12:45"), False),
    ],
)
def test_a_visit_lies_in_what_was_taken_where_they_share_a_minute(
    part: DayPart, visit: LocalVisit, *, meets: bool
) -> None:
    assert part.meets(visit) is meets


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [
        ("12:00", "13:00", True),
        ("11:59", "13:00", False),
        ("12:00", "13:01", False),
    ],
)
def test_time_in_addition_holds_a_visit_from_start_to_end(begins: str, ends: str, *, holds: bool) -> None:
    assert NOON.holds(_visit(MONDAY, begins, ends)) is holds
    assert NOON.holds(_visit(TUESDAY, begins, ends)) is False


def test_what_is_taken_at_one_location_leaves_the_others() -> None:
    there = DayPart(MONDAY, MONDAY, location_id=THERE)
    visit = _visit(MONDAY, "12:00", "13:00")
    assert (there.meets(visit), there.holds(visit)) == (False, False)
    here = DayPart(MONDAY, MONDAY, location_id=HERE)
    assert (here.meets(visit), here.holds(visit)) == (True, True)


def test_what_is_taken_of_one_person_leaves_the_others() -> None:
    visit = _visit(MONDAY, "12:00", "13:00")
    theirs, others = (DayPart(MONDAY, MONDAY, practitioner_id=one) for one in (THEM, OTHERS))
    assert (theirs.meets(visit), theirs.holds(visit)) == (True, True)
    assert (others.meets(visit), others.holds(visit)) == (False, False)


def test_the_day_of_a_visit_is_its_own_where_the_clock_jumps() -> None:
    hour = DayPart(date(2026, 11, 1), date(2026, 11, 1), time(1), time(2))
    again = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZONE)
    assert hour.meets(LocalVisit(HERE, THEM, again, again.replace(minute=45)))


def regular(opens: str, closes: str, *extra: Change) -> Regular:
    """A place that is open then on Mondays, with somebody who works there from nine to noon, and one who never does."""
    place = Place(ZONE, (Hours(0, time.fromisoformat(opens), time.fromisoformat(closes)),), (), (), extra)
    them = Worker(THEM, (Hours(0, time(9), time(12)),))
    return Regular(place, {THEM: them, OTHERS: Worker(OTHERS, ())})


@pytest.mark.parametrize(
    ("day", "begins", "ends", "is_open", "is_there"),
    [
        (MONDAY, "09:00", "12:00", True, True),
        (MONDAY, "08:59", "10:00", True, False),
        (MONDAY, "11:30", "12:01", True, False),
        (MONDAY, "17:30", "18:01", False, False),
        (TUESDAY, "10:00", "11:00", False, False),
    ],
)
def test_a_visit_lies_in_the_hours_from_start_to_end(
    day: date, begins: str, ends: str, *, is_open: bool, is_there: bool
) -> None:
    hours, visit = regular("08:00", "18:00"), _visit(day, begins, ends)
    assert (hours.is_open(visit), hours.is_there(visit)) == (is_open, is_there)


def test_time_in_addition_is_theirs_who_have_hours_there_and_of_who_has_left_nothing_is_said() -> None:
    hours = regular("08:00", "18:00", Change(EXTRA, TUESDAY, TUESDAY, time(10), time(12)))
    visit = _visit(TUESDAY, "10:00", "11:00")
    assert hours.is_open(visit)
    assert hours.is_there(visit)
    assert not hours.is_there(visit._replace(practitioner_id=OTHERS))
    assert hours.is_there(visit._replace(practitioner_id=UUID(int=99)))
