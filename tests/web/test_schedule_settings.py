"""Pages and addresses where a clinic sets its schedule, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.models import RoomKind
from services.clinics.schemas import NewLocation, NewRoom, RoomPatch
from services.clinics.week_rules import week_of
from services.kernel.work import Database
from services.treatments import service as treatments
from services.treatments.models import NumbingIn
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, add_practitioner, live_clinic
from tests.services.scheduling.seeing import one
from tests.web.booking_forms import sign_in
from tests.web.forms import post

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, world: World) -> httpx.AsyncClient:
    await sign_in(http, database, world.owner.account_id)
    return http


def typed(text: str, name: str) -> str | None:
    """What stands in a field of the page, or nothing where the page has no such field."""
    field = re.search(rf'name="{name}"[^>]* value="([^"]*)"', text)
    return field[1] if field else None


async def today(database: Database, world: World) -> date:
    async with database.begin(world.scope) as work:
        return work.now.astimezone(CHICAGO).date()


async def test_rows_are_added_and_taken_away_without_losing_what_is_typed(
    owner: httpx.AsyncClient, world: World
) -> None:
    url = f"/clinic/{world.slug}/locations/{world.location_id}/hours"
    day = {"opens_0_1": "08:00", "closes_0_1": "12:00", "weeks_0_1": "b", "until_0_1": "2031-05-05"}
    added = await post(owner, url, {**day, "opens_4_1": "not yet", "add": "0"})
    assert added.status_code == 200
    assert "Not saved yet" in added.text
    assert {
        name: typed(added.text, name) for name in ("opens_0_1", "until_0_1", "opens_0_2", "opens_4_1")
    } == {
        "opens_0_1": "08:00",
        "until_0_1": "2031-05-05",
        "opens_0_2": "",
        "opens_4_1": "not yet",
    }
    assert '<option value="b" selected>' in added.text
    more = {**day, "opens_0_2": "13:00", "closes_0_2": "15:00", "opens_0_3": "16:00", "closes_0_3": "18:00"}
    fewer = await post(owner, url, {**more, "remove": "0_2"})
    assert [typed(fewer.text, f"opens_0_{n}") for n in (1, 2, 3)] == ["08:00", None, "16:00"]
    kept = (await owner.get(url)).text
    assert [typed(kept, f"opens_0_{n}") for n in (1, 2)] == ["09:00", None]


async def test_the_page_says_which_week_it_is_and_keeps_hours_that_alternate_or_end(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    url = f"/clinic/{world.slug}/locations/{world.location_id}/hours"
    this_week = week_of(await today(database, world)).upper()
    assert f"is one of the {this_week} weeks" in (await owner.get(url)).text
    week = {
        "opens_0_1": "09:00",
        "closes_0_1": "12:00",
        "weeks_0_1": "a",
        "opens_0_2": "09:00",
        "closes_0_2": "14:00",
        "weeks_0_2": "b",
        "opens_1_1": "09:00",
        "closes_1_1": "12:00",
        "from_1_1": "2031-01-01",
        "until_1_1": "2031-02-01",
    }
    assert (await post(owner, url, week)).status_code == 303
    shown = (await owner.get(url)).text
    for name, value in week.items():
        if not name.startswith("weeks"):
            assert typed(shown, name) == value, name
    listed = (await owner.get(f"/clinic/{world.slug}/locations")).text
    for words in ("A weeks", "B weeks", "from 1 January 2031, until 1 February 2031"):
        assert words in listed, words
    public = (await owner.get(f"/c/{world.slug}")).text
    assert "This week" in public
    assert ("09:00–12:00" in public, "09:00–14:00" in public) == (True, True)
    found = (await owner.get(f"/api/v1/clinics/{world.slug}")).json()["locations"][0]
    assert len(found["days"]) == 14
    assert [len(day["spans"]) for day in found["days"]] == [1, 0, 0, 0, 0, 0, 0] * 2
    assert {span["weeks"] for span in found["hours"]} == {"every", "a", "b"}


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"weeks_0_2": "every"}, "opens_0_2", "Monday: This overlaps another span of its day."),
        ({"until_0_2": "2031-01-01", "from_0_2": "2031-02-01"}, "until_0_2", "must not lie before the first"),
        ({"until_0_2": "2031-02-04", "from_0_2": "2031-02-04"}, "until_0_2", "There is no such day"),
        ({"from_0_2": "soon"}, "from_0_2", "Monday, first day:"),
        ({"from_3_1": "2031-02-04"}, "opens_3_1", "Thursday: give both times."),
    ],
)
async def test_what_is_wrong_with_hours_is_said_at_its_row(
    owner: httpx.AsyncClient, world: World, changed: dict[str, str], field: str, words: str
) -> None:
    url = f"/clinic/{world.slug}/practitioners/{world.practitioner_id}/hours"
    week = {
        "opens_0_1": "09:00",
        "closes_0_1": "12:00",
        "weeks_0_1": "a",
        "opens_0_2": "09:00",
        "closes_0_2": "14:00",
        "weeks_0_2": "b",
        **changed,
    }
    here = {re.sub(r"_(\d_\d)$", rf"_{world.location_id}_\1", name): value for name, value in week.items()}
    refused = await post(owner, url, here)
    assert refused.status_code == 422
    place = field.replace("_", f"_{world.location_id}_", 1)
    assert f'href="#{place}"' in refused.text
    assert words in refused.text
    for name, value in here.items():
        if not name.startswith("weeks"):
            assert typed(refused.text, name) == value, name


async def test_grid_daily_maximum_and_room_kinds_are_set_on_their_pages(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    home = f"/clinic/{world.slug}"
    profile = {
        "name": "Linden Skin",
        "email": "a@example.test",
        "country": "US",
        "currency": "USD",
        "languages": "en",
    }
    assert (await post(owner, f"{home}/profile", {**profile, "grid_minutes": "20"})).status_code == 303
    refused = await post(owner, f"{home}/profile", {**profile, "grid_minutes": "7"})
    assert "Choose one of: 5, 10, 15, 20, 30, 60." in refused.text
    person = f"{home}/practitioners/{world.practitioner_id}"
    assert (
        await post(owner, f"{person}/edit", {"name": "Dr Mira Holm", "daily_maximum": "6"})
    ).status_code == 303
    assert "at most 6" in (await owner.get(person)).text
    assert typed((await owner.get(f"{person}/edit")).text, "daily_maximum") is not None
    many = await post(owner, f"{person}/edit", {"name": "Dr Mira Holm", "daily_maximum": "60"})
    assert 'href="#daily_maximum"' in many.text
    await post(owner, f"{person}/edit", {"name": "Dr Mira Holm", "daily_maximum": ""})
    assert "no limit" in (await owner.get(person)).text
    room = f"{home}/rooms/{world.room_id}"
    assert (await post(owner, room, {"name": "Room 1", "room_kind": "numbing"})).status_code == 303
    assert "No room to treat in" in (await owner.get(f"{home}/rooms")).text
    async with database.begin(world.scope) as work:
        assert (await clinics.get_room(work, world.room_id)).room_kind is RoomKind.NUMBING
        assert (await clinics.get_clinic(work)).grid_minutes == 20


async def test_the_way_between_locations_is_a_field_for_each_pair(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    url = f"/clinic/{world.slug}/travel"
    assert "One location only" in (await owner.get(url)).text
    async with database.begin(world.scope) as work:
        south = await clinics.add_location(work, NewLocation(name="South", street="Oak 2", city="Austin"))
    asked = re.search(r'name="(minutes_[^"]+)"', (await owner.get(url)).text)
    assert asked
    field = asked[1]
    assert typed((await owner.get(url)).text, field) == ""
    refused = await post(owner, url, {field: "a while"})
    assert (refused.status_code, typed(refused.text, field)) == (422, "a while")
    assert f'href="#{field}"' in refused.text
    assert (await post(owner, url, {field: "25"})).status_code == 303
    assert typed((await owner.get(url)).text, field) == "25"
    api, bearer = f"/api/v1/manage/{world.slug}/travel", world.bearer
    (way,) = (await owner.get(api, headers=bearer)).json()["items"]
    assert {way["location_id"], way["other_id"]} == {str(world.location_id), str(south.id)}
    assert way["minutes"] == 25
    long = await owner.put(api, headers=bearer, json={"ways": [{**way, "minutes": 241}]})
    assert [(e["field"], e["code"]) for e in long.json()["errors"]] == [("ways.0.minutes", "out-of-range")]
    assert (await owner.put(api, headers=bearer, json={"ways": []})).json()["items"] == []


async def test_a_treatment_says_who_gives_it_with_what_and_where_clients_numb(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    url = f"/clinic/{world.slug}/treatments/{world.treatment_id}"
    ivo = await add_practitioner(database, world)
    form: dict[str, Any] = {
        "name": "Pen facial",
        "modality": "pen",
        "concerns": "acne_scars",
        "booking_mode": "instant",
        "device_id": str(world.device_id),
        "minutes_face": "15",
        "price_face": "200",
        "sessions": "4",
        "device_choice": "alike",
        "numbing_in": "numbing_room",
        "given_by": "named",
    }
    nobody = await post(owner, url, form)
    assert nobody.status_code == 422
    assert "Say who gives it, or choose everyone." in nobody.text
    assert (await post(owner, url, {**form, "performer_ids": str(ivo)})).status_code == 303
    async with database.begin(world.scope) as work:
        saved = await treatments.get_treatment(work, world.treatment_id)
    assert (saved.device_choice, saved.numbing_in, saved.performer_ids) == ("alike", "numbing_room", [ivo])
    shown = (await owner.get(url)).text
    assert re.search(rf'name="performer_ids" value="{ivo}" checked', shown)
    await post(
        owner,
        f"/clinic/{world.slug}/practitioners/{ivo}/archive",
        {},
        f"/clinic/{world.slug}/practitioners/{ivo}",
    )
    assert "Nobody is left who gives it" in (await owner.get(url)).text
    assert (await post(owner, url, {**form, "given_by": "everyone"})).status_code == 303
    answer = await owner.get(
        f"/api/v1/manage/{world.slug}/treatments/{world.treatment_id}", headers=world.bearer
    )
    assert (answer.json()["given_by"], answer.json()["performer_ids"]) == ("everyone", [])


async def test_a_treatment_says_in_which_rooms_and_with_any_device_of_its_kind(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    url = f"/clinic/{world.slug}/treatments/{world.treatment_id}"
    async with database.begin(world.scope) as work:
        room = await clinics.add_room(work, NewRoom(location_id=world.location_id, name="Room 2"))
        new = NewRoom(location_id=world.location_id, name="Quiet room", room_kind=RoomKind.NUMBING)
        quiet = await clinics.add_room(work, new)
    form: dict[str, Any] = {
        "name": "Pen facial",
        "modality": "pen",
        "concerns": "acne_scars",
        "booking_mode": "instant",
        "device_id": str(world.device_id),
        "minutes_face": "15",
        "price_face": "200",
        "sessions": "4",
        "device_choice": "kind",
        "given_in": "named",
        "room_ids": str(room.id),
    }
    offered = (await owner.get(url)).text
    assert f'name="room_ids" value="{room.id}"' in offered
    assert f'name="room_ids" value="{quiet.id}"' not in offered
    for wrong, field, words in (
        ({"room_ids": ""}, "room_ids", "Say in which rooms, or choose any."),
        ({"room_ids": str(quiet.id)}, "room_ids", "Quiet room is for numbing alone."),
        ({"concerns": "scars"}, "device_choice", "Any of its kind is only for what the label"),
    ):
        refused = await post(owner, url, form | wrong)
        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.text
        assert words in refused.text
    assert (await post(owner, url, form)).status_code == 303
    assert re.search(rf'name="room_ids" value="{room.id}" checked', (await owner.get(url)).text)
    api = f"/api/v1/manage/{world.slug}"
    told = (await owner.get(f"{api}/treatments/{world.treatment_id}", headers=world.bearer)).json()
    assert (told["given_in"], told["room_ids"], told["device_choice"]) == ("named", [str(room.id)], "kind")
    assert "or another of its kind, on label for the same" in (await owner.get(f"/c/{world.slug}")).text
    await owner.delete(f"{api}/rooms/{room.id}", headers=world.bearer)
    assert "No room is left for it" in (await owner.get(url)).text
    assert (await post(owner, url, {**form, "given_in": "any_room"})).status_code == 303
    told = (await owner.get(f"{api}/treatments/{world.treatment_id}", headers=world.bearer)).json()
    assert (told["given_in"], told["room_ids"]) == ("any_room", [])


async def test_each_room_of_a_visit_shows_the_phases_that_are_there(
    owner: httpx.AsyncClient, database: Database, world: World
) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_room(work, world.room_id, RoomPatch(room_kind=RoomKind.TREATMENT))
        new = NewRoom(location_id=world.location_id, name="Quiet room", room_kind=RoomKind.NUMBING)
        quiet = await clinics.add_room(work, new)
        apart = TreatmentPatch(numbing_in=NumbingIn.NUMBING_ROOM)
        await treatments.update_treatment(work, world.treatment_id, apart)
    day = await today(database, world) + timedelta(days=7)
    booking = await one(database, world, starts_at=datetime(day.year, day.month, day.day, 12, tzinfo=CHICAGO))

    async def phases(show: str) -> set[str]:
        query = {"day": day.isoformat(), "show": show, "as": "grid"}
        shown = await owner.get(f"/clinic/{world.slug}/calendar", params=query)
        return set(re.findall(r"nw-phase-(\w+) row-start", shown.text))

    assert await phases(f"room:{quiet.id}") == {"preparation", "numbing"}
    assert await phases(f"room:{world.room_id}") == {"needling", "finish"}
    assert await phases("room") == await phases("practitioner")
    page = (await owner.get(f"/clinic/{world.slug}/bookings/{booking.reference}")).text
    assert "Quiet room" in page
    answer = await owner.get(
        f"/api/v1/manage/{world.slug}/bookings/{booking.reference}", headers=world.bearer
    )
    assert answer.json()["numbing_room"] == {"id": str(quiet.id), "name": "Quiet room"}
