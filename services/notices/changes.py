"""Use cases: people hear of changes to a visit once these have stood for two minutes, and only of the last state.

A change that was taken back meanwhile is not told, and of two changes one message tells the second. What is compared
with is what the client, or the team, was last told (`told`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zlib import crc32

from services.kernel import deliveries
from services.kernel.events import EventKind
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.notices import bookings
from services.notices import service as notices
from services.notices.events import COMPLETION_SETTLED, SETTLED
from services.notices.messages import booking as to_client
from services.notices.messages import booking_team as to_team
from services.notices.messages.booking import Visits, said_of
from services.notices.models import Audience
from services.notices.repository import NoticeRepository, ToldRepository
from services.notices.rules import LARGEST_VERSION, SETTLING, Change, change_to_tell
from services.notices.schemas import Message, Said
from services.scheduling import service as scheduling
from services.scheduling.events import BOOKING_CONFIRMED, BOOKING_REQUESTED
from services.scheduling.schemas import BookingView

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_TO_CLIENT: dict[Change, Callable[[Visits], Message]] = {
    Change.CONFIRMED: to_client.confirmed,
    Change.REQUESTED: to_client.requested,
    Change.MOVED: to_client.rescheduled,
    Change.CANCELLED: to_client.cancelled,
}
_TO_TEAM = {
    Change.CONFIRMED: to_team.new_booking,
    Change.REQUESTED: to_team.new_request,
    Change.MOVED: to_team.another_time,
    Change.CANCELLED: to_team.called_off,
}


async def let_settle(work: ClinicWork, booking_id: UUID, kind: EventKind = SETTLED) -> None:
    """Sets the time at which the visit's last change has stood for long enough to be told. Raises `NotFound`."""
    one = await scheduling.get_booking(work, booking_id)
    set_timer(work, kind(booking_id=one.id), one.id, one.changed_at + SETTLING, version=_age(one))


async def let_completion_settle(work: ClinicWork, booking_id: UUID) -> None:
    """The same for a visit that took place: a slip of the finger sends no aftercare. Raises `NotFound`."""
    await let_settle(work, booking_id, COMPLETION_SETTLED)


async def tell_changes(work: ClinicWork, booking_id: UUID) -> None:
    """Tells client and team what has changed since they were last told, where it has stood for two minutes.

    With it goes what was booked together and was never told, and what was moved with it. Raises `NotFound`.
    """
    one = await scheduling.get_booking(work, booking_id)
    if not _is_settled(one, work.now):
        await let_settle(work, booking_id)
        return
    group = [b for b in await scheduling.list_group(work, one.group_id) if _is_settled(b, work.now)]
    untold = await _has_first(work, one.group_id)
    await _tell_client(work, one, group, untold=untold)
    await _tell_team(work, one, group, untold=untold)


async def _tell_client(
    work: ClinicWork, one: BookingView, group: Sequence[BookingView], *, untold: bool
) -> None:
    for change, visits in await _to_tell(work, Audience.CLIENT, one, group, untold=untold):
        await notices.queue(work, _TO_CLIENT[change](visits))


async def _tell_team(
    work: ClinicWork, one: BookingView, group: Sequence[BookingView], *, untold: bool
) -> None:
    """The team knows what it did itself; what the client did is told to it."""
    if not _is_by_client(one):
        await ToldRepository(work).note(Audience.TEAM, [said_of(one)])
        return
    theirs = [b for b in group if _is_by_client(b)]
    for change, visits in await _to_tell(work, Audience.TEAM, one, theirs, untold=untold):
        await bookings.tell_team(work, visits, _TO_TEAM[change])


async def _to_tell(
    work: ClinicWork, audience: Audience, one: BookingView, group: Sequence[BookingView], *, untold: bool
) -> list[tuple[Change, Visits]]:
    """What there is to tell with a visit: each change once, of all the visits of the group that go with it."""
    last = await ToldRepository(work).last(audience, [b.id for b in group])
    found: dict[Change, list[BookingView]] = defaultdict(list)
    for b in group:
        change = _change(b, last.get(b.id), untold=untold)
        if change is not Change.NOTHING and _goes_with(change, b, one, untold=untold):
            found[change].append(b)
    was = {booking_id: said.starts_at for booking_id, said in last.items()}
    told = []
    for change, together in found.items():
        visits = await bookings.visits(work, together, calendar=True, version=_version_of(together))
        told.append((change, replace(visits, was=was if change is Change.MOVED else {})))
    return told


def _goes_with(change: Change, other: BookingView, one: BookingView, *, untold: bool) -> bool:
    """Whether that change of another visit is told with the visit.

    What was moved in one step, as a re-flow moves the sessions of a course, is told in one message; each of them asks
    for it, and it is queued once. A new time that was given in another step has its own message.
    """
    if other.id == one.id:
        return True
    if change is Change.MOVED:
        return other.changed_at == one.changed_at
    return untold and change is not Change.CANCELLED


def _is_by_client(one: BookingView) -> bool:
    return (one.cancelled_by or one.changed_by) == "client"


async def _has_first(work: ClinicWork, group_id: UUID) -> bool:
    """Whether there is a first message about what was booked together, or one is still to be written."""
    return await NoticeRepository(work).has_first(group_id) or await deliveries.is_waiting(
        work, (BOOKING_CONFIRMED, BOOKING_REQUESTED), "group_id", group_id
    )


def _change(one: BookingView, last: Said | None, *, untold: bool) -> Change:
    now = said_of(one)
    return change_to_tell(
        one.status, last.status if last else None, same=last == now, moved=one.sequence > 0, untold=untold
    )


def _is_settled(one: BookingView, now: datetime) -> bool:
    return one.changed_at + SETTLING <= now


def _age(one: BookingView) -> int:
    """A version that grows with each change, in seconds."""
    return int((one.changed_at - _EPOCH).total_seconds())


def _version_of(together: Sequence[BookingView]) -> int:
    """A version for what is said of several visits: no other visits, and no other state of these, have it."""
    state = "".join(f"{b.id}{b.sequence}\n" for b in together)
    return crc32(state.encode()) & LARGEST_VERSION
