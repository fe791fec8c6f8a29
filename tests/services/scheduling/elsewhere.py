"""A practitioner's calendar elsewhere, as it is after a reading."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling import externals
from services.scheduling.externals import NewExternalCalendar, Said

ADDRESS = "https://calendar.example.test/private/basic.ics"


async def add_calendar(work: ClinicWork, practitioner_id: UUID, address: str = ADDRESS) -> UUID:
    return (await externals.add_calendar(work, practitioner_id, NewExternalCalendar(address=address))).id


async def busy_calendar(work: ClinicWork, practitioner_id: UUID, *spans: tuple[datetime, datetime]) -> UUID:
    """A calendar that was read once, and said that they are busy in those times; else for an hour in ten years."""
    calendar_id = await add_calendar(work, practitioner_id)
    due = await externals.find_due(work, calendar_id, 1)
    assert due is not None
    far = work.now + timedelta(days=3650)
    said = Said(spans or [(far, far + timedelta(hours=1))], 0, '"1"')
    await externals.note_read(work, due, 1, said)
    return calendar_id
