"""Use cases: people hear of changes to a visit once these have stood for two minutes, and only of the last state.

A change that was taken back meanwhile is not told, and of two changes one message tells the second. What is compared
with is what the client, or the team, was last told (`told`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

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
from services.notices.rules import SETTLING, Change, change_to_tell
from services.notices.schemas import Said
from services.scheduling import service as scheduling
from services.scheduling.events import BOOKING_CONFIRMED, BOOKING_REQUESTED
from services.scheduling.schemas import BookingView

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


async def let_settle(work: ClinicWork, booking_id: UUID, kind: EventKind = SETTLED) -> None:
    """Sets the time at which the visit's last change has stood for long enough to be told. Raises `NotFound`."""
    one = await scheduling.get_booking(work, booking_id)
    set_timer(work, kind(booking_id=one.id), one.id, one.changed_at + SETTLING, version=_age(one))


async def let_completion_settle(work: ClinicWork, booking_id: UUID) -> None:
    """The same for a visit that took place: a slip of the finger sends no aftercare. Raises `NotFound`."""
    await let_settle(work, booking_id, COMPLETION_SETTLED)


async def tell_changes(work: ClinicWork, booking_id: UUID) -> None:
    """Tells client and team what has changed since they were last told, where it has stood for two minutes.

    With it goes what was booked together and was never told. Raises `NotFound`.
    """
    one = await scheduling.get_booking(work, booking_id)
    if not _is_settled(one, work.now):
        await let_settle(work, booking_id)
        return
    group = [b for b in await scheduling.list_group(work, one.group_id) if _is_settled(b, work.now)]
    await _tell_client(work, one, group)
    await _tell_team(work, one)


async def _tell_client(work: ClinicWork, one: BookingView, group: Sequence[BookingView]) -> None:
    last = await ToldRepository(work).last(Audience.CLIENT, [b.id for b in group])
    untold = await _has_first(work, one.group_id)
    changes = {b.id: _change(b, last.get(b.id), untold=untold) for b in group if b.id == one.id or untold}
    for what, write in ((Change.CONFIRMED, to_client.confirmed), (Change.REQUESTED, to_client.requested)):
        together = [b for b in group if changes.get(b.id) is what]
        if together:
            version = max(_age(b) for b in together)
            visits = await bookings.visits(work, together, calendar=True, version=version)
            await notices.queue(work, write(visits))
    if changes[one.id] is Change.MOVED:
        await notices.queue(work, to_client.rescheduled(await _moved(work, one)))
    if changes[one.id] is Change.CANCELLED:
        await notices.queue(work, to_client.cancelled(await bookings.visits(work, [one], calendar=True)))


async def _tell_team(work: ClinicWork, one: BookingView) -> None:
    """The team knows what it did itself; what the client did is told to it."""
    told = ToldRepository(work)
    last = (await told.last(Audience.TEAM, [one.id])).get(one.id)
    if (one.cancelled_by or one.changed_by) != "client":
        await told.note(Audience.TEAM, [said_of(one)])
        return
    untold = last is None and await _has_first(work, one.group_id)
    change = _change(one, last, untold=untold)
    if change is Change.CANCELLED:
        visits = await bookings.visits(work, [one], calendar=True)
        await bookings.tell_team(work, visits, to_team.called_off)
    elif change in {Change.CONFIRMED, Change.REQUESTED}:
        write = to_team.new_booking if change is Change.CONFIRMED else to_team.new_request
        visits = await bookings.visits(work, [one], calendar=True, version=_age(one))
        await bookings.tell_team(work, visits, write)
    elif change is Change.MOVED:
        await bookings.tell_team(work, await _moved(work, one), to_team.another_time)


async def _moved(work: ClinicWork, one: BookingView) -> Visits:
    """A visit that has another time: in a calendar only where it is confirmed."""
    return await bookings.visits(work, [one], calendar=one.status == "confirmed")


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
