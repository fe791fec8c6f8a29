"""What was booked can be seen, moved and called off whatever became of its place since."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewLocation, NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerHoursIn, PractitionerSpan
from services.scheduling.reading import manage_token
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentPatch
from tests.web.booking_forms import sign_in
from tests.web.booking_world import Shop, book_visit, make_shop


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def token_of(database: Database, shop: Shop, booking: BookingView) -> str:
    async with database.begin(shop.scope) as work:
        return manage_token(work, booking.group_id)


async def moved_house(database: Database, shop: Shop) -> None:
    """The clinic gives the treatment at another place, in another zone, and has left the first one."""
    async with database.begin(shop.scope) as work:
        place = await clinics.add_location(
            work, NewLocation(name="Cedar House", street="Hill 2", city="Denver", time_zone="America/Denver")
        )
        week = [{"weekday": day, "opens": time(9), "closes": time(17)} for day in range(7)]
        await clinics.set_location_hours(
            work, place.id, HoursIn(hours=[HoursSpan.model_validate(one) for one in week])
        )
        await practitioners.set_practitioner_hours(
            work,
            shop.world.practitioner_id,
            PractitionerHoursIn(
                hours=[PractitionerSpan.model_validate({"location_id": place.id, **one}) for one in week]
            ),
        )
        await clinics.add_room(work, NewRoom(location_id=place.id, name="Room 2"))
        device = await clinics.add_device(
            work,
            NewDevice(
                location_id=place.id,
                maker="Crown Aesthetics",
                model="SkinPen Precision",
                modality="pen",
                clearance="FDA K202243",
            ),
        )
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(device_id=device.id))
        await clinics.archive_location(work, shop.world.location_id)


async def test_a_visit_at_a_place_that_was_left_is_seen_called_off_and_moved_to_the_new_one(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    token = await token_of(database, shop, booking)
    await moved_house(database, shop)
    for page in ("", "/cancel", "/calendar.ics", "/coming"):
        answer = await http.get(f"/bookings/{booking.reference}{page}", params={"token": token})
        assert answer.status_code == 200, page
    there = booking.local_starts_at.date() + timedelta(days=1)
    asked = {"token": token, "from": there.isoformat()}
    times = await http.get(f"/bookings/{booking.reference}/reschedule", params=asked)
    assert times.status_code == 200
    assert "These times are at Cedar House" in times.text
    nine = datetime.combine(there, time(9), ZoneInfo("America/Denver"))
    assert f'value="{nine.isoformat()}"' in times.text
    await sign_in(http, database, shop.owner_id)
    desk = await http.get(f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule")
    assert "These times are at Cedar House" in desk.text


async def test_a_visit_at_its_place_says_nothing_of_another(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    token = await token_of(database, shop, booking)
    times = await http.get(f"/bookings/{booking.reference}/reschedule", params={"token": token})
    assert "These times are at" not in times.text
