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
from services.scheduling.booking import reschedule
from services.scheduling.reading import manage_token
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentPatch
from tests.factories import booking_body, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import key, times
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop
from web.filters import moment


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


async def test_the_desk_asks_for_a_time_and_a_room_of_the_place_where_it_is_given_now(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await moved_house(database, shop)
    await sign_in(http, database, shop.owner_id)
    page = f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule"
    shown = await http.get(page)
    form = form_of(shown, "/reschedule/to", "get")
    now_there = booking.starts_at.astimezone(ZoneInfo("America/Denver"))
    assert (form.fields["on"], form.fields["at"]) == (f"{now_there:%Y-%m-%d}", f"{now_there:%H:%M}")
    async with database.begin(shop.scope) as work:
        (room,) = await clinics.list_rooms(work)
    assert f'<option value="{room.id}">Room 2</option>' in shown.text
    day = booking.local_starts_at.date() + timedelta(days=1)
    asked = {"on": day.isoformat(), "at": "09:00", "room_id": str(room.id)}
    seen = await http.get(f"{page}/to", params=asked)
    assert seen.status_code == 200, seen.text
    nine = datetime.combine(day, time(9), ZoneInfo("America/Denver"))
    move = form_of(seen, "/reschedule")
    assert datetime.fromisoformat(move.fields["starts_at"]) == nine
    then = seen.text[seen.text.index("<dt>Then</dt>") :]
    assert moment(nine, "America/Denver") in then
    assert "Room 2, Cedar House" in then
    assert "is told by e-mail of the new time" in then
    assert (await send(http, move)).status_code == 303
    assert "Cedar House" in (await http.get(page.removesuffix("/reschedule"))).text


async def test_what_is_refused_there_is_said_in_the_zone_of_there(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await moved_house(database, shop)
    other = await book_visit(database, shop, email="bo@example.test")
    await sign_in(http, database, shop.owner_id)
    page = f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule/to"
    refused = await http.get(page, params={"starts_at": other.starts_at.isoformat()})
    assert refused.status_code == 409, refused.text
    form = form_of(refused, "/reschedule/to", "get")
    assert form.fields["at"] == f"{other.local_starts_at:%H:%M}"


async def test_who_is_to_come_to_another_place_at_the_same_time_is_told(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    later = booking.starts_at + timedelta(hours=3)
    async with database.begin(shop.scope) as work:
        await reschedule(work, booking.id, later, by="clinic")
    await moved_house(database, shop)
    await sign_in(http, database, shop.owner_id)
    async with database.begin(shop.scope) as work:
        (room,) = await clinics.list_rooms(work)
    page = f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule/to"
    seen = await http.get(page, params={"starts_at": later.isoformat(), "room_id": str(room.id)})
    assert "is told by e-mail of the new time" in seen.text
    done = await send(http, form_of(seen, "/reschedule"))
    assert "The client is told by e-mail in two minutes" in (await http.get(done.headers["location"])).text


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
