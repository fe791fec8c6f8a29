"""Use cases of blocked time: for a person it is taken time, for a room or a device it lays claims without a visit.

A person's visits stay booked until they are moved, as with all their other hours. A room or a device is blocked by the
same claims that visits lay, so the database itself keeps both from the same time; visits in the way are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.scheduling import events
from services.scheduling.block_repository import BlockRepository
from services.scheduling.block_schemas import Block, BlockedSpan, NewBlock
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.claiming import end_stale, find_stale_between, tell_ended
from services.scheduling.errors import TimeInUse
from services.scheduling.grid_rules import edge_of
from services.scheduling.hours_rules import TAKEN
from services.scheduling.models import LONGEST_CLAIM_HOURS, ResourceKind
from services.scheduling.rules import Span

_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)
TIME_HELD = "Somebody is about to book in that time. It is theirs for some minutes: try again then."
TIME_ASKED = "A client asks to have a visit in that time. Answer that first, then block it."
BLOCKED_ALREADY = "It is blocked in a part of that time already."


async def block_time(work: ClinicWork, new: NewBlock) -> UUID:
    """Nobody can book it then any more; gives the block's id, or that of a practitioner's taken time.

    Raises `NotFound`, `InvalidFields` for days that are over, and `TimeInUse` where visits are booked in a room or
    with a device then.
    """
    place = await _place_of(work, new.resource_id)
    if place is None:
        return await _take_from_person(work, new)
    clinics.require_ahead(NewAbsence(kind="taken", **_hours(new)), work.now, place.zone.key)
    spans = list(_pieces(new, place.zone))
    claims, blocks = ClaimRepository(work), BlockRepository(work)
    blocked_id = new_id()
    try:
        async with claims.attempt():
            await claims.lock_resources([new.resource_id])
            whole = (spans[0].starts_at, spans[-1].ends_at)
            ended = await end_stale(work, await find_stale_between(work, [new.resource_id], *whole))
            await _require_free(blocks, new.resource_id, spans)
            await blocks.add(
                id=blocked_id, resource_id=new.resource_id, note=new.note, blocked_by=work.scope.by.label
            )
            await claims.add_claims([_claim(blocked_id, new.resource_id, span) for span in spans])
    except ClaimLost as lost:
        raise TimeInUse(references=[]) from lost
    await tell_ended(work, ended)
    work.audit("time.block", place.kind, new.resource_id, first_on=new.first_on.isoformat(), note=new.note)
    work.announce(events.TIME_BLOCKED(blocked_id=blocked_id))
    return blocked_id


async def get_block(work: ClinicWork, blocked_id: UUID) -> Block:
    """A blocked room or device, or a person's taken time. Raises `NotFound`."""
    absence = await practitioners.find_absence(work, blocked_id)
    if absence is not None and absence.opens and absence.closes:
        name = {person: name for person, name, _ in await practitioners.list_names(work)}
        times = (absence.opens, absence.closes)
        by_whom = name.get(absence.practitioner_id, "")
        return Block(blocked_id, by_whom, absence.first_on, absence.last_on, *times, absence.note, "")
    row = await BlockRepository(work).find(blocked_id)
    place = None if row is None else await _place_of(work, row.resource_id)
    if row is None or place is None:
        raise NotFound
    first, last = row.starts_at.astimezone(place.zone), row.ends_at.astimezone(place.zone)
    times = (first.time(), last.time())
    return Block(blocked_id, place.name, first.date(), last.date(), *times, row.note, row.blocked_by)


async def unblock_time(work: ClinicWork, blocked_id: UUID) -> None:
    """Who or what was blocked can be booked again. Raises `NotFound`."""
    absence = await practitioners.find_absence(work, blocked_id)
    if absence is not None and absence.kind == TAKEN:
        await practitioners.remove_absence(work, absence.practitioner_id, blocked_id)
        return
    resource_id = await BlockRepository(work).remove(blocked_id)
    if resource_id is None:
        raise NotFound
    work.audit("time.unblock", "resource", resource_id)
    work.announce(events.TIME_UNBLOCKED(blocked_id=blocked_id))


async def list_blocked(
    work: ClinicWork, resource_ids: Sequence[UUID], since: datetime, until: datetime
) -> list[BlockedSpan]:
    """When rooms and devices are out of use between two instants, in order of time."""
    return await BlockRepository(work).list_between(resource_ids, since, until)


@dataclass(frozen=True, slots=True)
class _Place:
    kind: str
    name: str
    zone: ZoneInfo


async def _place_of(work: ClinicWork, resource_id: UUID) -> _Place | None:
    """What a room or a device is, with the zone it stands in; nothing for what is neither."""
    things = [
        (ResourceKind.ROOM, room.id, room.location_id, room.name) for room in await clinics.list_rooms(work)
    ]
    things += [
        (ResourceKind.DEVICE, device.id, device.location_id, f"{device.maker} {device.model}")
        for device in await clinics.list_devices(work)
    ]
    for kind, one, location_id, name in things:
        if one == resource_id:
            return _Place(kind, name, ZoneInfo((await clinics.get_location(work, location_id)).time_zone))
    return None


async def _take_from_person(work: ClinicWork, new: NewBlock) -> UUID:
    absence = NewAbsence(kind="taken", note=new.note, **_hours(new))
    return (await practitioners.add_absence(work, new.resource_id, absence)).id


def _hours(new: NewBlock) -> dict[str, Any]:
    return {"first_on": new.first_on, "last_on": new.until_on, "opens": new.opens, "closes": new.closes}


def _pieces(new: NewBlock, zone: ZoneInfo) -> Iterator[Span]:
    """The time of each day, in pieces no longer than a claim may be."""
    for day in new.days:
        start = edge_of(day, new.opens, zone).astimezone(UTC)
        end = edge_of(day, new.closes, zone).astimezone(UTC)
        while start < end:
            until = min(start + _LONGEST, end)
            yield Span(start, until)
            start = until


def _claim(blocked_id: UUID, resource_id: UUID, span: Span) -> dict[str, Any]:
    return {
        "id": new_id(),
        "blocked_id": blocked_id,
        "resource_id": resource_id,
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
    }


async def _require_free(blocks: BlockRepository, resource_id: UUID, spans: Sequence[Span]) -> None:
    """Raises `TimeInUse` with the visits in the way, or a field error where it is blocked already."""
    if not spans:
        raise InvalidFields.one("closes", "out-of-range", "That time does not exist on this day.")
    taken = await blocks.list_claims(resource_id, spans[0].starts_at, spans[-1].ends_at)
    inside = [
        row for row in taken if any(row.starts_at < s.ends_at and row.ends_at > s.starts_at for s in spans)
    ]
    visits = list(dict.fromkeys(row.reference for row in inside if row.reference))
    if visits:
        raise TimeInUse(references=visits)
    asked = list(dict.fromkeys(row.asked_by for row in inside if row.asked_by))
    if asked:
        raise TimeInUse(TIME_ASKED, references=asked)
    if any(row.hold_id for row in inside):
        raise TimeInUse(TIME_HELD, references=[])
    if inside:
        raise InvalidFields.one("opens", "taken", BLOCKED_ALREADY)
