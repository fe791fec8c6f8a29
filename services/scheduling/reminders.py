"""Use cases of reminders: a clinic's policy, the timers that follow from it, and clients who say that they come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator

from services.accounts.schemas import Input
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.errors import BookingOver
from services.scheduling.models import BookingStatus, TextReminders
from services.scheduling.reading import get_booking
from services.scheduling.reminder_repository import ReminderRepository
from services.scheduling.reminder_rules import (
    LEAST_HOURS,
    MOST_HOURS,
    MOST_REMINDERS,
    reminder_version,
    reminders_at,
)
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView

Hours = Annotated[int, Field(ge=LEAST_HOURS, le=MOST_HOURS)]


class ReminderPolicyIn(Input):
    """How many hours before a visit its client is reminded; an empty list sends no reminders."""

    hours: Annotated[list[Hours], Field(max_length=MOST_REMINDERS)] = Field(
        description=f"Each from {LEAST_HOURS} to {MOST_HOURS}, at most {MOST_REMINDERS}.", examples=[[72, 24]]
    )

    texts: TextReminders | None = Field(
        default=None,
        description="Which go as text messages, to clients who chose them: `off`, `last` (the last before a visit), "
        "`all`. Left out it stays.",
    )

    @field_validator("hours")
    @classmethod
    def _each_once(cls, hours: list[int]) -> list[int]:
        return sorted(set(hours), reverse=True)


async def get_policy(work: ClinicWork) -> ReminderPolicyIn:
    """What the clinic chose, or 72 and 24 hours before by e-mail."""
    reminders = ReminderRepository(work)
    return ReminderPolicyIn(hours=await reminders.hours(), texts=await reminders.texts())


async def choose_policy(work: ClinicWork, policy: ReminderPolicyIn) -> ReminderPolicyIn:
    """Another choice; visits that are booked follow it a little later."""
    reminders = ReminderRepository(work)
    hours, before = await reminders.hours(), await reminders.texts()
    texts = before if policy.texts is None else policy.texts
    if (hours, before) != (policy.hours, texts):
        await reminders.choose(policy.hours, texts)
        work.audit("clinic.choose_reminders", "clinic", work.scope.clinic_id, hours=policy.hours, texts=texts)
    if hours != policy.hours:
        work.announce(events.REMINDERS_CHOSEN(clinic_id=work.scope.clinic_id))
    return await get_policy(work)


async def plan_again(work: ClinicWork) -> None:
    """Every confirmed visit that lies ahead is reminded of as the clinic has it now."""
    for row in await BookingRepository(work).list_ahead(work.now):
        if row.status == BookingStatus.CONFIRMED:
            await cancel_timers(work, row.id, events.REMINDER_DUE.name)
            set_reminder(work, await get_booking(work, row.id))


def set_reminder(work: ClinicWork, booking: BookingView) -> None:
    """Sets the timers of a visit's reminders; those whose time has passed are left out."""
    for before, due in _due(work, booking).items():
        if due > work.now:
            event = events.REMINDER_DUE(booking_id=booking.id, hours=str(before))
            version = reminder_version(booking.sequence, before)
            set_timer(work, event, booking.id, due, version=version)


def is_last_due(work: ClinicWork, booking: BookingView, hours: int) -> bool:
    """Whether no reminder nearer to the visit is due as well by now: after a long stop one goes, not all."""
    return not any(before < hours and at <= work.now for before, at in _due(work, booking).items())


def _due(work: ClinicWork, booking: BookingView) -> Mapping[int, datetime]:
    return reminders_at(booking.starts_at, booking.reminder_hours, booking.time_zone, work.tools.quiet)


async def say_coming(work: ClinicWork, booking_id: UUID) -> BookingView:
    """The client says that they will come; the clinic sees it. Raises `BookingOver` where it is not ahead."""
    booking = await BookingRepository(work).lock(booking_id)
    if booking is None or not booking.may_say_coming(work.now):
        raise BookingOver("This visit is not one that you can say so of any more.")
    if booking.coming_at is None:
        await ReminderRepository(work).note_coming(booking_id)
        work.audit("booking.coming", "booking", booking_id, by="client")
    return await get_booking(work, booking_id)
