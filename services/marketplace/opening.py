"""When a location is open: the hours of its week as they stand, and what that makes of this week and the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.clinics.hours_schemas import ExceptionView
from services.clinics.schemas import LocationView
from services.marketplace.public_schemas import DayShown, HoursShown, SpanShown
from services.scheduling.hours_rules import Change, hours_on

_DAYS_SHOWN = 14


def hours_shown(location: LocationView, now: datetime) -> list[HoursShown]:
    """The hours of the week that are not over, in the order of the week."""
    today = _today(location, now)
    return [
        HoursShown(
            weekday=span.weekday,
            opens=f"{span.opens:%H:%M}",
            closes=f"{span.closes:%H:%M}",
            weeks=span.weeks,
            valid_from=span.valid_from,
            valid_until=span.valid_until,
        )
        for span in location.hours
        if span.days[1] >= today
    ]


def days_shown(location: LocationView, others: Iterable[ExceptionView], now: datetime) -> list[DayShown]:
    """The days of this week and the next, from Monday on, each with what single days change."""
    today = _today(location, now)
    monday = today - timedelta(days=today.weekday())
    hours = [span.as_rule() for span in location.hours]
    changes = [_change(one) for one in others]
    days = (monday + timedelta(days=number) for number in range(_DAYS_SHOWN))
    return [
        DayShown(
            on=day,
            spans=[
                SpanShown(opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
                for opens, closes in hours_on(day, hours, changes)
            ],
        )
        for day in days
    ]


def _today(location: LocationView, now: datetime) -> date:
    return now.astimezone(ZoneInfo(location.time_zone)).date()


def _change(one: ExceptionView) -> Change:
    times = (one.opens, one.closes) if one.opens and one.closes else ()
    return Change(one.kind, one.first_on, one.last_on, *times)
