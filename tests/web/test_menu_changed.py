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
from tests.factories import booking_body, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import key, times
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
    shown = await http.get(f"/bookings/{booking.reference}/reschedule", params=asked)
    assert shown.status_code == 200
    assert "These times are at Cedar House" in shown.text
    nine = datetime.combine(there, time(9), ZoneInfo("America/Denver"))
    assert f'value="{nine.isoformat()}"' in shown.text
    await sign_in(http, database, shop.owner_id)
    desk = await http.get(f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule")
    assert "These times are at Cedar House" in desk.text


async def test_a_visit_at_its_place_says_nothing_of_another(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    token = await token_of(database, shop, booking)
    shown = await http.get(f"/bookings/{booking.reference}/reschedule", params={"token": token})
    assert "These times are at" not in shown.text


@pytest.mark.parametrize(
    ("amount", "currency", "status"), [(20000, "USD", 201), (19900, "USD", 409), (20000, "EUR", 409)]
)
async def test_a_program_books_at_the_price_that_it_was_shown_or_not_at_all(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, amount: int, currency: str, status: int
) -> None:
    world = await live_clinic(database)
    at = datetime.fromisoformat((await times(api, clock, world))[0]["starts_at"])
    body = booking_body(world, at) | {"price": {"amount": amount, "currency": currency}}
    made = await api.post("/bookings", json=body, headers=key())
    assert made.status_code == status, made.text
    if status == 409:
        assert made.json()["type"].rpartition("/")[2] == "price-changed"
