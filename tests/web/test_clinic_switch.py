"""Somebody who works for several clinics goes from one to another in the workspace's header."""

from __future__ import annotations

import re

import httpx

from services.clinics import service as clinics
from services.clinics.schemas import NewClinic
from services.kernel.ids import new_id
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from tests.factories import PASSWORD, World, live_clinic
from tests.web.forms import post


async def _signed_in(http: httpx.AsyncClient, world: World) -> None:
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})


async def _begin(database: Database, world: World, name: str) -> str:
    by = Actor("account", world.owner.account_id, world.owner.name)
    async with database.begin(ClinicScope(new_id(), by)) as work:
        new = NewClinic(name=name, country="US", currency="USD")
        return (await clinics.create_clinic(work, new, world.owner)).slug


async def test_the_header_leads_to_the_other_clinics_even_of_one_name(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    twin = await _begin(database, world, "Linden Skin")
    await _signed_in(http, world)
    shown = (await http.get(f"/clinic/{twin}/team")).text
    menus = re.findall(r'<nav[^>]*aria-label="Your clinics">(.*?)</nav>', shown, re.DOTALL)
    assert len(menus) == 2
    for menu in menus:
        links = re.findall(r'<a href="([^"]+)"( aria-current="true")?>', menu)
        assert sorted(links) == sorted(
            [(f"/clinic/{world.slug}", ""), (f"/clinic/{twin}", ' aria-current="true"'), ("/clinic/new", "")]
        )
    assert (await http.get(f"/clinic/{world.slug}")).status_code == 200


async def test_who_works_for_one_clinic_sees_its_name_alone(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    await live_clinic(database, name="Another Place", city="Chicago")
    await _signed_in(http, world)
    shown = (await http.get(f"/clinic/{world.slug}")).text
    assert "Linden Skin" in shown
    assert "Your clinics" not in shown
    assert "Another Place" not in shown
