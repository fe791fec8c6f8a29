"""Other times that clients ask for: what is asked now, and how it ends. Asking is `asking`, a yes is a move (`moving`).

Whatever ends one answers its row first, and only whoever did that gives its held times back: of all who come at once,
one has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from services.kernel.errors import NotFound
from services.kernel.timers import cancel_timers
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.asked_models import MoveAnswer
from services.scheduling.asked_repository import AskedMoveRepository
from services.scheduling.claiming import tell_hold_ended
from services.scheduling.errors import MoveOver
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.people import tell_elsewhere
from services.scheduling.planning import Held, held_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Another time that a client asked for. Instants in UTC; names and zone are those of the time that is asked for.

    `times` says of each visit that would move where to, `holds` what keeps it: both are empty once it is answered.
    """

    id: UUID
    booking_id: UUID
    practitioner_id: UUID
    practitioner_name: str
    location_id: UUID
    location_name: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    until_at: datetime
    asked_at: datetime
    answer: str
    reason: str
    answered_at: datetime | None
    times: Mapping[UUID, datetime]
    holds: Collection[UUID] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def rest(self) -> dict[UUID, datetime]:
        """The later sessions that would follow, each with its time."""
        return {one: at for one, at in self.times.items() if one != self.booking_id}


async def list_open(work: ClinicWork, booking_ids: Iterable[UUID] | None = None) -> list[Asked]:
    """What is asked for now, of those visits or of all, first what is to be answered first."""
    rows: dict[UUID, list[Row[Any]]] = {}
    for row in await AskedMoveRepository(work).list_open(booking_ids):
        rows.setdefault(row.id, []).append(row)
    return [_asked(found) for found in rows.values()]


async def find_open(work: ClinicWork, booking_id: UUID) -> Asked | None:
    """What is asked for now that would move that visit."""
    return next(iter(await list_open(work, [booking_id])), None)


async def get_open(work: ClinicWork, booking_id: UUID, seen: datetime | None = None) -> Asked:
    """The same; `seen` is where the visit would move by what whoever answers has seen. Raises `MoveOver`."""
    found = await find_open(work, booking_id)
    if found is None or (seen is not None and found.times[booking_id] != seen):
        raise MoveOver
    return found


async def get_asked(work: ClinicWork, move_id: UUID) -> Asked:
    """One, answered or not. Raises `NotFound`."""
    row = await AskedMoveRepository(work).find(move_id)
    if row is None:
        raise NotFound
    return Asked(**row._mapping, times={})  # noqa: SLF001  a row's mapping is public


async def take_back(work: ClinicWork, booking_id: UUID) -> None:
    """The client wants the time that the visit has. Raises `MoveOver`."""
    asked = await get_open(work, booking_id)
    if not await _end(work, asked.id, MoveAnswer.TAKEN_BACK):
        raise MoveOver


async def keep_as_it_is(work: ClinicWork, booking_id: UUID) -> None:
    """The same, where another time is asked for at all."""
    asked = await find_open(work, booking_id)
    if asked is not None:
        await _end(work, asked.id, MoveAnswer.TAKEN_BACK)


async def decline_move(
    work: ClinicWork, booking_id: UUID, reason: str = "", *, seen: datetime | None = None
) -> None:
    """The clinic says no: the visit stays where it is, and the client is told. Raises `MoveOver`."""
    asked = await get_open(work, booking_id, seen)
    if not await _end(work, asked.id, MoveAnswer.DECLINED, reason.strip()):
        raise MoveOver
    work.announce(events.MOVE_REFUSED(move_id=asked.id))


async def expire_move(work: ClinicWork, move_id: UUID) -> bool:
    """Ends one that got no answer in time. False: it was answered, or may be answered still."""
    if not await _end(work, move_id, MoveAnswer.EXPIRED):
        return False
    work.announce(events.MOVE_REFUSED(move_id=move_id))
    return True


async def lock_open(work: ClinicWork, group_id: UUID, booking_ids: Iterable[UUID]) -> None:
    """Waits for whoever asks for another time of what was booked together, ends it, or works on what is held for it.

    Whoever moves or ends visits begins with it: whoever holds, here a group of visits, and the holds come before
    resources, people and the bookings' rows. Nothing else is asked for of the group until the end of the transaction.
    """
    await HoldRepository(work).lock_holder(str(group_id))
    await AskedMoveRepository(work).lock_unanswered(booking_ids)


async def end_open(work: ClinicWork, booking_ids: Iterable[UUID]) -> None:
    """What is asked for of those visits is over: they were moved, or are not to come any more."""
    for move_id in await AskedMoveRepository(work).list_unanswered(booking_ids):
        await _end(work, move_id, MoveAnswer.OVER)


async def use_open(work: ClinicWork, move_id: UUID) -> dict[UUID, Held]:
    """The clinic said yes, and the visits are about to move: what was held for each. Raises `MoveOver`."""
    answered, dropped = await _answer(work, move_id, MoveAnswer.ACCEPTED)
    if not answered:
        raise MoveOver
    for row in dropped:
        await cancel_timers(work, row.id)
        work.audit("hold.use", "hold", row.id)
    return {row.booking_id: held_of(row) for row in dropped}


async def _end(work: ClinicWork, move_id: UUID, answer: MoveAnswer, reason: str = "") -> bool:
    answered, dropped = await _answer(work, move_id, answer, reason)
    for row in dropped:
        await tell_hold_ended(work, row.id, "release")
    return answered


async def _answer(
    work: ClinicWork, move_id: UUID, answer: MoveAnswer, reason: str = ""
) -> tuple[bool, list[Row[Any]]]:
    """Whether it was open until now, and what it held, which is given back."""
    booking_id = await AskedMoveRepository(work).answer(move_id, answer, reason)
    if booking_id is None:
        return False, []
    dropped = await HoldRepository(work).drop_of_move(move_id)
    tell_elsewhere(work, (row.person_elsewhere for row in dropped))
    await cancel_timers(work, move_id)
    work.audit(f"booking.move_{answer}", "booking", booking_id)
    return True, dropped


def _asked(rows: list[Row[Any]]) -> Asked:
    whole = dict(rows[0]._mapping)  # noqa: SLF001  a row's mapping is public
    for name in ("visit_id", "visit_at", "hold_id"):
        del whole[name]
    return Asked(
        **whole,
        times={row.visit_id: row.visit_at for row in rows},
        holds=frozenset(row.hold_id for row in rows),
    )
