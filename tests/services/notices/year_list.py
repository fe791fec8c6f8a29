"""What a course's client and clinic have to hear, and when: made by hand from docs/notices.md and the protocol.

Nothing here calls the product's rules, so that a mistake in them does not make its own excuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

MORNING, EVENING = 8, 21
SETTLED = timedelta(minutes=2)
NOTED = timedelta(minutes=1)  # after its end a visit is noted as over
UPKEEP = timedelta(days=182)

By = Literal["client", "clinic"]


@dataclass(frozen=True)
class Due:
    """A message that has to go at that instant."""

    at: datetime
    to: str
    kind: str


@dataclass(frozen=True)
class House:
    """A clinic: where it is, who answers there, and what it chose."""

    zone: ZoneInfo
    owner: str
    reminders: tuple[int, ...]
    check_ins: tuple[int, ...]
    results: tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """Another time, told or taken back before it was."""

    at: datetime
    by: By
    starts_at: datetime
    ends_at: datetime
    told: bool = True


@dataclass
class Visit:
    """A booked session and what becomes of it."""

    id: UUID
    first_starts_at: datetime
    first_ends_at: datetime
    moves: list[Move] = field(default_factory=list)
    comes: bool = True
    cancelled_at: datetime | None = None
    cancelled_by: By = "client"

    @property
    def ends_at(self) -> datetime:
        return self.moves[-1].ends_at if self.moves else self.first_ends_at

    @property
    def starts_at(self) -> datetime:
        return self.moves[-1].starts_at if self.moves else self.first_starts_at

    @property
    def took_place(self) -> bool:
        return self.comes and self.cancelled_at is None


@dataclass
class Course:
    """A course, when it was booked and by whom; `returned`: the client had booked another before upkeep was due."""

    id: UUID
    house: House
    email: str
    booked_at: datetime
    by: By
    visits: list[Visit]
    news: bool = False
    returned: bool = False
    stopped_at: datetime | None = None


def expected(course: Course) -> list[Due]:
    """Every message about the course, to its client and to the clinic."""
    return [
        *_booked(course),
        *(due for visit in course.visits for due in _of_visit(course, visit)),
        *_stopped(course),
        *_reviews(course),
        *_upkeep(course),
    ]


def by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant, or the morning after it where it lies in the night."""
    local = at.astimezone(zone)
    if MORNING <= local.hour < EVENING:
        return at
    day = local.date() + timedelta(days=1 if local.hour >= EVENING else 0)
    return datetime.combine(day, time(MORNING), zone).astimezone(UTC)


def _told(course: Course, at: datetime, by: By, what: str) -> Iterator[Due]:
    """What clients did themselves they hear at once and the clinic by day; what the clinic did, they hear by day."""
    day = by_day(at, course.house.zone)
    yield Due(at if by == "client" else day, course.email, f"booking.{what}.client")
    if by == "client":
        yield Due(day, course.house.owner, f"booking.{what}.clinic")


def _booked(course: Course) -> Iterator[Due]:
    yield from _told(course, course.booked_at, course.by, "confirmed")


def _of_visit(course: Course, visit: Visit) -> Iterator[Due]:
    yield from _reminders(course, visit)
    for move in visit.moves:
        if move.told:
            yield from _told(course, move.at + SETTLED, move.by, "rescheduled")
    if visit.cancelled_at is not None and course.stopped_at is None:
        yield from _told(course, visit.cancelled_at + SETTLED, visit.cancelled_by, "cancelled")
    if visit.took_place:
        yield Due(visit.ends_at + NOTED + SETTLED, course.email, "aftercare")
        for days in course.house.check_ins:
            due = visit.ends_at + timedelta(days=days)
            if not any(_is_there(later, visit, due, course.house.zone) for later in course.visits):
                yield Due(by_day(due, course.house.zone), course.email, "check_in.asked")


def _is_there(later: Visit, visit: Visit, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the day of a later session has come, which is asked about itself."""
    gone = later.cancelled_at is not None and later.cancelled_at <= at
    missed = not later.comes and later.ends_at + NOTED <= at
    has_come = later.starts_at.astimezone(zone).date() <= at.astimezone(zone).date()
    return later.starts_at > visit.starts_at and has_come and not gone and not missed


def _reminders(course: Course, visit: Visit) -> Iterator[Due]:
    """For each time that the visit had, while it had it."""
    times = [(course.booked_at, visit.first_starts_at)]
    times += [(move.at, move.starts_at) for move in visit.moves]
    ends = [at for at, _ in times[1:]] + [visit.cancelled_at or datetime.max.replace(tzinfo=UTC)]
    for (since, starts_at), until in zip(times, ends, strict=True):
        for at in _reminded_at(starts_at, course.house):
            if since < at < until:
                yield Due(at, course.email, "booking.reminder")


def _reminded_at(starts_at: datetime, house: House) -> list[datetime]:
    """In the morning where it would be night, or the evening before where half of the time would be gone by then.

    Of two that meet, or would come in the wrong order, the one for nearer to the visit stays.
    """
    found: list[datetime] = []
    for hours in sorted(house.reminders, reverse=True):
        at = by_day(starts_at - timedelta(hours=hours), house.zone)
        if starts_at - at < timedelta(hours=hours) / 2:
            local = (starts_at - timedelta(hours=hours)).astimezone(house.zone)
            evening = local.date() - timedelta(days=1 if local.hour < MORNING else 0)
            at = datetime.combine(evening, time(EVENING - 1), house.zone).astimezone(UTC)
        found = [*(one for one in found if one < at), at]
    return found


def _stopped(course: Course) -> Iterator[Due]:
    """One message about all that falls away."""
    if course.stopped_at is not None:
        yield Due(by_day(course.stopped_at, course.house.zone), course.email, "course.stopped")


def _reviews(course: Course) -> Iterator[Due]:
    """After each visit, but about the course in its place once it is over, whatever ended it; about the result later.

    Three months on always, and on the days that the clinic chose.
    """
    came = [visit.ends_at for visit in course.visits if visit.took_place]
    if came:
        over_at, soon = _over_at(course), timedelta(days=3)
        asked = [came[0] + soon, *(at + soon for at in came[1:] if over_at > at + soon)]
        asked += [over_at + soon] if len(came) > 1 else []
        asked += [over_at + timedelta(days=days) for days in {90, *course.house.results}]
        for at in asked:
            yield Due(by_day(at, course.house.zone), course.email, "review.invited")


def _upkeep(course: Course) -> Iterator[Due]:
    """Half a year after a course that was gone through, where the client wants to hear, and has not come again."""
    last = course.visits[-1]
    if course.news and last.took_place and not course.returned:
        yield Due(by_day(last.ends_at + UPKEEP, course.house.zone), course.email, "course.upkeep")


def _over_at(course: Course) -> datetime:
    """The end of the last visit that took place, or when the last one after it fell away."""
    over: list[datetime] = []
    for visit in course.visits:
        if visit.took_place:
            over.append(visit.ends_at)
        else:
            over.append(visit.cancelled_at or visit.ends_at + NOTED)
    return max(over)
