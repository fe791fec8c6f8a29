"""What a client reads of a request: it is not booked yet, and costs nothing until it is."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send
from tests.web.booking_world import Shop, book_visit, make_shop

FREE = "Nothing is booked yet: until the clinic has accepted, you can change or withdraw the request, free of charge."


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def page_of(
    http: httpx.AsyncClient, database: Database, shop: Shop, booking: BookingView, step: str = ""
) -> httpx.Response:
    async with database.begin(shop.scope) as work:
        token = scheduling.manage_token(work, booking.group_id)
    return await http.get(f"/bookings/{booking.reference}{step}", params={"token": token})


async def test_a_request_is_not_called_booked_and_says_what_holds_once_it_is(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    asked = await book_visit(database, shop, ask=True)
    page = await page_of(http, database, shop, asked)
    assert FREE in page.text
    closes = asked.local_starts_at - timedelta(hours=asked.cancellation_hours)
    after = page.text.partition("After that, you can change or cancel it free of charge until ")[2][:60]
    assert f"{closes.day} " in after
    assert "Withdraw the request" in page.text
    assert "Free of charge until" not in page.text
    async with database.begin(shop.scope) as work:
        await scheduling.accept(work, asked.id)
    booked = await page_of(http, database, shop, asked)
    assert "Free of charge until" in booked.text
    assert FREE not in booked.text


async def test_a_request_that_closes_when_it_is_booked_says_so(
    http: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    asked = await book_visit(database, shop, ask=True)
    left = asked.starts_at - await clock.now()
    await clock.advance(left - timedelta(hours=asked.cancellation_hours) + timedelta(minutes=1))
    page = await page_of(http, database, shop, asked)
    assert FREE in page.text
    assert "After that, only the clinic can change it" in page.text


async def test_a_request_is_withdrawn_as_such(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    asked = await book_visit(database, shop, ask=True)
    page = await page_of(http, database, shop, asked, "/cancel")
    assert "Nothing is booked yet, so withdrawing costs nothing." in page.text
    assert "Cancelling costs nothing" not in page.text
    assert (await send(http, form_of(page, "/cancel"))).status_code == 303
    async with database.begin(shop.scope) as work:
        assert (await scheduling.get_booking(work, asked.id)).status == "cancelled"
