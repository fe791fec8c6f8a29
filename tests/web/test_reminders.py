"""Reminders by forms and by the API: the clinic chooses them, the client answers them, the clinic sees it."""

from __future__ import annotations

import httpx

from services.kernel.work import Database
from services.notices.repository import WordsRepository
from services.scheduling import booking as scheduling
from tests.factories import World, live_clinic
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import book_visit, make_shop


async def test_a_client_says_that_they_will_come_and_the_clinic_sees_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        token = scheduling.manage_token(work, booking.group_id)
    path = f"/bookings/{booking.reference}/coming"
    assert (await http.get(path, params={"token": "x"})).status_code == 404
    asked = await http.get(path, params={"token": token})
    assert "You have said" not in asked.text  # opening the link says nothing
    said = await send(http, form_of(asked, "/coming"))
    assert said.status_code == 303
    assert "You have said that you will come" in (await http.get(path, params={"token": token})).text
    await sign_in(http, database, shop.owner_id)
    shown = await http.get(f"/clinic/{shop.slug}/bookings/{booking.reference}")
    assert "says they will come" in shown.text
    day = booking.local_starts_at.date().isoformat()
    assert "will come" in (await http.get(f"/clinic/{shop.slug}/calendar", params={"day": day})).text


async def test_the_owner_chooses_by_form_and_what_was_ticked_is_kept(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    await sign_in(http, database, shop.owner_id)
    page = f"/clinic/{shop.slug}/client-messages"
    form = form_of(await http.get(page), "/reminders")
    saved = await send(http, form, hours=["48", "3"])
    assert saved.status_code == 303
    refused = await send(http, form, hours=["168", "96", "48", "24", "12"])
    assert refused.status_code == 422
    assert form_of(refused, "/reminders").fields["hours"] == "12"  # the last that was ticked


async def test_a_program_reads_and_chooses_the_reminders_and_answers_one(
    api: httpx.AsyncClient, database: Database
) -> None:
    world: World = await live_clinic(database)
    path = f"/manage/{world.slug}/reminders"
    assert (await api.get(path, headers=world.bearer)).json() == {"hours": [72, 24], "texts": "off"}
    chosen = await api.put(path, json={"hours": [3, 48, 3]}, headers=world.bearer)
    assert (chosen.status_code, chosen.json()) == (200, {"hours": [48, 3], "texts": "off"})
    texts = await api.put(path, json={"hours": [48, 3], "texts": "last"}, headers=world.bearer)
    assert texts.json() == {"hours": [48, 3], "texts": "last"}
    kept = await api.put(path, json={"hours": [48]}, headers=world.bearer)
    assert kept.json() == {"hours": [48], "texts": "last"}
    for wrong in ([0], [400], [1, 2, 3, 4, 5], ["soon"]):
        answer = await api.put(path, json={"hours": wrong}, headers=world.bearer)
        assert answer.status_code == 422, wrong


async def test_own_words_are_seen_first_and_then_kept(http: httpx.AsyncClient, database: Database) -> None:
    shop = await make_shop(database)
    await sign_in(http, database, shop.owner_id)
    page = f"/clinic/{shop.slug}/client-messages"
    form = form_of(await http.get(page), "/words")
    seen = await send(http, form, signature="Mira and all", preview="booking.reminder")
    assert seen.status_code == 200
    assert "As a client reads it" in seen.text
    refused = await send(http, form, signature="See elsewhere.com")
    assert refused.status_code == 422
    assert "See elsewhere.com" in refused.text
    for paragraph in ("See elsewhere.com", "a" * 2000):
        refused = await send(http, form, **{"paragraphs.booking.reminder": paragraph})
        assert refused.status_code == 422
        assert 'href="#paragraphs.booking.reminder"' in refused.text
        assert 'id="paragraphs.booking.reminder-error"' in refused.text
    assert (await send(http, form, signature="Mira and all")).status_code == 303
    assert "Mira and all" in (await http.get(page)).text


async def test_words_that_would_not_be_taken_by_now_are_given_out_as_they_are_kept(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await WordsRepository(work).replace({"greeting": "Dear {name},\nwelcome", "aftercare": "Rest."})
    answer = await api.get(f"/manage/{world.slug}/letter-words", headers=world.bearer)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "greeting": "Dear {name},\nwelcome",
        "signature": "",
        "paragraphs": {"aftercare": "Rest."},
    }
