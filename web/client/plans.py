"""Bookings made together as the values of the course drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.courses.schemas import CourseView
from services.scheduling import course_rules as rules
from services.scheduling.schemas import BookingView
from web.filters import day as day_words

ACTIVE = frozenset({"requested", "held", "confirmed", "arrived"})
GONE = frozenset({"cancelled", "declined", "expired"})
NOTHING_IN_WINDOW = "Nothing is free inside this session’s window. The clinic can help by phone."
_POINTS = {"completed": "done", "no_show": "missed"}


@dataclass(frozen=True, slots=True)
class Window:
    """When a session of a course should be: local dates, both inclusive; a side without a neighbour is open."""

    from_on: date | None
    to_on: date | None
    min_days: int
    max_days: int


def local_date(moment: datetime, zone: str) -> date:
    """The date on the wall of the place."""
    return moment.astimezone(ZoneInfo(zone)).date()


def drawing_of(sessions: Sequence[BookingView], course: CourseView | None) -> list[dict[str, Any]]:
    """The sessions as points with windows, by days from the first one; the cancelled ones are shown as planned."""
    if not sessions:
        return []
    ordered = sorted(sessions, key=lambda item: item.starts_at)
    first = local_date(ordered[0].starts_at, ordered[0].time_zone)
    drawn: list[dict[str, Any]] = []
    for number, session in enumerate(ordered):
        day = (local_date(session.starts_at, session.time_zone) - first).days
        before = drawn[-1]["day"] if drawn else None
        window = (
            (before + course.min_days, before + course.max_days) if course and before is not None else None
        )
        drawn.append(
            {
                "day": day,
                "number": session.position or number + 1,
                "state": _POINTS.get(session.status, "booked" if session.status in ACTIVE else "planned"),
                "window": window,
                "label": day_words(session.starts_at, session.time_zone),
            }
        )
    return drawn


def day_of_course(sessions: Sequence[BookingView], now: datetime) -> int | None:
    """Today in days from the first session, or nothing outside the course's time."""
    if not sessions:
        return None
    ordered = sorted(sessions, key=lambda item: item.starts_at)
    zone = ordered[0].time_zone
    today, first = local_date(now, zone), local_date(ordered[0].starts_at, zone)
    last = local_date(ordered[-1].starts_at, zone)
    return (today - first).days if first <= today <= last else None


def window_of(
    booking: BookingView, sessions: Sequence[BookingView], course: CourseView | None, now: datetime
) -> Window | None:
    """When a session of a course should be, counted from its neighbours; nothing for a single visit.

    Of a window that has begun, what is left of it: nobody picks a day that is over.
    """
    if course is None:
        return None
    others = {
        item.position: local_date(item.starts_at, booking.time_zone)
        for item in sessions
        if item.id != booking.id and item.status not in GONE
    }
    from_on, to_on = rules.window_of(booking.position, others, course.window)
    if from_on is None and to_on is None:
        return None
    today = local_date(now, booking.time_zone)
    if from_on is not None and from_on < today and (to_on is None or to_on >= today):
        from_on = today
    return Window(from_on, to_on, course.min_days, course.max_days)
