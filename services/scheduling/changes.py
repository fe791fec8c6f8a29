"""Use cases of a booking that exists: cancel, answer a request, and what became of the visit (moving: `moving`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.kernel.errors import NotFound
from services.kernel.language import gettext
from services.kernel.timers import cancel_timers
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.asked_moves import end_open, lock_open
from services.scheduling.claiming import drop_claims, given_back
from services.scheduling.errors import (
    BookingOver,
    DayOver,
    NotStarted,
    NotToday,
    TooLate,
)
from services.scheduling.models import BookingStatus
from services.scheduling.reading import get_booking, list_group
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, By, Step, may_step


async def cancel(work: ClinicWork, booking_id: UUID, *, by: By, reason: str = "") -> BookingView:
    """Cancels one visit and gives its time back. Raises `TooLate` for a client inside the cancellation window."""
    booking = await _locked(work, booking_id)
    check_step(work, booking, Step.CANCEL, by)
    await _end(
        work,
        [booking],
        BookingStatus.CANCELLED,
        by,
        sequence=booking.sequence + 1,
        cancelled_by=by,
        cancel_reason=reason.strip(),
    )
    work.audit("booking.cancel", "booking", booking_id, by=by)
    work.announce(events.BOOKING_CANCELLED(booking_id=booking_id))
    return await get_booking(work, booking_id)


async def cancel_all_ahead(work: ClinicWork, reason: str) -> int:
    """The clinic cancels every visit that lies ahead; gives how many. Those under way or over stay as they are."""
    ahead = [
        row.id
        for row in await BookingRepository(work).list_ahead(work.now)
        if may_step(Step.CANCEL, row.status, "clinic")
    ]
    for booking_id in ahead:
        await cancel(work, booking_id, by="clinic", reason=reason)
    return len(ahead)


async def accept(work: ClinicWork, booking_id: UUID) -> list[BookingView]:
    """The clinic says yes to a request: to all sessions that were asked for together."""
    waiting = await _waiting(work, booking_id, Step.ACCEPT)
    if waiting[0].starts_at <= work.now:
        raise BookingOver("The time that was asked for has passed.")
    await BookingRepository(work).update(
        [b.id for b in waiting],
        "clinic",
        status=BookingStatus.CONFIRMED,
        answer_by=None,
        answered_at=work.now,
    )
    for booking in waiting:
        await cancel_timers(work, booking.id, events.REQUEST_EXPIRES.name)
        set_reminder(work, booking)
        work.audit("booking.accept", "booking", booking.id)
    work.announce(events.BOOKING_CONFIRMED(group_id=waiting[0].group_id))
    return await list_group(work, waiting[0].group_id)


async def decline(work: ClinicWork, booking_id: UUID, reason: str = "") -> list[BookingView]:
    """The clinic says no to a request: to all sessions that were asked for together; their times are given back."""
    waiting = await _waiting(work, booking_id, Step.DECLINE)
    words = reason.strip()
    await _end(
        work,
        waiting,
        BookingStatus.DECLINED,
        "clinic",
        cancelled_by="clinic",
        cancel_reason=words,
        answered_at=work.now,
    )
    for booking in waiting:
        work.audit("booking.decline", "booking", booking.id)
    work.announce(events.BOOKING_DECLINED(booking_id=waiting[0].id))
    return await list_group(work, waiting[0].group_id)


async def expire_request(work: ClinicWork, booking_id: UUID) -> bool:
    """Ends a request that got no answer in time, with all that was asked for together. False: nothing to end.

    A session that was moved to sooner may have to be answered before the others: they are one request all the same.
    """
    group = await BookingRepository(work).lock_group((await get_booking(work, booking_id)).group_id)
    waiting = [booking for booking in group if may_step(Step.EXPIRE, booking.status, "job")]
    if not any(booking.answer_by and booking.answer_by <= work.now for booking in waiting):
        return False
    await _end(work, waiting, BookingStatus.EXPIRED, "job", answered_at=work.now)
    for booking in waiting:
        work.audit("booking.expire", "booking", booking.id)
    work.announce(events.BOOKING_EXPIRED(booking_id=waiting[0].id))
    return True


async def mark_completed(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The visit took place. Raises `NotStarted` before its start. Called with the session's record (courses)."""
    booking = await take_step(work, booking_id, Step.COMPLETE)
    work.announce(events.BOOKING_COMPLETED(booking_id=booking_id))
    return booking


async def mark_no_show(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The client did not come; what is left of the time is given back. Raises `NotStarted` before its start."""
    booking = await take_step(work, booking_id, Step.NO_SHOW)
    claims = given_back(await drop_claims(work, [booking_id]), booking_id)
    await BookingRepository(work).update([booking_id], "clinic", given_back=claims)
    work.announce(events.BOOKING_NO_SHOW(booking_id=booking_id))
    return booking


async def take_step(work: ClinicWork, booking_id: UUID, step: Step) -> BookingView:
    """What became of a visit, as the clinic says. Raises `BookingOver`, `NotStarted`, `NotToday`, `DayOver`."""
    booking = await _locked(work, booking_id)
    check_step(work, booking, step, "clinic")
    check_come(work, booking, step)
    await BookingRepository(work).update([booking_id], "clinic", status=TRANSITIONS[step].target)
    await cancel_timers(work, booking_id)
    await end_open(work, [booking_id])
    work.audit(f"booking.{step}", "booking", booking_id, **_said_before(booking))
    return await get_booking(work, booking_id)


def check_come(work: ClinicWork, booking: BookingView, step: Step) -> None:
    """Raises `NotStarted`, `NotToday` or `DayOver` where it is not the time for a step."""
    if booking.has_come(step, work.now):
        return
    if step is not Step.ARRIVE:
        raise NotStarted
    raise DayOver if booking.starts_at <= work.now else NotToday


def _said_before(booking: BookingView) -> dict[str, str]:
    """For the record, what the clinic had marked until now and takes back with a step."""
    return {"was": booking.status} if booking.status == BookingStatus.NO_SHOW else {}


async def _end(
    work: ClinicWork, ended: Sequence[BookingView], status: BookingStatus, by: By, **values: Any
) -> None:
    ids = [booking.id for booking in ended]
    await BookingRepository(work).update(ids, by, status=status, **values)
    await drop_claims(work, ids)
    await end_open(work, ids)
    for booking_id in ids:
        await cancel_timers(work, booking_id)


def check_step(work: ClinicWork, booking: BookingView, step: Step, by: By) -> None:
    """Raises `BookingOver` where the booking's state does not allow the step, `TooLate` where its time has passed."""
    if not may_step(step, booking.status, by):
        status = gettext(booking.status.replace("_", " "))
        words = gettext("This booking is {status}: that is not possible any more.", status=status)
        raise BookingOver(words, booking_status=booking.status)
    if booking.is_too_late(by, work.now):
        raise TooLate


async def _locked(work: ClinicWork, booking_id: UUID) -> BookingView:
    seen = await get_booking(work, booking_id)
    await lock_open(work, seen.group_id, [booking_id])
    found = await BookingRepository(work).lock(booking_id)
    if found is None:
        raise NotFound
    return found


async def _waiting(work: ClinicWork, booking_id: UUID, step: Step) -> list[BookingView]:
    booking = await get_booking(work, booking_id)
    group = await BookingRepository(work).lock_group(booking.group_id)
    current = next(b for b in group if b.id == booking_id)
    check_step(work, current, step, "clinic")
    return [b for b in group if may_step(step, b.status, "clinic")]
