"""Free times at a location: five weeks of days at one glance, the times of seven of them, and the ways to others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import places
from services.clinics.week_schemas import CALENDAR_YEARS
from services.kernel.work import ClinicWork
from services.scheduling.availability import (
    Offer,
    board_of,
    get_offer,
    get_offer_as_booked,
    taken_over,
    workers_of,
)
from services.scheduling.board_rules import Board
from services.scheduling.schemas import BookingView
from web.filters import clock_time, weekday

DAYS, WEEKS = 7, 5
PAGE = timedelta(weeks=WEEKS)
A_DAY = timedelta(days=1)

BUSY_ELSEWHERE = "busy elsewhere"
Href = Callable[[date | None], str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What free times are asked for; a session of a course only between two local days, beyond the horizon too.

    `by_clinic`: asked by the clinic, which books without notice. `booked`: a visit that is to move, or one of a
    course that is missing another: what it is may have left the menu. `leaving`: that one is to move, and what it takes
    now is in nobody's way, nor what is `kept` (holds) for it to move to, and where it is now is no other time.
    `room_id` and `device_id`: in that room, with that device alone.
    """

    treatment_id: UUID
    location_id: UUID
    area: str
    practitioner_id: UUID | None
    horizon_days: int
    not_before: date | None = None
    not_after: date | None = None
    by_clinic: bool = False
    booked: BookingView | None = None
    leaving: bool = False
    kept: Collection[UUID] = ()
    room_id: UUID | None = None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day among the five weeks: how many times are free, and the way to them where there are any."""

    on: date
    free: int
    href: str | None
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Five weeks of days from a Monday, or fewer where the calendar ends before, with the ways to other weeks.

    They count from the first day that can be booked, not from the first of a month: so the days that are asked for
    most stand together on the first page, at a month's end too.
    """

    weeks: list[list[Day]]
    previous_href: str | None
    next_href: str | None

    @property
    def from_on(self) -> date:
        return self.weeks[0][0].on

    @property
    def to_on(self) -> date:
        return self.weeks[-1][-1].on


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of free times as the templates show them, and the month in which they stand.

    `soonest_href` leads to the first free time of all, which is `soonest_at` where it lies in that month;
    `first_free_href` to another month's, where this one has none to show. `moved_to` is the place of the times where it
    is not the one that was asked for.
    """

    zone: str
    from_on: date
    to_on: date
    days: list[dict[str, Any]]
    month: Month
    soonest_href: str
    soonest_at: datetime | None
    next_href: str | None
    first_free_at: datetime | None = None
    first_free_href: str | None = None
    nothing_free: str | None = None
    change_href: str | None = None
    credentials_end_on: date | None = None
    moved_to: str | None = None

    @property
    def has_slots(self) -> bool:
        return any(day["slots"] for day in self.days)


async def load_week(
    work: ClinicWork,
    wish: Wish,
    from_on: date | None,
    href: Href,
    *,
    begins_on: date | None = None,
    change_href: str | None = None,
    nothing_free: str | None = None,
) -> Week:
    """The week from a local date; where none is given or nothing is free in it, from the next day that has times.

    `begins_on` is from when times are looked for where no date is given. `href` gives the address of a date, and of
    the first free time for nothing. Days and times of a page come from one read of what is taken.
    """
    calendar = await _Calendar.open(work, wish)
    begin = calendar.within(begins_on or calendar.opens)
    start = calendar.within(from_on or begin)
    read = await calendar.read_page(start)
    first: datetime | None = None
    if from_on is None or not any(read.on(day) for day in _days(start, DAYS)):
        first = await calendar.first_from(start, read)
        found_on = calendar.local(first) if first else start
        if from_on is None or found_on in calendar.page_of(start):
            start, first = found_on, None
            if start not in calendar.page_of(read.from_on):
                read = await calendar.read_page(start)
    days = _days(start, DAYS)
    return Week(
        zone=calendar.zone,
        from_on=start,
        to_on=days[-1],
        days=[_day(day, read.on(day), calendar.zone, read.elsewhere(day)) for day in days],
        month=_month(calendar, read, start, href),
        soonest_href=href(None),
        soonest_at=read.first(begin) if begin >= read.from_on else None,
        next_href=href(days[-1] + A_DAY) if days[-1] < calendar.last else None,
        first_free_at=first,
        first_free_href=href(calendar.local(first)) if first else None,
        nothing_free=nothing_free,
        change_href=change_href,
        credentials_end_on=calendar.credentials_end_on,
        moved_to=await calendar.moved_to(),
    )


def days_at(path: str, **kept: str) -> Href:
    """The addresses of a page of times: `from` says the day, beside what else is kept in its query."""

    def href(day: date | None) -> str:
        query = {name: value for name, value in kept.items() if value}
        query |= {"from": day.isoformat()} if day else {}
        return f"{path}?{urlencode(query)}" if query else path

    return href


def read_day(text: str) -> date | None:
    """A date such as 2026-11-30, or nothing."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return None
    return value if value.year in CALENDAR_YEARS else None


class _Calendar:
    """The local days on which a wish's times can be looked for, and reads of what is free on them."""

    def __init__(self, work: ClinicWork, wish: Wish, offer: Offer) -> None:
        self._work, self._wish, self._offer = work, wish, offer
        self._zone = offer.zone
        self._workers = workers_of(offer, wish.practitioner_id)
        self.today = self.local(work.now)
        self.opens = max(self.today, wish.not_before or self.today)
        self.last = max(self.opens, wish.not_after or self.today + timedelta(days=wish.horizon_days))
        self._first_monday = self.opens - timedelta(days=self.opens.weekday())

    @classmethod
    async def open(cls, work: ClinicWork, wish: Wish) -> _Calendar:
        if wish.booked:
            found = await get_offer_as_booked(work, wish.booked, by_clinic=wish.by_clinic)
        else:
            found = await get_offer(
                work, wish.treatment_id, wish.location_id, wish.area, by_clinic=wish.by_clinic
            )
        return cls(work, wish, found.only(wish.room_id, wish.device_id))

    @property
    def zone(self) -> str:
        """The place's, where the times are."""
        return self._zone.key

    async def moved_to(self) -> str | None:
        """The name of the place where the treatment is given now, if that is another than was asked for."""
        if self._offer.location_id == self._wish.location_id:
            return None
        return (await places.get_location(self._work, self._offer.location_id, archived=True)).name

    @property
    def credentials_end_on(self) -> date | None:
        """For the clinic: the day after which no checked credential of who gives it counts, if it could book later."""
        ends_on = max((worker.until for worker in self._workers), default=self.last)
        return ends_on if self._offer.by_clinic and ends_on < self.last else None

    def local(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def within(self, day: date) -> date:
        return min(max(day, self.opens), self.last)

    def page_of(self, day: date) -> list[date]:
        """The whole weeks among which a day stands, as far as the calendar goes."""
        monday = self._first_monday + (day - self._first_monday) // PAGE * PAGE
        weeks = min(WEEKS, (self.last - monday).days // DAYS + 1)
        return _days(monday, weeks * DAYS)

    async def read_page(self, day: date) -> _Read:
        """A day's page, and as many days more as a week from its last day takes."""
        page = self.page_of(day)
        return await self._read(max(page[0], self.opens), page[-1] + (DAYS - 1) * A_DAY)

    async def first_from(self, day: date, read: _Read) -> datetime | None:
        """The first free time from a day on, on its page that was read or after it; else the first before it."""
        return (
            read.first(day)
            or await self._search(read.to_on + A_DAY, self.last)
            or await self._search(self.opens, day - A_DAY)
        )

    async def _search(self, from_on: date, to_on: date) -> datetime | None:
        while from_on <= to_on:
            read = await self._read(from_on, min(from_on + PAGE - A_DAY, to_on))
            if found := read.first(from_on):
                return found
            from_on = read.to_on + A_DAY
        return None

    async def _read(self, from_on: date, to_on: date) -> _Read:
        """One look at what is taken. The clinic itself gets the times at which everybody is busy elsewhere too."""
        wish, offer = self._wish, self._offer
        first = max(from_on, self.local(offer.earliest), wish.not_before or from_on)
        until = min(to_on, wish.not_after or offer.last_on)
        if until < first:
            return _Read(from_on, to_on, offer, [], {})
        visit = wish.booked if wish.leaving else None
        taken = await taken_over(self._work, offer.facts, self._workers, first, until)
        boards = {
            by_hand: board_of(
                offer, self._workers, taken, by_hand=by_hand, leaving=[visit.id, *wish.kept] if visit else []
            )
            for by_hand in {False, offer.by_clinic}
        }
        open_days = _days(first, (until - first).days + 1)
        return _Read(from_on, to_on, offer, open_days, boards, now_at=visit.starts_at if visit else None)


class _Read:
    """What is free on local days from one to another, both inclusive, by one look at what is taken."""

    def __init__(
        self,
        from_on: date,
        to_on: date,
        offer: Offer,
        open_days: list[date],
        boards: dict[bool, Board],
        *,
        now_at: datetime | None = None,
    ) -> None:
        self.from_on, self.to_on = from_on, to_on
        self._open_days, self._boards = frozenset(open_days), boards
        self._offer, self._now_at = offer, now_at
        self._found: dict[date, list[datetime]] = {}

    def on(self, day: date) -> list[datetime]:
        """Free times of a day, each once: whoever asks for nobody is given somebody by turns."""
        if day not in self._found:
            self._found[day] = self._times(day, by_hand=self._offer.by_clinic)
        return self._found[day]

    def count(self, day: date) -> int:
        """How many times of a day are free; of most days of a page nothing more is asked."""
        if day not in self._open_days:
            return 0
        board = self._boards[self._offer.by_clinic]
        if self._now_at and board.day_of(self._now_at) == day:
            return len(self.on(day))
        return board.count_on(day, self._offer.earliest)

    def first(self, day: date) -> datetime | None:
        """The first free time from a day on; later days are not looked at."""
        days = _days(day, (self.to_on - day).days + 1)
        return next((moment for one in days for moment in self.on(one)), None)

    def elsewhere(self, day: date) -> set[datetime]:
        """Those of a day at which everybody is busy elsewhere: whoever books by hand is offered them, and sees it."""
        if not self._offer.by_clinic:
            return set()
        return set(self.on(day)) - set(self._times(day, by_hand=False))

    def _times(self, day: date, *, by_hand: bool) -> list[datetime]:
        if day not in self._open_days:
            return []
        found = (free.starts_at for free in self._boards[by_hand].each_on(day, self._offer.earliest))
        return [moment for moment in found if moment != self._now_at]


def _days(first: date, number: int) -> list[date]:
    return [first + one * A_DAY for one in range(number)]


def _month(calendar: _Calendar, read: _Read, chosen: date, href: Href) -> Month:
    page = calendar.page_of(chosen)
    days = []
    for on in page:
        free = read.count(on)
        days.append(Day(on, free, href(on) if free else None, on == calendar.today, on == chosen))
    return Month(
        weeks=[days[number : number + DAYS] for number in range(0, len(days), DAYS)],
        previous_href=href(calendar.within(page[0] - PAGE)) if page[0] > calendar.opens else None,
        next_href=href(page[-1] + A_DAY) if page[-1] < calendar.last else None,
    )


def _day(day: date, free: list[datetime], zone: str, elsewhere: Collection[datetime]) -> dict[str, Any]:
    local = ZoneInfo(zone)
    labels = [clock_time(time, zone) for time in free]
    return {
        "date": day,
        "label": weekday(day),
        "slots": [
            {
                "value": time.astimezone(local).isoformat(),
                "starts_at": time,
                "label": label if labels.count(label) == 1 else f"{label} {time.astimezone(local):%Z}",
                "note": BUSY_ELSEWHERE if time in elsewhere else None,
            }
            for time, label in zip(free, labels, strict=True)
        ],
    }
