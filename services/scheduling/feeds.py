"""Use cases of calendar addresses: made, shown once, renewed, taken back, and read by calendar programs.

The address is the only key, as calendar programs cannot sign in: 256 random bits, of which the hash is kept. What it
shows is neutral: when, where, and by choice the client's initials; no names, no treatments, no notes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Event, vDuration
from pydantic import Field

from services.accounts.rules import network_of
from services.accounts.schemas import Input
from services.clinics import service as clinics
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.work import AnyWork, ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import AbsenceView
from services.scheduling.block_schemas import BlockedSpan
from services.scheduling.blocking import list_blocked
from services.scheduling.calendar import booking_times, sequence_of, status_of, text_of, uid_of
from services.scheduling.calendar_models import FeedOf
from services.scheduling.calendar_zones import OURS, zones_of
from services.scheduling.feed_repository import FeedRepository, find_address
from services.scheduling.feed_rules import kept_of
from services.scheduling.grid_rules import edge_of
from services.scheduling.hours_rules import EXTRA
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView

DAYS_BACK, DAYS_AHEAD = 30, 400
FRESH_SECONDS = 300
READS_BY_FEED, READS_BY_STRANGER, QUARTER = 60, 60, 15 * 60
_REFRESH = vDuration(timedelta(minutes=15), params={"VALUE": "DURATION"})


class NewFeed(Input):
    """Whose or what's times: `feed_of` and its id; of the whole clinic no id."""

    feed_of: FeedOf
    subject_id: UUID | None = Field(default=None, description="A practitioner or a room; none for `clinic`.")
    initials: bool = Field(default=False, description="Whether clients' initials stand in the titles.")


@dataclass(frozen=True, slots=True)
class FeedView:
    """A calendar address, without its secret part. `works` is false once its maker has left the team."""

    id: UUID
    feed_of: str
    subject_id: UUID
    name: str
    initials: bool
    made_by: str
    made_at: datetime
    works: bool


@dataclass(frozen=True, slots=True)
class FeedText:
    """What a calendar program gets, and how it knows it again."""

    text: str
    tag: str
    changed_at: datetime


async def make_feed(work: ClinicWork, new: NewFeed, made_by: UUID) -> tuple[UUID, str]:
    """A new address for it, in place of the one it has; gives the feed's id and the address, which is not kept.

    Raises `InvalidFields` for a person or a room that the clinic does not have.
    """
    subject_id = work.scope.clinic_id if new.feed_of is FeedOf.CLINIC else new.subject_id
    names = await _names(work)
    if subject_id is None or (new.feed_of, subject_id) not in names:
        raise InvalidFields.one("subject_id", "unknown", "Choose one of the clinic's people or rooms.")
    token = secrets.token_urlsafe(32)
    feed_id = await FeedRepository(work).put(
        kept_of(token),
        id=new_id(),
        feed_of=new.feed_of,
        subject_id=subject_id,
        initials=new.initials,
        made_by=made_by,
    )
    work.audit("feed.make", "calendar_feed", feed_id, feed_of=new.feed_of, initials=new.initials)
    return feed_id, f"{work.tools.base_url}/feeds/{token}.ics"


async def list_feeds(work: ClinicWork) -> list[FeedView]:
    """The clinic's calendar addresses, the whole clinic's first, then by name."""
    names = await _names(work)
    team = {member.account_id: member.name for member in await clinics.list_team(work)}
    found = [
        FeedView(
            row.id,
            row.feed_of,
            row.subject_id,
            names.get((row.feed_of, row.subject_id), ""),
            row.initials,
            team.get(row.made_by, ""),
            row.made_at,
            row.works and (row.feed_of, row.subject_id) in names,
        )
        for row in await FeedRepository(work).list_all()
    ]
    return sorted(found, key=lambda feed: (feed.feed_of != FeedOf.CLINIC, feed.feed_of, feed.name))


async def get_feed(work: ClinicWork, feed_id: UUID) -> FeedView:
    """One of them. Raises `NotFound`."""
    for feed in await list_feeds(work):
        if feed.id == feed_id:
            return feed
    raise NotFound


async def revoke_feed(work: ClinicWork, feed_id: UUID) -> None:
    """Its address leads nowhere from now on. Raises `NotFound`."""
    if not await FeedRepository(work).remove(feed_id):
        raise NotFound
    work.audit("feed.revoke", "calendar_feed", feed_id)


async def find_feed(work: AnyWork, token: str, address: str) -> tuple[UUID, UUID]:
    """Clinic and feed of an address. Raises `NotFound`, `TooManyRequests`."""
    kept = kept_of(token)
    found = await find_address(work, kept)
    key, most = (
        (f"feed:{kept}", READS_BY_FEED) if found else (f"feeds:{network_of(address)}", READS_BY_STRANGER)
    )
    wait = await work.tools.throttle.hit(key, most, QUARTER)
    if wait is not None:
        raise TooManyRequests(wait)
    if found is None:
        raise NotFound
    return found.clinic_id, found.feed_id


async def read_feed(work: ClinicWork, feed_id: UUID) -> FeedText:
    """The feed as a calendar file, a month back and a good year ahead. Raises `NotFound` where it works no more."""
    row = await FeedRepository(work).find(feed_id)
    names = await _names(work)
    if row is None or not row.works or (row.feed_of, row.subject_id) not in names:
        raise NotFound
    today = work.now.date()
    first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    bookings = await BookingRepository(work).list_of_feed(row.feed_of, row.subject_id, first, last)
    things = [
        one for kind, one in names if kind == FeedOf.ROOM and row.subject_id in (one, work.scope.clinic_id)
    ]
    since, until = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, last))
    spans = await list_blocked(work, things, since, until) if things else []
    absences = await _absences(work, row, first, last)
    zone_of = await _zones(work, absences)
    events = [_visit(work, booking, row) for booking in bookings]
    events += [_blocked(span) for span in spans]
    events += [event for one in absences for event in _away(one, zone_of[one.id], row.made_at)]
    moments = [booking.local_starts_at for booking in bookings]
    clinic = await clinics.get_clinic(work)
    title = " · ".join(dict.fromkeys((names[row.feed_of, row.subject_id], clinic.name)))
    about = {"name": title, "x-wr-calname": title, "refresh-interval": _REFRESH}
    text = text_of("PUBLISH", events, zones_of(moments), about)
    changed_at = max([row.made_at, *(booking.changed_at for booking in bookings)])
    return FeedText(text, hashlib.sha256(text.encode()).hexdigest()[:32], changed_at)


async def _names(work: ClinicWork) -> dict[tuple[str, UUID], str]:
    """What a feed can be of, by kind and id."""
    people = {(FeedOf.PRACTITIONER.value, one): name for one, name, _ in await practitioners.list_names(work)}
    rooms = {(FeedOf.ROOM.value, room.id): room.name for room in await clinics.list_rooms(work)}
    whole = {(FeedOf.CLINIC.value, work.scope.clinic_id): (await clinics.get_clinic(work)).name}
    return whole | people | rooms


async def _zones(work: ClinicWork, absences: Sequence[AbsenceView]) -> dict[UUID, ZoneInfo]:
    """In which zone each absence's times are: its location's, or that of a place where the person works."""
    places = {place.id: ZoneInfo(place.time_zone) for place in await clinics.list_locations(work)}
    works: dict[UUID, ZoneInfo] = {}
    if len(set(places.values())) > 1:
        for place_id, zone in places.items():
            for practitioner_id in await practitioners.list_hours_at(work, place_id):
                works.setdefault(practitioner_id, zone)
    usual = next(iter(places.values()), ZoneInfo("UTC"))
    return {
        one.id: places[one.location_id]
        if one.location_id in places
        else works.get(one.practitioner_id, usual)
        for one in absences
    }


async def _absences(work: ClinicWork, row: Any, first: date, last: date) -> list[AbsenceView]:
    if row.feed_of == FeedOf.ROOM:
        return []
    return [
        one
        for one in await practitioners.list_absences_between(work, first, last)
        if one.kind != EXTRA and row.subject_id in (one.practitioner_id, work.scope.clinic_id)
    ]


def _visit(work: ClinicWork, booking: BookingView, row: Any) -> Event:
    event = Event()
    event.add("uid", uid_of(booking))
    event.add("sequence", sequence_of(booking))
    event.add("dtstamp", booking.changed_at)
    for name, moment in zip(("dtstart", "dtend"), booking_times(booking), strict=True):
        event.add(name, moment)
    initials = _initials(booking.client_name) if row.initials else ""
    event.add("summary", f"Appointment {initials}".strip())
    places = [booking.room_name, booking.location_name]
    event.add("location", ", ".join(part for part in places if part))
    if row.feed_of != FeedOf.PRACTITIONER:
        event.add("description", booking.practitioner_name)
    event.add("url", f"{work.tools.base_url}/clinic/{booking.clinic_slug}/bookings/{booking.reference}")
    event.add("status", status_of(booking))
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    return event


def _initials(name: str) -> str:
    return " ".join(f"{part[0].upper()}." for part in name.split()[:3])


def _blocked(span: BlockedSpan) -> Event:
    event = _busy(f"{span.blocked_id}-{span.starts_at:%Y%m%dT%H%M}{OURS}", span.created_at)
    event.add("dtstart", span.starts_at.astimezone(UTC))
    event.add("dtend", span.ends_at.astimezone(UTC))
    return event


def _away(one: AbsenceView, zone: ZoneInfo, stamp: datetime) -> Iterator[Event]:
    """A person's taken time, or their days away as all-day events; since when it is said is not kept."""
    if one.opens is None or one.closes is None:
        event = _busy(f"{one.id}{OURS}", stamp)
        event.add("dtstart", one.first_on)
        event.add("dtend", one.last_on + timedelta(days=1))
        yield event
        return
    for number in range((one.last_on - one.first_on).days + 1):
        day = one.first_on + timedelta(days=number)
        event = _busy(f"{one.id}-{day:%Y%m%d}{OURS}", stamp)
        event.add("dtstart", edge_of(day, one.opens, zone).astimezone(UTC))
        event.add("dtend", edge_of(day, one.closes, zone).astimezone(UTC))
        yield event


def _busy(uid: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("summary", "Blocked")
    event.add("transp", "OPAQUE")
    return event
