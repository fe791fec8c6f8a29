"""Other hours on single days by page and by API, and what the public sees of them."""

from __future__ import annotations

import re

import httpx

from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewPractitioner
from services.scheduling import service as scheduling
from tests.factories import PASSWORD, World, book_one, booking_ids, free_slots, live_clinic
from tests.web.forms import post
from tests.web.people import fields


async def _signed_in(http: httpx.AsyncClient, world: World) -> str:
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    return f"/clinic/{world.slug}/locations/{world.location_id}/days"


async def test_a_closure_is_planned_shown_to_the_public_and_taken_back(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    day = (await free_slots(database, world))[0].starts_at.date().isoformat()
    page = await _signed_in(http, world)
    wrong = await post(http, page, {"kind": "taken", "first_on": day, "note": "Repairs"}, page)
    assert (wrong.status_code, 'value="Repairs"' in wrong.text) == (422, True)
    assert "Give both times" in wrong.text
    saved = await post(http, page, {"kind": "closed", "first_on": day, "note": "Repairs"}, page)
    assert saved.headers["location"] == page
    shown = (await http.get(page)).text
    assert "One visit is booked on these days" in shown
    later = (await http.get(page)).text
    assert ("1 visit is still booked then" in later, booked.reference in later) == (True, True)
    assert "(Repairs)" in (await http.get(f"/c/{world.slug}")).text
    remove = re.search(rf'action="({page}/[0-9a-f-]+/remove)"', shown)
    assert remove
    assert (await post(http, remove[1], {}, page)).status_code == 303
    assert "(Repairs)" not in (await http.get(f"/c/{world.slug}")).text


async def test_holidays_are_chosen_one_by_one_or_all_at_once(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    page = await _signed_in(http, world)
    proposed = re.findall(r'name="open" value="([0-9-]+)"', (await http.get(page)).text)
    assert len(proposed) > 8
    await post(http, f"{page}/holidays", {"open": proposed[0]}, page)
    await post(http, f"{page}/holidays", {"all": "true"}, page)
    after = (await http.get(page)).text
    assert re.findall(r'name="closed" value="([0-9-]+)"', after) == proposed[:1]
    assert "Close on all proposed" not in after
    await post(http, f"{page}/holidays", {"closed": proposed[0]}, page)
    assert 'name="closed"' not in (await http.get(page)).text
    assert (await post(http, f"{page}/holidays", {"closed": "soon"}, page)).status_code == 422


async def test_a_holiday_that_is_closed_names_the_visits_that_are_booked_on_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    page = await _signed_in(http, world)
    free = [
        one
        for ahead in range(3, 110, 28)
        for one in await free_slots(database, world, in_days=ahead, days=28)
    ]
    proposed = re.findall(r'name="closed" value="([0-9-]+)"', (await http.get(page)).text)
    slot = next(one for one in free if one.starts_at.date().isoformat() in proposed)
    booked = await book_one(database, world, slot.starts_at)
    day = slot.starts_at.date().isoformat()
    other = next(one for one in proposed if one != day)
    await post(http, f"{page}/holidays", {"closed": other}, page)
    assert booked.reference not in (await http.get(page)).text
    await post(http, f"{page}/holidays", {"all": "true"}, page)
    assert "One visit is booked on these days" in (await http.get(page)).text
    assert booked.reference in (await http.get(page)).text
    await post(http, f"{page}/holidays", {"open": day}, page)
    assert booked.reference not in (await http.get(page)).text


async def test_time_away_names_the_visits_in_it_and_no_others(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    await _signed_in(http, world)
    first, *_, last = await free_slots(database, world)
    inside, outside = [await book_one(database, world, one.starts_at) for one in (first, last)]
    page = f"/clinic/{world.slug}/practitioners/{world.practitioner_id}/days"
    day = first.starts_at.date().isoformat()
    away = {"kind": "taken", "first_on": day, "opens": "00:00", "closes": "11:00"}
    await post(http, page, away, page)
    shown = (await http.get(page)).text
    assert (inside.reference in shown, outside.reference in shown) == (True, False)
    place = f"/clinic/{world.slug}/locations/{world.location_id}/days"
    extra = {"kind": "extra", "first_on": day, "opens": "12:00", "closes": "23:00", "note": "Late"}
    for other in (extra, {"kind": "closed", "first_on": day}):
        await post(http, place, other, place)
    # A closure leaves what was opened in addition.
    closed = (await http.get(place)).text
    assert (inside.reference in closed, outside.reference in closed) == (True, False)
    (cancelled,) = await booking_ids(database, world, inside)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, cancelled, by="clinic")
    assert inside.reference not in (await http.get(page)).text


async def test_days_away_of_a_person_are_planned_by_page(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    await _signed_in(http, world)
    day = (await free_slots(database, world))[0].starts_at.date().isoformat()
    page = f"/clinic/{world.slug}/practitioners/{world.practitioner_id}/days"
    assert (await post(http, page, {"kind": "closed", "first_on": "soon"}, page)).status_code == 422
    assert (await post(http, page, {"kind": "closed", "first_on": day}, page)).status_code == 303
    assert await free_slots(database, world) == []
    remove = re.search(rf'action="({page}/[0-9a-f-]+/remove)"', (await http.get(page)).text)
    assert remove
    await post(http, remove[1], {}, page)
    assert len(await free_slots(database, world)) == 29


async def test_the_same_by_api(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    facts = {"accessibility": ["step_free", "quiet_hours"]}
    changed = await api.patch(
        f"/manage/{world.slug}/locations/{world.location_id}", json=facts, headers=world.bearer
    )
    assert changed.json()["accessibility"] == facts["accessibility"]
    (shown,) = (await api.get(f"/clinics/{world.slug}")).json()["locations"]
    assert shown["accessibility"] == facts["accessibility"]
    async with database.begin(world.scope) as work:
        other = (await practitioners.add_practitioner(work, NewPractitioner(name="Bo Berg"))).id
    day = (await free_slots(database, world))[0].starts_at.date().isoformat()
    place = f"/manage/{world.slug}/locations/{world.location_id}"
    person = f"/manage/{world.slug}/practitioners/{world.practitioner_id}/exceptions"
    for path in (f"{place}/exceptions", person):
        body = {"kind": "taken", "first_on": day, "opens": "09:00", "closes": "12:00"}
        made = await api.post(path, json=body, headers=world.bearer)
        assert (made.status_code, made.json()["opens"], made.json()["last_on"]) == (201, "09:00", day)
        assert [item["id"] for item in (await api.get(path, headers=world.bearer)).json()["items"]] == [
            made.json()["id"]
        ]
        past = await api.post(path, json={**body, "first_on": "2020-01-01"}, headers=world.bearer)
        assert fields(past) == [("first_on", "past")]
        gone = f"{path}/{made.json()['id']}"
        wrong = gone.replace(str(world.practitioner_id), str(other)).replace(
            str(world.location_id), str(other)
        )
        assert (await api.delete(wrong, headers=world.bearer)).status_code == 404
        assert (await api.delete(gone, headers=world.bearer)).status_code == 204
    found = (await api.get(f"{place}/holidays", headers=world.bearer)).json()["items"]
    said = await api.put(f"{place}/holidays/{found[0]['on']}", json={"closed": True}, headers=world.bearer)
    assert said.json() == {**found[0], "state": "closed"}
    none = await api.put(f"{place}/holidays/2020-01-01", json={"closed": True}, headers=world.bearer)
    assert none.status_code == 404
