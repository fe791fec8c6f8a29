"""Use case: a client's address was put right, so what lies ahead of them is told there, once.

What was told to the wrong one, or refused by it, is told anew; what still waits goes to the new one anyway (`sending`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID
from zlib import crc32

from services.clients import service as clients
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.bookings import visits
from services.notices.messages import booking as messages
from services.notices.models import Audience, NoticeState
from services.notices.repository import NoticeRepository, ToldRepository
from services.notices.rules import LARGEST_VERSION, SETTLING, is_told_anew
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView

_WRITE = {"confirmed": messages.confirmed, "requested": messages.requested}


async def tell_new_address(work: ClinicWork, client_id: UUID) -> None:
    """Tells the client's visits that lie ahead to their address, where another one was told. Raises `NotFound`."""
    client = await clients.get_client(work, client_id)
    theirs = await scheduling.list_visits(work, client.id)
    groups = await scheduling.list_groups(work, {one.group_id for one in theirs if one.starts_at > work.now})
    for group in groups.values():
        ahead = await _to_tell(work, group)
        for status, write in _WRITE.items():
            together = [one for one in ahead if one.status == status]
            if together:
                version = _version_of(client.email, together)
                told = await visits(work, together, calendar=True, version=version)
                # It is the desk that asks for it, at whatever hour: what can wait waits for the morning.
                await notices.queue(work, replace(write(told), urgent=False))


async def _to_tell(work: ClinicWork, group: Sequence[BookingView]) -> list[BookingView]:
    """Those of what was booked together that lie ahead, and that nothing else tells to the new address."""
    ids = [one.id for one in group]
    last = await ToldRepository(work).last(Audience.CLIENT, ids)
    states = await NoticeRepository(work).states_of_visits(ids)
    return [
        one
        for one in group
        if one.starts_at > work.now
        and is_told_anew(
            same=last.get(one.id) == messages.said_of(one),
            known=one.id in last,
            waits=_waits(states.get(one.id, ())),
            settled=one.changed_at + SETTLING <= work.now,
        )
    ]


def _waits(states: Collection[str]) -> bool:
    """Whether a message about a visit is still to be sent, or to be written: there always is a first one."""
    return not states or NoticeState.QUEUED in states


def _version_of(email: str, together: Sequence[BookingView]) -> int:
    """A version for what is said to an address: no other address, and no other state of the visits, have it."""
    state = "".join(f"{one.id}{one.sequence}\n" for one in together)
    return crc32(f"{email.casefold()}\n{state}".encode()) & LARGEST_VERSION
