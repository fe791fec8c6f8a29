"""A clinic's home page at work: who comes, and what waits for somebody of the team."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from services.kernel.work import Database
from services.reviews import service as reviews
from services.reviews.schemas import NewReply
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.reviews.test_reviews import review, write
from tests.web.booking_forms import sign_in
from tests.web.booking_world import PHONE, Shop, book_visit, make_shop, member


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def home(http: httpx.AsyncClient, shop: Shop) -> str:
    answer = await http.get(f"/clinic/{shop.slug}")
    assert answer.status_code == 200
    return answer.text


async def test_home_shows_who_comes_next_and_on_the_day_itself_today(
    http: httpx.AsyncClient, database: Database, shop: Shop, clock: MovableClock
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, shop.owner_id)
    before, _, after = (await home(http, shop)).partition(">Next<")
    assert ("Nobody is booked today." in before, booking.client_name in before) == (True, False)
    assert booking.client_name in after
    assert f"/bookings/{booking.reference}" in after
    await clock.advance(booking.starts_at - await clock.now() - timedelta(hours=1))
    await sign_in(http, database, shop.owner_id)
    before, _, after = (await home(http, shop)).partition(">Next<")
    assert (booking.client_name in before, booking.client_name in after) == (True, False)


async def test_a_request_waits_for_an_answer(http: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    await sign_in(http, database, shop.owner_id)
    assert "Nothing. Requests, questions and reviews" in await home(http, shop)
    booking = await book_visit(database, shop, ask=True)
    assert f"Answer {booking.client_name}" in await home(http, shop)


async def test_reviews_wait_for_those_who_may_reply_until_they_have(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    shop = Shop(await live_clinic(database), "Austin", "Dr Mira Holm", PHONE)
    review_id = await write(database, clock, shop.world, review(4, 4, 4, 4, 4))
    await sign_in(http, database, await member(database, shop, "front_desk"))
    assert "1 review without a reply" not in await home(http, shop)
    await sign_in(http, database, shop.owner_id)
    assert "1 review without a reply" in await home(http, shop)
    async with database.begin(shop.scope) as work:
        await reviews.reply(work, review_id, NewReply(text="Thank you."))
    assert "1 review without a reply" not in await home(http, shop)
