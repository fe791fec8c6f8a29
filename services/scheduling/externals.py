"""Use cases of calendars elsewhere: added to a practitioner, read from time to time, taken off.

What such a calendar says is when its owner is busy: counted against free times, shown to the clinic, without words.
The public is offered no such time; the clinic may book it by hand, and is told.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from services.accounts.schemas import Input, Line
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.language import gettext
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling import events
from services.scheduling.external_repository import ExternalRepository
from services.scheduling.external_rules import host_of, next_pause, unread_words
from services.scheduling.feed_repository import find_address
from services.scheduling.feed_rules import kept_of, token_in

MOST_CALENDARS = 5
_ADDED_AN_HOUR, _HOUR = 30, 60 * 60
_AHEAD, _FURTHEST_AHEAD = timedelta(days=35), timedelta(days=366)
"""How far beyond the horizon a calendar is read: as far as a course goes on that begins on its last day."""
_AGAIN_IN_FULL = timedelta(hours=20)


class NewExternalCalendar(Input):
    """The address of a calendar that somebody keeps elsewhere."""

    address: Annotated[str, Line(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class ExternalView:
    """A calendar elsewhere, without its secret address: how it is read. `state` is waiting, read or failing.

    `problem` says why it is not read, or that some of what was read could not be understood.
    """

    id: UUID
    practitioner_id: UUID
    host: str
    state: str
    problem: str
    added_at: datetime
    read_at: datetime | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What a reading needs: the address, what it gave last (empty to read anew), and for which time it counts."""

    id: UUID
    practitioner_id: UUID
    address: str
    tag: str
    zone: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What a reading gave: when the owner is busy, how many events could not be understood, and the file's tag."""

    spans: Sequence[tuple[datetime, datetime]]
    unread: int
    tag: str


@dataclass(frozen=True, slots=True)
class BusySpan:
    """A practitioner is busy elsewhere. Instants in UTC. `by_hand`: the clinic may book them then all the same."""

    practitioner_id: UUID
    starts_at: datetime
    ends_at: datetime
    by_hand: bool = True


async def add_calendar(work: ClinicWork, practitioner_id: UUID, new: NewExternalCalendar) -> ExternalView:
    """From now on it is read; the first time within moments.

    Raises `NotFound`, `TooManyRequests`, and `InvalidFields` for an address that cannot be one, or one too many.
    """
    await practitioners.get_practitioner(work, practitioner_id)
    host, address = host_of(new.address)
    if host == urlsplit(work.tools.base_url).hostname:
        await _require_anothers(work, address)
    externals = ExternalRepository(work)
    if await externals.count(practitioner_id) >= MOST_CALENDARS:
        raise InvalidFields.one(
            "address",
            "too-many",
            gettext("There are {most} already. Take one off first.", most=MOST_CALENDARS),
        )
    key = f"external-calendars:{work.scope.clinic_id}"
    wait = await work.tools.throttle.hit(key, _ADDED_AN_HOUR, _HOUR)
    if wait is not None:
        raise TooManyRequests(wait)
    calendar_id = new_id()
    await externals.add(
        id=calendar_id,
        practitioner_id=practitioner_id,
        host=host,
        address=work.tools.keyring.seal(address.encode(), calendar_id.bytes),
        tag="",
        run=1,
        failures=0,
        problem="",
        next_at=work.now,
    )
    set_timer(
        work, events.EXTERNAL_CALENDAR_DUE(calendar_id=calendar_id, run="1"), calendar_id, work.now, version=1
    )
    work.audit("external_calendar.add", "practitioner", practitioner_id, host=host)
    return await get_calendar(work, practitioner_id, calendar_id)


async def _require_anothers(work: ClinicWork, address: str) -> None:
    """Raises `InvalidFields` for an address of ours that is no calendar of another clinic."""
    token = token_in(urlsplit(address).path)
    found = await find_address(work, kept_of(token)) if token else None
    if found is None:
        raise InvalidFields.one("address", "unknown", "There is no calendar at this address.")
    if found.clinic_id == work.scope.clinic_id:
        words = "That is a calendar of this clinic: its times are known here already."
        raise InvalidFields.one("address", "own", words)


async def list_calendars(work: ClinicWork, practitioner_id: UUID) -> list[ExternalView]:
    """A practitioner's calendars elsewhere, oldest first. Raises `NotFound`."""
    await practitioners.get_practitioner(work, practitioner_id)
    return [
        ExternalView(
            row.id,
            row.practitioner_id,
            row.host,
            "failing" if row.failures else "read" if row.read_at else "waiting",
            row.problem,
            row.added_at,
            row.read_at,
            row.next_at,
        )
        for row in await ExternalRepository(work).list_of(practitioner_id)
    ]


async def get_calendar(work: ClinicWork, practitioner_id: UUID, calendar_id: UUID) -> ExternalView:
    """One of them. Raises `NotFound`."""
    for calendar in await list_calendars(work, practitioner_id):
        if calendar.id == calendar_id:
            return calendar
    raise NotFound


async def remove_calendar(work: ClinicWork, practitioner_id: UUID, calendar_id: UUID) -> None:
    """It is read no more, and what it said no longer counts. Raises `NotFound`."""
    found = await get_calendar(work, practitioner_id, calendar_id)
    await ExternalRepository(work).remove(calendar_id)
    await cancel_timers(work, calendar_id)
    work.audit("external_calendar.remove", "practitioner", practitioner_id, host=found.host)
    work.announce(events.BUSY_ELSEWHERE_CHANGED(practitioner_id=practitioner_id))


async def read_soon(work: ClinicWork, practitioner_id: UUID, calendar_id: UUID) -> None:
    """Reads it now instead of at its next time. Raises `NotFound`, `TooManyRequests`."""
    await get_calendar(work, practitioner_id, calendar_id)
    wait = await work.tools.throttle.hit(f"external-calendar:{calendar_id}", 1, 60)
    if wait is not None:
        raise TooManyRequests(wait)
    await _read_now(work, calendar_id)


async def read_anew(work: ClinicWork, practitioner_id: UUID) -> None:
    """Reads all of a practitioner's calendars now, what has not changed since too."""
    for calendar in await ExternalRepository(work).list_of(practitioner_id):
        await _read_now(work, calendar.id)


async def _read_now(work: ClinicWork, calendar_id: UUID) -> None:
    row = await ExternalRepository(work).find(calendar_id, lock=True)
    if row is not None:
        await _plan(work, calendar_id, row.run + 1, work.now, tag="")


async def find_due(work: ClinicWork, calendar_id: UUID, run: int) -> Due | None:
    """What that reading needs; nothing where it was done, the calendar was taken off, or nobody is booked any more.

    A clinic that has closed and a person who has left end the readings for good.
    """
    row = await ExternalRepository(work).find(calendar_id)
    clinic = await clinics.get_clinic(work)
    if row is None or row.run != run or clinic.status == ClinicStatus.CLOSED:
        return None
    zone = await _find_zone(work, row.practitioner_id)
    if zone is None:
        return None
    longest = await ExternalRepository(work).longest_course()
    until = work.now + timedelta(days=clinic.horizon_days) + min(max(longest, _AHEAD), _FURTHEST_AHEAD)
    # What is unchanged still has to be read anew from time to time: a series goes on into the days that came nearer.
    # So has what failed meanwhile: whether some of it could not be understood is to be said again.
    is_fresh = row.read_until is not None and row.read_until > until - _AGAIN_IN_FULL and row.failures == 0
    return Due(
        calendar_id,
        row.practitioner_id,
        work.tools.keyring.open(row.address, calendar_id.bytes).decode(),
        row.tag if is_fresh else "",
        zone,
        work.now - timedelta(days=1),
        until,
    )


async def note_read(work: ClinicWork, due: Due, run: int, said: Said | None) -> None:
    """What the calendar says from now on, or nothing where it is unchanged; and when it is read next."""
    externals = ExternalRepository(work)
    row = await externals.find(due.id, lock=True)
    if row is None or row.run != run:
        return
    if said is not None:
        if await externals.replace(due.id, due.practitioner_id, said.spans):
            work.announce(events.BUSY_ELSEWHERE_CHANGED(practitioner_id=due.practitioner_id))
        problem = unread_words(said.unread)
        await externals.change(due.id, tag=said.tag[:200], read_until=due.until, problem=problem)
    await externals.change(due.id, failures=0, read_at=work.now)
    await _plan(work, due.id, run + 1, work.now + next_pause(0, random.random()))  # noqa: S311  no secret


async def note_not_read(work: ClinicWork, due: Due, run: int, problem: str) -> None:
    """It could not be read: what it said last still counts, and it is tried again, later each time."""
    externals = ExternalRepository(work)
    row = await externals.find(due.id, lock=True)
    if row is None or row.run != run:
        return
    await externals.change(due.id, failures=row.failures + 1, problem=problem[:300])
    pause = next_pause(row.failures + 1, random.random())  # noqa: S311  no secret
    await _plan(work, due.id, run + 1, work.now + pause)


async def list_busy(
    work: ClinicWork, since: datetime, until: datetime, practitioner_id: UUID | None = None
) -> list[BusySpan]:
    """When practitioners are busy elsewhere between two instants, by all of their calendars; joined, in order."""
    rows = await ExternalRepository(work).list_between(since, until, practitioner_id)
    return joined(BusySpan(row.practitioner_id, row.starts_at, row.ends_at) for row in rows)


async def is_busy_elsewhere(
    work: ClinicWork, practitioner_id: UUID, since: datetime, until: datetime
) -> bool:
    """Whether the practitioner's own calendars say that they are busy then."""
    return bool(await ExternalRepository(work).list_between(since, until, practitioner_id))


def joined(spans: Iterable[BusySpan]) -> list[BusySpan]:
    """Spans of one kind, which come in order of time, those of a practitioner that touch as one."""
    last: dict[UUID, BusySpan] = {}
    found: list[BusySpan] = []
    for span in spans:
        before = last.get(span.practitioner_id)
        if before is not None and span.starts_at <= before.ends_at:
            found.remove(before)
            span = replace(before, ends_at=max(before.ends_at, span.ends_at))  # noqa: PLW2901
        last[span.practitioner_id] = span
        found.append(span)
    return sorted(found, key=lambda span: (span.starts_at, span.practitioner_id))


async def _plan(work: ClinicWork, calendar_id: UUID, run: int, at: datetime, **more: str) -> None:
    await cancel_timers(work, calendar_id)
    await ExternalRepository(work).change(calendar_id, run=run, next_at=at, **more)
    due = events.EXTERNAL_CALENDAR_DUE(calendar_id=calendar_id, run=str(run))
    set_timer(work, due, calendar_id, at, version=run)


async def _find_zone(work: ClinicWork, practitioner_id: UUID) -> str | None:
    """The zone of floating times and whole days: of the place where the practitioner works, or the clinic's first.

    Nothing for a person who has left.
    """
    places = {place.id: place.time_zone for place in await clinics.list_locations(work)}
    try:
        person = await practitioners.get_practitioner(work, practitioner_id)
    except NotFound:
        return None
    works_at = [places[span.location_id] for span in person.hours if span.location_id in places]
    return next(iter([*works_at, *places.values()]), "UTC")
