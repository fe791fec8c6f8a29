"""A practitioner's calendar elsewhere, as it is after a reading, and the server that it is read from."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork, Database
from services.scheduling import externals
from services.scheduling.externals import NewExternalCalendar, Said
from services.scheduling.public_times import list_public_slots
from services.scheduling.schemas import Slot, SlotQuery
from tests.factories import World
from workers.actor import Job, Outside, load_actors

ADDRESS = "https://calendar.example.test/private/basic.ics"


class Elsewhere:
    """A server that gives the file put into it; none is an error, an unchanged tag is no answer."""

    refused: type[Exception] = RuntimeError

    def __init__(self, *events: tuple[datetime, datetime], title: str = "Dentist") -> None:
        self.content: bytes | None = file_of(*events, title=title)
        self.asked: list[tuple[str, str]] = []

    async def get(self, address: str, tag: str = "") -> tuple[bytes, str] | None:
        self.asked.append((address, tag))
        if self.content is None:
            raise RuntimeError("There is no calendar under that address any more.")
        mine = str(hash(self.content))
        return None if tag == mine else (self.content, mine)


def file_of(*events: tuple[datetime, datetime], title: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//X//Y//EN"]
    for number, (begins, ends) in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@x", "DTSTAMP:20270101T000000Z", f"SUMMARY:{title}"]
        lines += [f"DTSTART:{begins:%Y%m%dT%H%M%SZ}", f"DTEND:{ends:%Y%m%dT%H%M%SZ}", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


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


async def read(database: Database, world: World, server: Elsewhere, calendar_id: object, run: int) -> None:
    actor = load_actors()["read_external_calendar"]
    outside = Outside(database, MailboxOnly(), "us@needlewise.test", server)
    async with database.begin(world.scope) as work:
        job = Job(new_id(), {"calendar_id": str(calendar_id), "run": str(run)}, "")
        await actor.call(work, [job], outside)


async def is_offered(database: Database, world: World, slot: Slot) -> bool:
    day = slot.starts_at.astimezone(slot.zone).date()
    query = SlotQuery(treatment_id=world.treatment_id, from_on=day, to_on=day)
    return slot.starts_at in {
        one.starts_at for one in (await list_public_slots(database, world.slug, query)).slots
    }
