"""Closing a clinic by page and by API: for owners alone, with its name typed."""

from __future__ import annotations

import httpx

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import ClinicPatch, NewMember
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import PASSWORD, book_one, booking_ids, live_clinic, person
from tests.web.forms import post
from tests.web.people import fields


async def test_an_owner_closes_by_typing_the_name(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    page = f"/clinic/{world.slug}/close"
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    assert f'href="{page}"' in (await http.get(f"/clinic/{world.slug}/profile")).text
    wrong = await post(http, page, {"name": "Oak Skin"}, page)
    assert (wrong.status_code, 'value="Oak Skin"' in wrong.text) == (422, True)
    assert (await http.get(f"/c/{world.slug}")).status_code == 200
    closed = await post(http, page, {"name": "Linden Skin"}, page)
    assert closed.headers["location"] == f"/clinic/{world.slug}"
    assert "once the clinic is live" not in (await http.get(f"/clinic/{world.slug}")).text
    assert "Closed on" in (await http.get(f"/clinic/{world.slug}")).text
    assert (await http.get(f"/c/{world.slug}")).status_code == 404
    assert f'href="{page}"' not in (await http.get(f"/clinic/{world.slug}/profile")).text


async def test_the_api_closes_for_owners_alone(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    manager, token = await person(database, "Bo Berg")
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=manager.email, role=Role.MANAGER))
    path, bearer = f"/manage/{world.slug}/close", {"Authorization": f"Bearer {token}"}
    assert (await api.post(path, json={"name": "Linden Skin"}, headers=bearer)).status_code == 403
    assert fields(await api.post(path, json={"name": "X"}, headers=world.bearer)) == [("name", "differs")]
    closed = await api.post(path, json={"name": "Linden Skin"}, headers=world.bearer)
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert (await api.post(path, json={"name": "Linden Skin"}, headers=world.bearer)).status_code == 409


async def test_a_clients_page_says_how_to_reach_the_clinic_and_leads_on_once_it_is_closed(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(email="desk@linden.test"))
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    page = f"/bookings/{booked.reference}?token={booked.manage_token}"
    assert 'href="mailto:desk@linden.test"' in (await http.get(page)).text
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="clinic")
    assert "Book another time" in (await http.get(page)).text
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    await post(http, f"/clinic/{world.slug}/close", {"name": "Linden Skin"}, f"/clinic/{world.slug}/close")
    shown = (await http.get(page)).text
    assert ("Book another time" in shown, "Find another clinic" in shown) == (False, True)
