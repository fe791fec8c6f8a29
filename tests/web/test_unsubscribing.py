"""The way out by a browser and by a mail program (RFC 8058); a dead address at the client, and in the engine room."""

from __future__ import annotations

import httpx

from services.kernel.work import Database
from services.notices.repository import AddressRepository
from services.notices.unsubscribing import unsubscribe_url
from services.screening import marketing
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop
from tests.web.test_engine_room import _moderator as moderator


async def _allowed(database: Database, shop: Shop) -> tuple[str, bool]:
    """The path of the client's way out, and whether they allow what it is out of."""
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await marketing.choose_marketing(work, booking.client_id, "desk", allowed=True)
        url = unsubscribe_url(work, shop.world.clinic_id, booking.client_id)
        return "/unsubscribe/" + url.rpartition("/")[2], await marketing.may_market(work, booking.client_id)


async def test_opening_the_link_asks_and_the_button_stops(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await marketing.choose_marketing(work, booking.client_id, "desk", allowed=True)
        url = unsubscribe_url(work, shop.world.clinic_id, booking.client_id)
    path = "/unsubscribe/" + url.rpartition("/")[2]
    asked = await http.get(path)
    assert asked.status_code == 200
    async with database.begin(shop.scope) as work:
        assert await marketing.may_market(work, booking.client_id)
    assert "You get no more" in (await send(http, form_of(asked, path))).text
    async with database.begin(shop.scope) as work:
        assert not await marketing.may_market(work, booking.client_id)
    assert (await http.get("/unsubscribe/nonsense")).status_code == 404


async def test_a_mail_program_posts_without_a_visit_and_as_often_as_it_likes(
    http: httpx.AsyncClient, database: Database
) -> None:
    path, allowed = await _allowed(database, await make_shop(database))
    assert allowed
    for _ in range(2):
        answer = await http.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert (await http.post("/unsubscribe/nonsense", data={})).status_code == 404


async def test_the_clinic_sees_that_mail_comes_back_and_says_that_the_address_is_right(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await AddressRepository(work).note_refused(booking.client_email, "refused: 550 5.1.1")
    await sign_in(http, database, shop.owner_id)
    path = f"/clinic/{shop.slug}/clients/{booking.client_id}"
    shown = await http.get(path)
    assert "E-mails to this address come back" in shown.text
    assert (await send(http, form_of(shown, "/address"))).status_code == 303
    after = await http.get(path)
    assert "come back" not in after.text
    assert "Only about their visits" in after.text
    assert (await send(http, form_of(after, "/marketing"))).status_code == 303
    assert "May be written to about more" in (await http.get(path)).text


async def test_the_engine_room_shows_messages_and_dead_addresses_without_names(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await AddressRepository(work).note_refused("ana@gone.test", "refused: 550 5.1.1")
    await moderator(http, database)
    shown = await http.get("/admin/engine/messages")
    assert shown.status_code == 200
    assert "gone.test" in shown.text
    assert "ana@" not in shown.text
