"""Calendars elsewhere on the person's page and by API, and what the clinic's own calendar shows of them."""

from __future__ import annotations

import re

import httpx

from services.kernel.work import Database
from services.scheduling import externals
from services.scheduling.reading import get_booking
from tests.factories import PASSWORD, World, book_one, booking_ids, free_slots, live_clinic
from tests.services.scheduling.both import two_clinics
from tests.services.scheduling.elsewhere import ADDRESS, add_calendar, busy_calendar
from tests.web.forms import post


async def sign_in(http: httpx.AsyncClient, world: World) -> str:
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    return f"/clinic/{world.slug}/practitioners/{world.practitioner_id}"


async def test_one_is_added_read_and_removed_by_page(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    page = await sign_in(http, world)
    wrong = await post(http, f"{page}/calendars", {"address": "calendar.example.test"}, page)
    assert (wrong.status_code, 'value="calendar.example.test"' in wrong.text) == (422, True)
    assert "private address, beginning with https://" in wrong.text
    added = await post(http, f"{page}/calendars", {"address": ADDRESS}, page)
    assert added.headers["location"] == f"{page}#calendars"
    shown = (await http.get(page)).text
    assert "calendar.example.test" in shown
    assert "basic.ics" not in shown, "the address is a secret"
    read = re.search(rf'action="({page}/calendars/[0-9a-f-]+)/read"', shown)
    assert read
    assert (await post(http, f"{read[1]}/read", {}, page)).status_code == 303
    assert (await post(http, f"{read[1]}/remove", {}, page)).status_code == 303
    assert "calendar.example.test" not in (await http.get(page)).text
    assert (await post(http, f"{read[1]}/remove", {}, page)).status_code == 404


async def test_the_page_says_what_was_not_understood(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        calendar_id = await add_calendar(work, world.practitioner_id)
        due = await externals.find_due(work, calendar_id, 1)
        assert due is not None
        await externals.note_read(work, due, 1, externals.Said([], 2, ""))
    shown = (await http.get(await sign_in(http, world))).text
    assert "2 events could not be read: clients may be offered their times." in shown
    assert "read in part" in shown
    assert "What it said last still counts" not in shown


async def test_an_address_in_other_letters_is_taken_and_one_that_no_server_has_is_not(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    page = await sign_in(http, world)
    wrong = await post(http, f"{page}/calendars", {"address": "https://a..b/x.ics"}, page)
    assert (wrong.status_code, "private address, beginning with https://" in wrong.text) == (422, True)
    await post(http, f"{page}/calendars", {"address": "https://müller.example/ü.ics"}, page)
    assert "xn--mller-kva.example" in (await http.get(page)).text


async def test_the_clinic_sees_the_time_and_may_book_it_by_hand(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    first, *_, last = await free_slots(database, world)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, first.starts_at))
    async with database.begin(world.scope) as work:
        await busy_calendar(work, world.practitioner_id, (last.starts_at, last.ends_at))
        booking = await get_booking(work, booking_id)
    await sign_in(http, world)
    local = last.starts_at.astimezone(last.zone)
    calendar = (await http.get(f"/clinic/{world.slug}/calendar?view=day&day={local.date()}")).text
    assert calendar.count("Busy elsewhere") == 2, "in the drawing and in the list"
    assert "Book all the same" in calendar
    assert (
        "Busy elsewhere"
        in (await http.get(f"/clinic/{world.slug}/calendar?view=week&day={local.date()}")).text
    )
    page = f"/clinic/{world.slug}/bookings/{booking.reference}/reschedule"
    times = (await http.get(f"{page}?from={local.date()}")).text
    assert times.count("busy elsewhere") >= 1
    moved = await post(http, page, {"starts_at": local.isoformat()}, page)
    assert moved.status_code == 303
    assert "is busy elsewhere then" in (await http.get(moved.headers["location"])).text


async def test_what_another_clinic_has_of_somebody_is_drawn_without_a_word_of_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    here, there = await two_clinics(database)
    at = (await free_slots(database, there))[-1]
    await book_one(database, here, at.starts_at, email="bo@example.test")
    await sign_in(http, there)
    local = at.starts_at.astimezone(at.zone)
    page = (await http.get(f"/clinic/{there.slug}/calendar?view=day&day={local.date()}")).text
    # Before and after the numbing, during which they are free: each in the drawing and in the list.
    assert page.count("Busy elsewhere") == 4
    assert "Book all the same" not in page
    assert "not bookable" in page[page.rindex("Busy elsewhere") :]
    drawn = page[: page.index("Busy elsewhere")].rsplit('data-status="blocked"', 1)
    assert drawn[0].rsplit("<", 1)[1].startswith("div "), "there is nothing to follow"
    for word in ("Linden", "Ana Torres", "bo@example.test", here.slug, "acne"):
        assert word not in page[page.index("nw-cal") :]
    await sign_in(http, here)
    own = (await http.get(f"/clinic/{here.slug}/calendar?view=day&day={local.date()}")).text
    assert "Busy elsewhere" not in own, "its own visit is drawn as what it is"


async def test_by_api_the_address_is_not_told_again(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    token = await api.post("/tokens", json={"email": world.owner.email, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {token.json()['token']}"}
    calls = f"/manage/{world.slug}/practitioners/{world.practitioner_id}/calendars"
    refused = await api.post(calls, json={"address": "http://calendar.example.test/a"}, headers=bearer)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "address")
    added = await api.post(calls, json={"address": ADDRESS}, headers=bearer)
    assert (added.status_code, added.json()["state"], added.json()["host"]) == (
        201,
        "waiting",
        "calendar.example.test",
    )
    listed = await api.get(calls, headers=bearer)
    assert "basic.ics" not in added.text + listed.text
    assert [one["id"] for one in listed.json()["items"]] == [added.json()["id"]]
    await api.delete(f"{calls}/{added.json()['id']}", headers=bearer)
    async with database.begin(world.scope) as work:
        assert await externals.list_calendars(work, world.practitioner_id) == []
