"""A free time under a room or a device of the calendar leads to a booking there, and nowhere else."""

from __future__ import annotations

from datetime import date, time, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewRoom
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.schemas import BookingView
from services.screening.wording import get_question_set
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "signed_name": "Jo Ellis", "in_person": "true"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


@pytest.fixture
async def day(database: Database, shop: Shop) -> date:
    """A day on which there is time."""
    return (await book_visit(database, shop)).local_starts_at.date()


@pytest.fixture
async def room(database: Database, shop: Shop) -> UUID:
    """A second room, which is taken where the first one is not free."""
    async with database.begin(shop.scope) as work:
        new = NewRoom(location_id=shop.world.location_id, name="Room 2")
        return (await clinics.add_room(work, new)).id


@pytest.fixture
async def pen(database: Database, shop: Shop) -> UUID:
    """A device with which the treatment is not given."""
    async with database.begin(shop.scope) as work:
        new = NewDevice(location_id=shop.world.location_id, maker="Quill", model="Two", modality="pen")
        return (await clinics.add_device(work, new)).id


def new_of(shop: Shop) -> str:
    return f"/clinic/{shop.slug}/bookings/new"


async def ways(owner: httpx.AsyncClient, shop: Shop, **query: str) -> list[dict[str, list[str]]]:
    """Where the calendar's free times lead, as what they say."""
    shown = await owner.get(f"/clinic/{shop.slug}/calendar", params={"as": "grid", **query})
    hrefs = [part.split('"')[0].replace("&amp;", "&") for part in shown.text.split('href="')[1:]]
    found = [parse_qs(urlsplit(href).query) for href in hrefs if href.startswith(f"{new_of(shop)}?")]
    return [one for one in found if "time" in one]


async def booked_by(database: Database, shop: Shop, answer: httpx.Response) -> BookingView:
    assert answer.status_code == 303, answer.text
    reference = answer.headers["location"].rpartition("/")[2]
    async with database.begin(shop.scope) as work:
        found = await scheduling.find_reference(work, reference)
        assert found is not None
        return await scheduling.get_booking(work, found[1])


@pytest.mark.parametrize("kind", ["room", "device"])
async def test_free_times_of_a_column_name_what_the_column_is_of(
    owner: httpx.AsyncClient, shop: Shop, day: date, room: UUID, pen: UUID, kind: str
) -> None:
    every = {"room": {shop.world.room_id, room}, "device": {shop.world.device_id, pen}}[kind]
    free = await ways(owner, shop, day=day.isoformat(), show=kind)
    assert {one[f"{kind}_id"][0] for one in free} == {str(one) for one in every}
    mine = str(max(every))
    week = await ways(owner, shop, day=day.isoformat(), view="week", show=f"{kind}:{mine}")
    assert week
    assert {one[f"{kind}_id"][0] for one in week} == {mine}


async def test_what_is_pressed_under_a_room_is_booked_in_it(
    owner: httpx.AsyncClient, database: Database, shop: Shop, day: date, room: UUID
) -> None:
    free = await ways(owner, shop, day=day.isoformat(), show=f"room:{room}")
    pressed = next(one for one in free if one["time"] == ["13:00"])
    begun = await owner.get(new_of(shop), params=pressed)
    assert f'<option value="{room}" selected>Room 2</option>' in begun.text
    choice = form_of(begun, "/bookings/new", "get")
    shown = await send(owner, choice, item=f"{shop.treatment_id}:face", room_id=str(room))
    form = form_of(shown, "/bookings/new")
    wrong = await send(owner, form, **CLEAR, **JO | {"email": "jo at example"})
    assert wrong.status_code == 422
    kept = form_of(wrong, "/bookings/new")
    booked = await booked_by(database, shop, await send(owner, kept, **CLEAR, **JO))
    assert (f"{booked.local_starts_at:%H:%M}", booked.room_id) == ("13:00", room)


async def test_a_look_at_another_day_keeps_what_was_typed_and_the_room(
    owner: httpx.AsyncClient, database: Database, shop: Shop, day: date, room: UUID
) -> None:
    query = {"day": day.isoformat(), "time": "13:00", "item": f"{shop.treatment_id}:face"}
    form = form_of(await owner.get(new_of(shop), params=query | {"room_id": str(room)}), "/bookings/new")
    assert form.buttons[0] == ("look", "")
    typed = CLEAR | JO | {"phone": "+1 512 555 0147"}
    another = (day + timedelta(days=7)).isoformat()
    looked = await send(owner, form, look="", day=another, **typed)
    assert looked.status_code == 200
    again = form_of(looked, "/bookings/new")
    assert again.fields.items() >= (typed | {"day": another, "room_id": str(room)}).items()
    assert again.fields["form_token"] == form.fields["form_token"]
    assert again.fields.get("starts_at") != form.fields["starts_at"]
    begins = again.choices["starts_at"][0]
    assert begins >= another
    booked = await booked_by(database, shop, await send(owner, again, starts_at=begins))
    assert (booked.local_starts_at.isoformat(), booked.room_id) == (begins, room)
    assert (booked.client_name, booked.client_email) == (JO["name"], JO["email"])


async def test_a_room_can_be_left_open_again(
    owner: httpx.AsyncClient, database: Database, shop: Shop, day: date, room: UUID
) -> None:
    query = {"day": day.isoformat(), "time": "13:00", "room_id": str(room)}
    begun = form_of(await owner.get(new_of(shop), params=query), "/bookings/new", "get")
    form = form_of(await send(owner, begun, item=f"{shop.treatment_id}:face", room_id=""), "/bookings/new")
    booked = await booked_by(database, shop, await send(owner, form, **CLEAR, **JO))
    assert booked.room_id == shop.world.room_id


async def test_a_room_that_is_taken_then_has_other_times(
    owner: httpx.AsyncClient, database: Database, shop: Shop, day: date, room: UUID
) -> None:
    query = {"day": day.isoformat(), "time": "13:00", "item": f"{shop.treatment_id}:face"}
    form = form_of(await owner.get(new_of(shop), params=query | {"room_id": str(room)}), "/bookings/new")
    async with database.begin(shop.scope) as work:
        painted = NewBlock(resource_id=room, first_on=day, opens=time(12), closes=time(15), note="Painted")
        await block_time(work, painted)
    anywhere = form_of(await owner.get(new_of(shop), params=query), "/bookings/new")
    assert anywhere.fields["starts_at"] == form.fields["starts_at"]
    there = await owner.get(new_of(shop), params=query | {"room_id": str(room)})
    assert "13:00 is not free for this treatment" in there.text
    refused = await send(owner, form, **CLEAR, **JO)
    assert refused.status_code == 409
    again = form_of(refused, "/bookings/new")
    assert (again.fields["room_id"], again.fields["name"]) == (str(room), "Jo Ellis")
    (near, *_) = again.choices["starts_at"]
    booked = await booked_by(database, shop, await send(owner, again, starts_at=near, **CLEAR, **JO))
    assert booked.room_id == room


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("room_id", "This treatment is not given in that room."),
        ("device_id", "This treatment is not given with that device."),
    ],
)
async def test_what_is_not_of_the_treatment_is_refused_at_its_field(
    owner: httpx.AsyncClient, shop: Shop, day: date, pen: UUID, field: str, words: str
) -> None:
    query = {"day": day.isoformat(), "item": f"{shop.treatment_id}:face"}
    named = await owner.get(new_of(shop), params=query | {field: str(pen)})
    assert named.status_code == 422
    assert f'id="{field}-error"' in named.text
    assert words in named.text
    form = form_of(await owner.get(new_of(shop), params=query), "/bookings/new")
    begins = form.choices["starts_at"][0]
    sent = await send(owner, form, **{field: str(pen)}, starts_at=begins, **CLEAR, **JO)
    assert sent.status_code == 422
    assert f'id="{field}-error"' in sent.text
    assert (await owner.get(new_of(shop), params=query | {field: "nonsense"})).status_code == 404
