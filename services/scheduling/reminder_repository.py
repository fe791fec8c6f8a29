"""SQL of a clinic's reminders, and of what clients answer to them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking, ReminderPolicy, TextReminders
from services.scheduling.reminder_rules import DEFAULT_HOURS

_BOOKING, _POLICY = table(Booking), table(ReminderPolicy)
_HOURS = Prepared(select(_POLICY.c.hours).where(_POLICY.c.clinic_id == given(_POLICY.c.clinic_id)))


class ReminderRepository:
    """The reminders of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def hours(self) -> list[int]:
        """How many hours before, the longest first."""
        row = await self._work.fetch_one(_HOURS, clinic_id=self._clinic)
        return list(DEFAULT_HOURS if row is None else row.hours)

    async def texts(self) -> TextReminders:
        """Which of them go as text messages."""
        chosen = select(_POLICY.c.texts).where(_POLICY.c.clinic_id == self._clinic)
        return TextReminders(await self._work.scalar(chosen) or TextReminders.OFF)

    async def choose(self, hours: list[int], texts: TextReminders) -> None:
        """This is the clinic's choice."""
        values = {"hours": hours, "texts": texts, "changed_at": self._work.now}
        statement = insert(_POLICY).values(clinic_id=self._clinic, **values)
        await self._work.execute(statement.on_conflict_do_update(index_elements=["clinic_id"], set_=values))

    async def note_coming(self, booking_id: UUID) -> None:
        """The client will come. It changes nothing of the booking, so nothing is told of it."""
        await self._work.execute(
            update(_BOOKING)
            .where(_BOOKING.c.clinic_id == self._clinic, _BOOKING.c.id == booking_id)
            .values(coming_at=self._work.now)
        )
