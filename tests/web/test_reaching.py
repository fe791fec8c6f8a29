"""How messages reach a client: chosen when booking or on the booking's page, by form and by program."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select

from services.clients.models import Client
from services.kernel.tables import table
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling import texts
from services.scheduling.models import TextReminders
from services.scheduling.reminders import ReminderPolicyIn, choose_policy
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop

NUMBER = "+12125550100"


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A clinic that sends all reminders as texts, to who wants that."""
    database.tools = replace(database.tools, texts=True)
    shop = await make_shop(database)
    async with database.begin(shop.scope) as work:
        await choose_policy(work, ReminderPolicyIn(hours=[24], texts=TextReminders.ALL))
    return shop


async def test_a_client_chooses_language_and_texts_on_the_page_and_stops_them(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        token = scheduling.manage_token(work, booking.group_id)
        short = texts.text_path(work, booking)
    path = f"/bookings/{booking.reference}/messages"
    assert (await http.get(path, params={"token": "x"})).status_code == 404
    form = form_of(await http.get(path, params={"token": token}), "/messages")
    refused = await send(http, form, language="es", text_reminders="true", phone="12")
    assert refused.status_code == 422
    assert form_of(refused, "/messages").fields["phone"] == "12"
    saved = await send(http, form, language="es", text_reminders="true", phone="(212) 555-0100")
    assert saved.status_code == 303
    shown = await http.get(path, params={"token": token})
    assert "+1 212-555-0100" in shown.text
    led = await http.get(short, follow_redirects=False)
    assert (led.status_code, led.headers["location"].startswith("/es/bookings/")) == (303, True)
    assert f"token={quote(token)}" not in led.headers["location"]
    assert (
        await http.get(short[:-1] + ("_" if short[-1] != "_" else "-"), follow_redirects=False)
    ).status_code == 404
    await sign_in(http, database, shop.owner_id)
    assert "+1 212-555-0100" in (await http.get(f"/clinic/{shop.slug}/bookings/{booking.reference}")).text
    stopped = await send(http, form_of(shown, "/messages/stop"))
    assert stopped.status_code == 303
    async with database.begin(shop.scope) as work:
        assert await texts.find_number(work, booking.group_id) == ""
        assert await work.scalar(select(table(Client).c.language)) == "es"


async def test_a_text_leads_to_the_visit_and_to_nothing_about_health(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        short = texts.text_path(work, booking)
    led = await http.get(short, follow_redirects=True)
    assert "Move or cancel" in led.text
    assert "/course?" not in led.text
    assert "You came by a text message" in led.text
    here, token = f"/bookings/{booking.reference}", led.url.params["token"]
    for page in ("/course", "/photos"):
        refused = await http.get(here + page, params={"token": token})
        assert refused.status_code == 403
        assert "Open it from one of the clinic’s e-mails" in refused.text
    assert (await http.get(f"{here}/cancel", params={"token": token})).status_code == 200
    told = await api.get(f"{here}/photos", headers={"X-Manage-Token": token})
    assert (told.status_code, told.json()["type"].rpartition("/")[2]) == (403, "came-by-text")


async def test_a_program_reads_and_chooses_the_same(
    api: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        headers = {"X-Manage-Token": scheduling.manage_token(work, booking.group_id)}
    path = f"/bookings/{booking.reference}/messages"
    assert (await api.get(path)).status_code == 404
    usual = {"language": "en", "text_reminders": False, "phone": ""}
    assert (await api.get(path, headers=headers)).json() == usual
    wanted = {"language": "es", "text_reminders": True, "phone": "212 555 0100"}
    chosen = await api.put(path, json=wanted, headers=headers)
    assert chosen.json() == {"language": "es", "text_reminders": True, "phone": NUMBER}
    for wrong, field in (({"language": "xx"}, "language"), (wanted | {"phone": "12"}, "phone")):
        refused = await api.put(path, json=wrong, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    quiet = await api.put(path, json={"language": "es"}, headers=headers)
    assert quiet.json() == usual | {"language": "es"}
    async with database.begin(shop.scope) as work:
        await choose_policy(work, ReminderPolicyIn(hours=[24], texts=TextReminders.OFF))
    refused = await api.put(path, json=wanted, headers=headers)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "texts-not-offered")


async def test_the_owner_chooses_which_reminders_are_texts_by_form(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    await sign_in(http, database, shop.owner_id)
    page = f"/clinic/{shop.slug}/client-messages"
    form = form_of(await http.get(page), "/reminders")
    assert (await send(http, form, hours=["24"], texts="last")).status_code == 303
    async with database.begin(shop.scope) as work:
        policy = await choose_policy(work, ReminderPolicyIn(hours=[24]))
    assert policy.texts == TextReminders.LAST
