"""Clinics whose diaries are as full, and as long, as a benchmark asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, NewRoom
from services.kernel.work import Database
from tests.factories import World, add_practitioner, book_one, live_clinic

MANY_PEOPLE = 50
# Five of the eight hours from nine to five are taken: about 60 % of a day.
TAKEN_HOURS = (0, 1, 3, 4, 6)

_ALIKE = text("""
    INSERT INTO device (clinic_id, id, location_id, maker, model, modality, clearance, single_use_cartridges,
        created_at)
    SELECT clinic_id, gen_random_uuid(), location_id, maker, model, modality, clearance, single_use_cartridges,
        created_at
    FROM device, generate_series(2, :people) WHERE id = :device
""")
_ANY_DEVICE = text("UPDATE treatment SET device_choice = 'alike' WHERE id = :treatment")
# One booking a row of practitioner, day and hour; each with a room and a device of the same number as the practitioner.
_BOOKINGS = text("""
    CREATE TEMP TABLE filled ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, p.id AS practitioner_id, r.id AS room_id, d.id AS device_id,
           ((day + time '09:00') AT TIME ZONE l.time_zone) + hour * interval '1 hour' AS starts_at
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM practitioner WHERE clinic_id = :clinic) p
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM room WHERE clinic_id = :clinic) r USING (n)
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM device WHERE clinic_id = :clinic) d USING (n)
    JOIN location l ON l.id = :location
    CROSS JOIN generate_series(CAST(:first AS date), CAST(:last AS date), '1 day') AS day
    CROSS JOIN unnest(CAST(:hours AS int[])) AS hour
""")
_ROWS = (
    text("""
    INSERT INTO booking (clinic_id, id, reference, group_id, position, client_id, treatment_id, area, location_id,
        practitioner_id, room_id, device_id, starts_at, ends_at, price, currency, status, sequence, cancelled_by,
        cancel_reason, created_at, changed_at)
    SELECT :clinic, f.id, substr(replace(f.id::text, '-', ''), 1, 20), f.id, 1, c.id, :treatment, 'face', :location,
        f.practitioner_id, f.room_id, f.device_id, f.starts_at, f.starts_at + interval '60 minutes', 20000, 'USD',
        'confirmed', 0, '', '', now(), now()
    FROM filled f CROSS JOIN (SELECT id FROM client WHERE clinic_id = :clinic LIMIT 1) c
"""),
    text("""
    INSERT INTO claim (clinic_id, id, booking_id, resource_id, location_id, starts_at, ends_at)
    SELECT :clinic, gen_random_uuid(), f.id, u.resource_id, u.location_id, f.starts_at + u.begins * interval '1 minute',
        f.starts_at + u.ends * interval '1 minute'
    FROM filled f CROSS JOIN LATERAL (VALUES
        (f.practitioner_id, CAST(:location AS uuid), 0, 10), (f.practitioner_id, CAST(:location AS uuid), 35, 60),
        (f.room_id, NULL, 0, 60), (f.device_id, NULL, 35, 50)) AS u (resource_id, location_id, begins, ends)
"""),
)
_CONSTRAINT = "EXCLUDE USING gist (clinic_id WITH =, resource_id WITH =, during WITH &&)"


@dataclass(frozen=True, slots=True)
class Diary:
    """The clinic, one of its practitioners, and a day of the near future with 60 % taken."""

    world: World
    practitioner_id: UUID
    day: date
    people: int


async def make_clinic(database: Database, owner: AsyncEngine, name: str, people: int) -> Diary:
    """A live clinic with so many practitioners, rooms, and devices that are alike."""
    world = await live_clinic(database, name=name)
    for number in range(2, people + 1):
        await add_practitioner(database, world, f"Dr Number {number}")
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=730))
        for number in range(2, people + 1):
            await clinics.add_room(work, NewRoom(location_id=world.location_id, name=f"Room {number}"))
        today = work.now.date()
    async with owner.begin() as connection:
        await connection.execute(_ALIKE, {"people": people, "device": world.device_id})
        await connection.execute(_ANY_DEVICE, {"treatment": world.treatment_id})
    await book_one(database, world)
    return Diary(world, world.practitioner_id, today + timedelta(days=30), people)


async def fill(owner: AsyncEngine, diaries: Sequence[Diary], bookings: int) -> int:
    """Fills the days around each diary's day, back into the past, with so many bookings in all; gives how many."""
    async with owner.begin() as connection:
        await connection.execute(text("ALTER TABLE claim DROP CONSTRAINT no_double_booking"))
        for table in ("claim", "booking"):
            await connection.execute(text(f"DELETE FROM {table}"))
        for diary in diaries:
            share = bookings * diary.people // sum(one.people for one in diaries)
            await _fill(connection, diary, share)
        await connection.execute(text(f"ALTER TABLE claim ADD CONSTRAINT no_double_booking {_CONSTRAINT}"))
        made = await connection.scalar(text("SELECT count(*) FROM booking"))
    async with owner.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("VACUUM ANALYZE booking"))
        await plain.execute(text("VACUUM ANALYZE claim"))
        # Otherwise the server writes down what was loaded while it is measured.
        await plain.execute(text("CHECKPOINT"))
    return int(made or 0)


async def _fill(connection: AsyncConnection, diary: Diary, bookings: int) -> None:
    days = max(bookings // (diary.people * len(TAKEN_HOURS)), 5)
    given = {
        "clinic": diary.world.clinic_id,
        "location": diary.world.location_id,
        "treatment": diary.world.treatment_id,
        "first": diary.day - timedelta(days=days - 3),
        "last": diary.day + timedelta(days=2),
        "hours": list(TAKEN_HOURS),
    }
    for statement in (text("DROP TABLE IF EXISTS filled"), _BOOKINGS, *_ROWS):
        await connection.execute(statement, given)
