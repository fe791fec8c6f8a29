"""The days around the present in the first demo clinic, so that its calendar shows a desk at work."""

from __future__ import annotations

import random
from datetime import date, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from infra.ops.demo.building import BuiltHouse
from infra.ops.demo.cast import CLIENTS
from services.clinics import service as clinics
from services.courses.booking import book
from services.courses.records import complete_session
from services.courses.schemas import DeskBookingIn, SessionRecordIn
from services.kernel.errors import Refusal
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling import service as scheduling
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.schemas import SlotQuery
from services.treatments import service as treatments

DAYS, VISITS_A_DAY = 4, 5
MORNING = timedelta(hours=-12)
"""How far before the present the desk begins to book, so that a part of today is over when it is shown."""


async def fill_the_diary(database: Database, house: BuiltHouse, chance: random.Random) -> None:
    """Books some visits on today and the next days, and blocks a room and an hour of somebody."""
    async with database.begin(house.scope) as work:
        location = await clinics.get_location(work, house.location_id)
        today = work.now.astimezone(ZoneInfo(location.time_zone)).date()
    for number in range(DAYS):
        for name in chance.sample(CLIENTS, VISITS_A_DAY):
            await _book(database, house, today + timedelta(days=number), name, chance)
    async with database.begin(house.scope) as work:
        day = today + timedelta(days=1)
        rooms = await clinics.list_rooms(work, house.location_id)
        people = await practitioners.list_names(work)
        await _block(work, rooms[-1].id, day, (time(9), time(10)), "Deep cleaning")
        await _block(work, people[-1][0], day, (time(13), time(14)), "Team meeting")


async def work_the_day(database: Database, house: BuiltHouse) -> None:
    """What is over is recorded; who is being treated has arrived."""
    async with database.begin(house.scope) as work:
        now = work.now
        found = await scheduling.list_bookings(work, now.date() - timedelta(days=1), now.date())
        for booking in found.items:
            if booking.status == "confirmed" and booking.ends_at <= now:
                record = SessionRecordIn.model_validate(
                    {"areas": [booking.area], "depth_mm": "1.0", "lot": "LOT-2699-A"}
                )
                await complete_session(work, booking.id, record, by=house.scope.by.account_id)
            elif booking.status == "confirmed" and booking.starts_at <= now:
                await scheduling.arrive(work, booking.id)


async def _book(database: Database, house: BuiltHouse, day: date, name: str, chance: random.Random) -> None:
    treatment_id = chance.choice(house.treatment_ids)
    async with database.begin(house.scope) as work:
        area = (await treatments.get_treatment(work, treatment_id)).areas[0].code
        slots = await scheduling.list_slots(
            work, SlotQuery(treatment_id, day, day, area=area, by_clinic=True)
        )
        if not slots:
            return
        slot = chance.choice(slots)
        wanted = {
            "treatment_id": treatment_id,
            "area": area,
            "starts_at": slot.starts_at,
            "practitioner_id": slot.practitioner_id,
            "client": {"name": name, "email": f"{name.lower().replace(' ', '.')}@mail.test", "phone": ""},
        }
        await book(work, DeskBookingIn.model_validate(wanted), by_clinic=True)


async def _block(work: ClinicWork, one: UUID, day: date, times: tuple[time, time], note: str) -> None:
    new = NewBlock(resource_id=one, first_on=day, opens=times[0], closes=times[1], note=note)
    try:
        await block_time(work, new)
    except Refusal:
        return  # a visit is in the way: the demo's desk lets it be
