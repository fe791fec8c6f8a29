"""Steps at the desk: taken back, pressed twice, from an older page; declined with words; deeper than the label."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import httpx
import pytest

from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.availability import list_slots
from services.scheduling.schemas import BookingView, SlotQuery
from services.scheduling.time_schemas import PreferencesIn
from tests.fixtures import MovableClock
from tests.services.notices.visits import sent
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop
from tests.web.test_clinic_bookings import CLEAR, JO, RECORD, path_of, state_of


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def begun(owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop) -> BookingView:
    """A visit that began a minute ago."""
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    await sign_in(owner, database, shop.owner_id)
    return booking


async def test_a_slip_is_taken_back_from_the_bookings_page(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await begun(owner, database, clock, shop)
    here = path_of(shop, booking)
    await send(owner, form_of(await owner.get(f"{here}/no-show"), "/no-show"))
    shown = await owner.get(here)
    assert "it can be taken back until" in shown.text
    undo = form_of(shown, "/undo")
    await send(owner, undo)
    assert await state_of(database, shop, booking) == "confirmed"
    arrive = form_of(await owner.get(here), "/arrive")
    await send(owner, arrive)
    twice = await owner.get((await send(owner, arrive)).headers["location"])
    assert "It was marked as arrived already" in twice.text
    await clock.advance(timedelta(minutes=11))
    await sign_in(owner, database, shop.owner_id)
    assert "/undo" not in (await owner.get(here)).text
    late = await owner.get((await send(owner, undo)).headers["location"])
    assert "within ten minutes alone" in late.text
    assert await state_of(database, shop, booking) == "arrived"


async def test_who_was_marked_as_not_come_arrives_after_all_on_the_same_day(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await begun(owner, database, clock, shop)
    here = path_of(shop, booking)
    await send(owner, form_of(await owner.get(f"{here}/no-show"), "/no-show"))
    await clock.advance(timedelta(minutes=11))
    await sign_in(owner, database, shop.owner_id)
    shown = await owner.get(here)
    assert "/undo" not in shown.text
    assert "Arrived after all" in shown.text
    await send(owner, form_of(shown, "/arrive"))
    assert await state_of(database, shop, booking) == "arrived"


async def test_no_step_is_offered_before_its_time(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    here = path_of(shop, booking)
    shown = (await owner.get(here)).text
    for step in ("arrive", "complete", "no-show"):
        assert f"{here}/{step}" not in shown
    assert f"{here}/cancel" in shown
    early = await owner.get((await owner.get(f"{here}/complete")).headers["location"])
    assert "The visit has not begun yet" in early.text
    await clock.advance(booking.starts_at - timedelta(hours=1) - await clock.now())
    await sign_in(owner, database, shop.owner_id)
    shown = (await owner.get(here)).text
    assert f"{here}/arrive" in shown
    assert f"{here}/complete" not in shown


async def test_an_older_page_says_what_has_changed_meanwhile(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    here = path_of(shop, booking)
    cancel = form_of(await owner.get(f"{here}/cancel"), "/cancel")
    move = form_of(await owner.get(f"{here}/reschedule"), "/reschedule")
    async with database.begin(shop.scope) as work:
        day = booking.local_starts_at.date() + timedelta(days=1)
        free = await list_slots(work, SlotQuery(shop.treatment_id, day, day, area="face"))
        await scheduling.reschedule(work, booking.id, free[0].starts_at)
    for form, given in ((cancel, {"reason": "ill"}), (move, {"starts_at": move.choices["starts_at"][-1]})):
        answer = await owner.get((await send(owner, form, **given)).headers["location"])
        assert "Meanwhile the client moved it" in answer.text
    assert await state_of(database, shop, booking) == "confirmed"
    stale = replace(cancel, action=f"{here}/arrive")
    async with database.begin(shop.scope) as work:
        await scheduling.cancel(work, booking.id, by="client")
    stale.fields.pop("seen")
    answer = await owner.get((await send(owner, stale)).headers["location"])
    assert "Meanwhile this booking was cancelled by the client" in answer.text
    for step in ("cancel", "no-show", "complete", "reschedule"):
        assert (await owner.get(f"{here}/{step}")).status_code == 303


async def test_a_request_is_declined_with_words_that_the_client_reads(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop, ask=True)
    form = form_of(await owner.get(path_of(shop, booking, "/decline")), "/decline")
    assert (await send(owner, form, reason="x" * 501)).status_code == 422
    await send(owner, form, reason="Ask us again in May.")
    assert await state_of(database, shop, booking) == "declined"
    (told,) = await sent(database, "booking.declined.client")
    assert "Ask us again in May." in told.text


async def test_a_depth_beyond_the_label_needs_its_reason(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await begun(owner, database, clock, shop)
    page = await owner.get(path_of(shop, booking, "/complete"))
    assert "label goes to 1.5 mm" in page.text
    form = form_of(page, "/complete")
    refused = await send(owner, form, **RECORD | {"depth_mm": "2.00"})
    assert refused.status_code == 422
    assert 'href="#depth_reason"' in refused.text
    assert await state_of(database, shop, booking) == "confirmed"
    await send(owner, form, **RECORD | {"depth_mm": "2.00", "depth_reason": "Deep scars of the cheek"})
    assert "Beyond the label: Deep scars of the cheek" in (await owner.get(path_of(shop, booking))).text


async def test_the_desk_books_for_a_client_it_knows(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    here = f"/clinic/{shop.slug}/bookings/new"
    query = {"item": f"{shop.treatment_id}:face"}
    found = await owner.get(here, params=query | {"q": booking.client_name[:4]})
    assert ("whom", str(booking.client_id)) in form_of(found, "/bookings/new").buttons
    assert "Nobody matches" in (await owner.get(here, params=query | {"q": "zzzz"})).text
    chosen = await owner.get(here, params=query | {"client_id": str(booking.client_id)})
    form = form_of(chosen, "/bookings/new")
    given = CLEAR | JO | {"name": "Somebody Else", "email": "else@example.test"}
    done = await send(owner, form, starts_at=form.choices["starts_at"][0], **given)
    assert done.status_code == 303
    async with database.begin(shop.scope) as work:
        visits = await scheduling.list_visits(work, booking.client_id)
    assert len(visits) == 2
    other = await make_shop(database, name="Other Skin")
    foreign = await book_visit(database, other)
    stranger = await owner.get(here, params=query | {"client_id": str(foreign.client_id)})
    assert stranger.status_code == 404


async def test_a_member_chooses_which_messages_to_get(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    here = f"/clinic/{shop.slug}/messages"
    form = form_of(await owner.get(here), "/messages")
    assert form.fields["booking_notices"] == "all"
    assert (await send(owner, form, booking_notices="often")).status_code == 422
    await send(owner, form, booking_notices="none")
    assert form_of(await owner.get(here), "/messages").fields["booking_notices"] == "none"
    await book_visit(database, shop)
    assert await sent(database, "booking.confirmed.clinic") == []


async def test_a_course_that_misses_a_session_leads_to_its_times(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    wishes = PreferencesIn(weekdays=[0, 3], from_time=time(9), until_time=time(12))
    first = await book_visit(database, shop, course=True, wishes=wishes)
    async with database.begin(shop.scope) as work:
        second = (await scheduling.list_group(work, first.group_id))[1]
        await scheduling.cancel(work, second.id, by="clinic", reason="ill")
    board = await owner.get(f"/clinic/{shop.slug}/courses")
    path = f"/clinic/{shop.slug}/courses/{first.group_id}/next"
    assert path in board.text
    page = await owner.get(path)
    assert "Book session 2 of 4" in page.text
    assert "Wished for the later sessions: Monday, Thursday, " in " ".join(page.text.split())
    form = form_of(page, "/next")
    assert (await send(owner, form)).status_code == 422
    done = await send(owner, form, starts_at=form.choices["starts_at"][0])
    assert "Session 2 is booked" in (await owner.get(done.headers["location"])).text
    assert (await owner.get(path)).headers["location"] == f"/clinic/{shop.slug}/courses"
    assert path not in (await owner.get(f"/clinic/{shop.slug}/courses")).text
    other = await make_shop(database, name="Other Skin")
    foreign = await book_visit(database, other, course=True)
    assert (await owner.get(f"/clinic/{shop.slug}/courses/{foreign.group_id}/next")).status_code == 404
