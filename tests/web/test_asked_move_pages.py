"""Another time of an accepted visit on the pages: the client asks, and takes it back; the clinic sees and answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest

from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.asked_moves import find_open
from services.scheduling.availability import list_slots
from services.scheduling.schemas import BookingView, SlotQuery
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member


@pytest.fixture
async def shop(database: Database) -> Shop:
    made = await make_shop(database)
    async with database.begin(made.scope) as work:
        on_request = TreatmentPatch(booking_mode=BookingMode.REQUEST)
        await treatments.update_treatment(work, made.treatment_id, on_request)
    return made


@pytest.fixture
async def mine(database: Database, shop: Shop) -> BookingView:
    """A visit that the clinic has accepted."""
    asked = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        return (await scheduling.accept(work, asked.id))[0]


@pytest.fixture
async def there(database: Database, shop: Shop) -> datetime:
    """A free time of another day."""
    async with database.begin(shop.scope) as work:
        day = work.now.date() + timedelta(days=9)
        return (await list_slots(work, SlotQuery(shop.treatment_id, day, day, area="face")))[4].starts_at


async def page_of(
    http: httpx.AsyncClient, database: Database, shop: Shop, booking: BookingView, step: str = ""
) -> httpx.Response:
    async with database.begin(shop.scope) as work:
        token = scheduling.manage_token(work, booking.group_id)
    return await http.get(f"/bookings/{booking.reference}{step}", params={"token": token})


async def ask(database: Database, shop: Shop, booking: BookingView, at: datetime) -> None:
    async with database.begin(shop.scope) as work:
        await scheduling.reschedule(work, booking.id, at, by="client")


async def state(database: Database, shop: Shop, booking: BookingView) -> tuple[datetime, bool]:
    """When it is, and whether another time is asked for."""
    async with database.begin(shop.scope) as work:
        now = await scheduling.get_booking(work, booking.id)
        return now.starts_at, await find_open(work, booking.id) is not None


def desk(shop: Shop, booking: BookingView) -> str:
    return f"/clinic/{shop.slug}/bookings/{booking.reference}"


async def test_the_page_says_before_that_the_clinic_answers_and_the_booking_shows_it_after(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    choosing = await page_of(http, database, shop, mine, "/reschedule")
    assert "The clinic answers first" in choosing.text
    assert "Ask for this time" in choosing.text
    assert "Move to this time" not in choosing.text
    form = form_of(choosing, "/reschedule")
    answer = await send(http, form, starts_at=there.isoformat())
    assert answer.status_code == 303
    shown = await http.get(answer.headers["location"])
    assert "The clinic is asked. Your booking stays as it is until it answers." in shown.text
    assert "You asked for another time" in shown.text
    assert await state(database, shop, mine) == (mine.starts_at, True)
    again = await page_of(http, database, shop, mine, "/reschedule")
    assert "Another wish takes its place." in again.text
    taken_back = await send(http, form_of(shown, "/take-back"))
    assert taken_back.status_code == 303
    assert await state(database, shop, mine) == (mine.starts_at, False)
    twice = await http.get((await send(http, form_of(shown, "/take-back"))).headers["location"])
    assert "That other time is not asked for any more." in twice.text
    assert "You asked for another time" not in twice.text


async def test_what_is_booked_at_once_is_moved_as_ever(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    async with database.begin(shop.scope) as work:
        at_once = TreatmentPatch(booking_mode=BookingMode.INSTANT)
        await treatments.update_treatment(work, shop.treatment_id, at_once)
    choosing = await page_of(http, database, shop, mine, "/reschedule")
    assert "The clinic answers first" not in choosing.text
    moved = await send(http, form_of(choosing, "/reschedule"), starts_at=there.isoformat())
    assert "Moved. A new calendar entry" in (await http.get(moved.headers["location"])).text
    assert await state(database, shop, mine) == (there, False)


async def test_a_strangers_token_takes_nothing_back(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    form = form_of(await page_of(http, database, shop, mine), "/take-back")
    assert (await send(http, form, token="x")).status_code == 404
    assert await state(database, shop, mine) == (mine.starts_at, True)


async def test_the_clinic_sees_it_and_accepts_once(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    await sign_in(http, database, shop.owner_id)
    home = unescape((await http.get(f"/clinic/{shop.slug}")).text)
    assert f"Answer {mine.client_name}" in home
    assert "asks to move from" in home
    page = await http.get(desk(shop, mine))
    assert "The client asks for another time" in page.text
    accept = form_of(page, "/move/accept")
    done = await http.get((await send(http, accept)).headers["location"])
    assert "Moved. The client is told by e-mail." in done.text
    assert "The client asks for another time" not in done.text
    assert await state(database, shop, mine) == (there, False)
    twice = await http.get((await send(http, accept)).headers["location"])
    assert "That other time is not asked for any more." in twice.text
    assert "asks to move from" not in (await http.get(f"/clinic/{shop.slug}")).text


async def test_the_clinic_accepts_only_what_its_page_has_shown(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    await sign_in(http, database, shop.owner_id)
    accept = form_of(await http.get(desk(shop, mine)), "/move/accept")
    await ask(database, shop, mine, there + timedelta(minutes=30))
    told = await http.get((await send(http, accept)).headers["location"])
    assert "That other time is not asked for any more." in told.text
    assert await state(database, shop, mine) == (mine.starts_at, True)


async def test_the_clinic_declines_with_words(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    await sign_in(http, database, shop.owner_id)
    asked = await http.get(f"{desk(shop, mine)}/move/decline")
    assert "Decline this other time?" in asked.text
    form = form_of(asked, "/move/decline")
    assert (await send(http, form, reason="x" * 501)).status_code == 422
    done = await http.get((await send(http, form, reason="Nobody is there.")).headers["location"])
    assert "Declined. The visit stays where it is, and the client is told." in done.text
    assert await state(database, shop, mine) == (mine.starts_at, False)
    again = await http.get(f"{desk(shop, mine)}/move/decline")
    assert again.status_code == 303


async def test_the_front_desk_answers_too_and_another_clinic_finds_nothing(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    other = await make_shop(database, name="Oak Skin")
    await sign_in(http, database, other.owner_id)
    theirs = f"/clinic/{other.slug}/bookings/{mine.reference}"
    assert (await http.get(f"{theirs}/move/decline")).status_code == 404
    assert (await http.get(f"{desk(shop, mine)}/move/decline")).status_code == 404
    await sign_in(http, database, await member(database, shop, "front_desk"))
    await send(http, form_of(await http.get(desk(shop, mine)), "/move/accept"))
    assert await state(database, shop, mine) == (there, False)


async def test_the_calendar_draws_the_time_as_asked_for_by_that_client(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView
) -> None:
    near = mine.starts_at + timedelta(minutes=15)
    await ask(database, shop, mine, near)
    await sign_in(http, database, shop.owner_id)
    day = near.astimezone(mine.zone).date()
    calendar = await http.get(f"/clinic/{shop.slug}/calendar", params={"day": day.isoformat()})
    assert f"{mine.client_name} asks to move here" in calendar.text
    assert f'href="{desk(shop, mine)}"' in calendar.text


async def test_the_clinics_own_page_of_times_has_the_held_one_as_free(
    http: httpx.AsyncClient, database: Database, shop: Shop, mine: BookingView, there: datetime
) -> None:
    await ask(database, shop, mine, there)
    await sign_in(http, database, shop.owner_id)
    day = there.astimezone(mine.zone).date()
    page = await http.get(f"{desk(shop, mine)}/reschedule", params={"from": day.isoformat()})
    assert (
        there.astimezone(UTC).isoformat() in page.text or there.astimezone(mine.zone).isoformat() in page.text
    )


async def test_over_it_is_on_no_page(
    http: httpx.AsyncClient,
    database: Database,
    shop: Shop,
    mine: BookingView,
    there: datetime,
    clock: MovableClock,
) -> None:
    await ask(database, shop, mine, there)
    await clock.advance(timedelta(hours=48))
    assert "You asked for another time" not in (await page_of(http, database, shop, mine)).text
    await sign_in(http, database, shop.owner_id)
    assert "The client asks for another time" not in (await http.get(desk(shop, mine))).text
