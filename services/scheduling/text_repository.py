"""The SQL of reminders as text messages."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking

_BOOKING = table(Booking)


class TextRepository:
    """The numbers that one clinic's clients chose."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._mine = update(_BOOKING).where(_BOOKING.c.clinic_id == work.scope.clinic_id)

    async def choose(self, group_id: UUID, number: str) -> bool:
        """Of what was booked together; false where it was that number already."""
        chosen = self._mine.where(_BOOKING.c.group_id == group_id, _BOOKING.c.texts_to != number)
        return bool((await self._work.execute(chosen.values(texts_to=number))).rowcount)

    async def stop(self, client_id: UUID, number: str) -> bool:
        """To that number, of all that a client has booked; false where none went to it."""
        stopped = self._mine.where(_BOOKING.c.client_id == client_id, _BOOKING.c.texts_to == number)
        return bool((await self._work.execute(stopped.values(texts_to=""))).rowcount)
