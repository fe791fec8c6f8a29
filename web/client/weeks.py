"""A week of free times at a location, and the ways to other weeks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kernel.work import ClinicWork
from services.scheduling.availability import get_offer, load_board, workers_of
from services.scheduling.schemas import CALENDAR_YEARS
from web.filters import clock_time, short_weekday, weekday

DAYS = 7
LONGEST_RANGE = timedelta(days=30)

BUSY_ELSEWHERE = "busy elsewhere"


@dataclass(frozen=True, slots=True)
class Wish:
    """What free times are asked for; a session of a course only between two local days, beyond the horizon too.

    `by_clinic`: asked by the clinic, which books without notice. `archived`: for a visit that is booked already,
    whose treatment may have left the menu; `booked_at` says since when. `leaving` is that visit with its start: what it
    takes now is in nobody's way, and where it is now is no other time. `room_id` and `device_id`: in that room,
    with that device alone.
    """

    treatment_id: UUID
    location_id: UUID
    area: str
    practitioner_id: UUID | None
    zone: str
    horizon_days: int
    not_before: date | None = None
    not_after: date | None = None
    by_clinic: bool = False
    archived: bool = False
    booked_at: datetime | None = None
    leaving: tuple[UUID, datetime] | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of free times as the templates show them."""

    zone: str
    from_on: date
    to_on: date
    days: list[dict[str, Any]]
    previous_href: str | None
    next_href: str | None
    first_free_at: datetime | None = None
    first_free_href: str | None = None
    nothing_free: str | None = None
    change_href: str | None = None

    @property
    def has_slots(self) -> bool:
        return any(day["slots"] for day in self.days)


async def load_week(
    work: ClinicWork,
    wish: Wish,
    from_on: date | None,
    href: Callable[[date], str],
    *,
    change_href: str | None = None,
    nothing_free: str | None = None,
) -> Week:
    """The week from a local date, or from the first day that has a free time where none is given."""
    zone = ZoneInfo(wish.zone)
    today = work.now.astimezone(zone).date()
    opens = max(today, wish.not_before or today)
    last = max(opens, wish.not_after or today + timedelta(days=wish.horizon_days))
    start = min(max(from_on or opens, opens), last)
    times = await _free_times(work, wish, start, start + timedelta(days=DAYS - 1))
    first: datetime | None = None
    if not times:
        first = await _first_free(work, wish, start + timedelta(days=DAYS), last)
        first = first or (await _first_free(work, wish, opens, start - timedelta(days=1)))
        if first and from_on is None:
            start, first = first.astimezone(zone).date(), None
            times = await _free_times(work, wish, start, start + timedelta(days=DAYS - 1))
    days = [start + timedelta(days=number) for number in range(DAYS)]
    # Whoever books by hand is offered these as well, and sees it.
    elsewhere: set[datetime] = set()
    if wish.by_clinic and times:
        elsewhere = set(times) - set(await _free_times(work, wish, start, days[-1], by_hand=False))
    return Week(
        zone=wish.zone,
        from_on=start,
        to_on=days[-1],
        days=[_day(day, times, wish.zone, elsewhere) for day in days],
        previous_href=href(max(opens, start - timedelta(days=DAYS))) if start > opens else None,
        next_href=href(start + timedelta(days=DAYS)) if days[-1] < last else None,
        first_free_at=first,
        first_free_href=href(first.astimezone(zone).date()) if first else None,
        nothing_free=nothing_free,
        change_href=change_href,
    )


def read_day(text: str) -> date | None:
    """A date such as 2026-11-30, or nothing."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return None
    return value if value.year in CALENDAR_YEARS else None


async def _free_times(
    work: ClinicWork, wish: Wish, from_on: date, to_on: date, *, by_hand: bool = True
) -> list[datetime]:
    """Free times of local days, both inclusive, each once: whoever asks for nobody is given somebody by turns.

    The clinic itself gets those at which everybody is busy elsewhere too, unless not `by_hand`.
    """
    found = await get_offer(
        work,
        wish.treatment_id,
        wish.location_id,
        wish.area,
        by_clinic=wish.by_clinic,
        archived=wish.archived,
        booked_at=wish.booked_at,
    )
    offer = found.only(wish.room_id, wish.device_id)
    first = max(from_on, offer.earliest.astimezone(offer.zone).date(), wish.not_before or from_on)
    until = min(to_on, wish.not_after or offer.last_on)
    if until < first:
        return []
    workers = workers_of(offer, wish.practitioner_id)
    visit, now_at = wish.leaving or (None, None)
    leaving = [visit] if visit else []
    board = await load_board(
        work, offer, workers, first, until, by_hand=offer.by_clinic and by_hand, leaving=leaving
    )
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    starts = [free.starts_at for day in days for free in board.each_on(day, offer.earliest)]
    return [starts_at for starts_at in starts if starts_at != now_at]


async def _first_free(work: ClinicWork, wish: Wish, from_on: date, last: date) -> datetime | None:
    while from_on <= last:
        until = min(from_on + LONGEST_RANGE, last)
        found = await _free_times(work, wish, from_on, until)
        if found:
            return found[0]
        from_on = until + timedelta(days=1)
    return None


def _day(day: date, free: list[datetime], zone: str, elsewhere: Collection[datetime]) -> dict[str, Any]:
    local = ZoneInfo(zone)
    times = [time for time in free if time.astimezone(local).date() == day]
    labels = [clock_time(time, zone) for time in times]
    return {
        "date": day,
        "label": weekday(day),
        "short": (short_weekday(day), str(day.day)),
        "slots": [
            {
                "value": time.astimezone(local).isoformat(),
                "starts_at": time,
                "label": label if labels.count(label) == 1 else f"{label} {time.astimezone(local):%Z}",
                "note": BUSY_ELSEWHERE if time in elsewhere else None,
            }
            for time, label in zip(times, labels, strict=True)
        ],
        "closed": None,
    }
