"""The clinic's page before it is live: for its team alone, and leading nowhere that is not there yet."""

from __future__ import annotations

import re

import httpx

from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewPractitioner
from tests.factories import live_clinic
from tests.web.forms import post
from tests.web.test_clinic_setup_pages import HOME, LOCATION, clinic_scope, sign_in, sign_up

NAMES = ("Centre", "Dr Mira Holm")


async def test_an_owner_sees_the_page_as_clients_will(http: httpx.AsyncClient, database: Database) -> None:
    await sign_up(http)
    await post(http, "/clinic/new", {"name": "Linden Skin", "country": "ES", "currency": "EUR"})
    assert f'href="{HOME}/preview"' in (await http.get(HOME)).text
    await post(http, f"{HOME}/locations/new", LOCATION)
    async with database.begin(await clinic_scope(database)) as work:
        await practitioners.add_practitioner(
            work, NewPractitioner(name="Dr Mira Holm", title="Dermatologist")
        )

    shown = await http.get(f"{HOME}/preview")
    assert shown.status_code == 200
    for name in NAMES:
        assert name in shown.text
    assert '<meta name="robots" content="noindex">' in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    assert re.findall(r'href="(/c/[^"]*|/compare[^"]*)"', shown.text) == []


async def test_nobody_else_sees_it(http: httpx.AsyncClient) -> None:
    await sign_up(http)
    await post(http, "/clinic/new", {"name": "Linden Skin", "country": "ES", "currency": "EUR"})
    await sign_up(http, "other@example.com", "Bo Lund")
    assert (await http.get(f"{HOME}/preview")).status_code == 404
    http.cookies.clear()
    answer = await http.get(f"{HOME}/preview")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/sign-in")


async def test_a_live_clinic_leads_to_its_public_page(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    await sign_in(http, world.owner.email)
    answer = await http.get(f"/clinic/{world.slug}/preview")
    assert answer.headers["location"] == f"/c/{world.slug}"
