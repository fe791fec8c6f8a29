"""The clinic's daily work by forms: calendar, bookings, records, clients, courses; and who may do what."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.screening.wording import get_question_set
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member
from tests.web.test_spanish_refusals import english_of

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "signed_name": "Jo Ellis", "in_person": "true"}
RECORD: dict[str, str | list[str]] = {
    "areas": ["face", "neck"],
    "depth_mm": "1.25",
    "lot": "L-2231",
    "topicals": "lidocaine, hyaluronic acid",
}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def state_of(database: Database, shop: Shop, booking: BookingView) -> str:
    async with database.begin(shop.scope) as work:
        return (await scheduling.get_booking(work, booking.id)).status


def path_of(shop: Shop, booking: BookingView, step: str = "") -> str:
    return f"/clinic/{shop.slug}/bookings/{booking.reference}{step}"


async def test_the_day_shows_the_booking_with_its_phases(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = booking.local_starts_at.date().isoformat()
    shown = await owner.get(f"/clinic/{shop.slug}/calendar", params={"day": day})
    assert shown.status_code == 200
    assert path_of(shop, booking) in shown.text
    for phase in ("nw-phase-preparation", "nw-phase-numbing", "nw-phase-needling", "nw-phase-finish"):
        assert f"nw-cal-phase {phase}" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"


async def test_the_week_lists_the_booking_under_its_day(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = booking.local_starts_at.date().isoformat()
    shown = await owner.get(f"/clinic/{shop.slug}/calendar", params={"day": day, "view": "week"})
    section = shown.text.split(f'id="day-{day}"')[1].split("</section>")[0]
    assert booking.client_name in section
    assert "1 booking" in section


async def test_a_cancelled_booking_leaves_the_calendar(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await scheduling.cancel(work, booking.id, by="clinic", reason="closed")
    day = booking.local_starts_at.date().isoformat()
    shown = await owner.get(f"/clinic/{shop.slug}/calendar", params={"day": day})
    assert path_of(shop, booking) not in shown.text


async def test_the_calendar_takes_nonsense_as_today(owner: httpx.AsyncClient, shop: Shop) -> None:
    answer = await owner.get(f"/clinic/{shop.slug}/calendar?day=soon&view=year&location_id=here")
    assert answer.status_code == 200
    assert 'aria-current="date"' in answer.text


async def test_bookings_are_filtered_by_state_and_day(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    base = f"/clinic/{shop.slug}/bookings"
    day = booking.local_starts_at.date()
    assert booking.reference in (await owner.get(base, params={"state": "confirmed"})).text
    assert booking.reference not in (await owner.get(base, params={"state": "completed"})).text
    after = (day + timedelta(days=1)).isoformat()
    assert booking.reference not in (await owner.get(base, params={"from": after})).text
    same = {"from": day.isoformat(), "to": day.isoformat()}
    assert booking.reference in (await owner.get(base, params=same)).text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "soon"}, "from"),
        ({"to": "later"}, "to"),
        ({"from": "2027-02-02", "to": "2027-02-01"}, "to"),
        ({"state": "lost"}, "state"),
        ({"practitioner_id": "nobody"}, "practitioner_id"),
    ],
)
async def test_a_filter_that_cannot_be_read_says_so_at_its_field(
    owner: httpx.AsyncClient, shop: Shop, query: dict[str, str], field: str
) -> None:
    answer = await owner.get(f"/clinic/{shop.slug}/bookings", params=query)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


async def test_a_booking_of_another_clinic_is_not_found(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    other = await make_shop(database, name="Other Skin")
    foreign = await book_visit(database, other)
    for step in ("", "/cancel", "/decline", "/no-show", "/complete", "/reschedule"):
        assert (await owner.get(path_of(shop, foreign, step))).status_code == 404
        assert (await owner.get(path_of(other, foreign, step))).status_code == 404
    token = form_of(await owner.get(f"/clinic/{shop.slug}/bookings/new"), "/theme").fields["_csrf_token"]
    for step in (
        "/cancel",
        "/decline",
        "/no-show",
        "/complete",
        "/reschedule",
        "/accept",
        "/arrive",
        "/answers",
    ):
        for place in (shop, other):
            answer = await owner.post(
                path_of(place, foreign, step), data={"_csrf_token": token, "reason": "x"}
            )
            assert answer.status_code == 404, step
    assert await state_of(database, other, foreign) == "confirmed"
    assert (await owner.get(f"/clinic/{shop.slug}/clients/{foreign.client_id}")).status_code == 404


@pytest.mark.parametrize("page", ["calendar", "bookings", "bookings/new", "clients", "courses"])
async def test_the_workspace_is_for_its_team(
    http: httpx.AsyncClient, database: Database, shop: Shop, page: str
) -> None:
    address = f"/clinic/{shop.slug}/{page}"
    assert (await http.get(address)).headers["location"].startswith("/sign-in")
    other = await make_shop(database, name="Other Skin")
    await sign_in(http, database, other.owner_id)
    assert (await http.get(address)).status_code == 404


async def test_health_answers_are_shown_on_request_and_the_look_is_recorded(
    owner: httpx.AsyncClient, database: Database, superuser: AsyncEngine, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    shown = await owner.get(path_of(shop, booking))
    question = get_question_set().questions[0].text
    assert question not in shown.text.replace("&#39;", "'")
    looked = await send(owner, form_of(shown, "/answers"))
    assert looked.status_code == 200
    assert question in looked.text.replace("&#39;", "'")
    async with superuser.connect() as connection:
        by = await connection.scalar(
            text(
                "SELECT by_account_id FROM audit_event WHERE subject_kind = 'client' AND action LIKE '%read%'"
            )
        )
    assert by == shop.owner_id


async def test_who_treats_reads_answers_in_the_language_of_their_page(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    for start, language in (("", "en"), ("/es", "es")):
        shown = await owner.get(start + path_of(shop, booking))
        looked = (await send(owner, form_of(shown, "/answers"))).text
        words = {code: get_question_set(code).questions[7].text for code in ("en", "es")}
        assert [code for code, question in words.items() if question in looked] == [language]
    assert english_of(looked) == []


async def test_a_visit_goes_from_arrival_to_its_record(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    await sign_in(owner, database, shop.owner_id)
    arrived = await send(owner, form_of(await owner.get(path_of(shop, booking)), "/arrive"))
    assert arrived.status_code == 303
    assert await state_of(database, shop, booking) == "arrived"
    form = form_of(await owner.get(path_of(shop, booking, "/complete")), "/complete")
    assert form.fields["areas"] == "face"
    done = await send(owner, form, **RECORD, notes="Calm skin")
    assert done.status_code == 303
    assert await state_of(database, shop, booking) == "completed"
    shown = await owner.get(path_of(shop, booking))
    for fact in ("L-2231", "1.25 mm", "hyaluronic acid", "Calm skin"):
        assert fact in shown.text


async def test_a_record_without_lot_or_depth_is_shown_again_with_what_was_typed(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=1))
    await sign_in(owner, database, shop.owner_id)
    form = form_of(await owner.get(path_of(shop, booking, "/complete")), "/complete")
    answer = await send(owner, form, areas=[], lot="", depth_mm="0.3", notes="Calm skin", topicals="serum")
    assert answer.status_code == 422
    for field in ("areas", "lot", "depth_mm"):
        assert f'href="#{field}"' in answer.text, field
    again = form_of(answer, "/complete")
    assert again.fields["notes"] == "Calm skin"
    assert again.fields["topicals"] == "serum"
    assert await state_of(database, shop, booking) == "confirmed"


async def test_a_no_show_asks_first(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=30))
    await sign_in(owner, database, shop.owner_id)
    asked = await owner.get(path_of(shop, booking, "/no-show"))
    assert await state_of(database, shop, booking) == "confirmed"
    await send(owner, form_of(asked, "/no-show"))
    assert await state_of(database, shop, booking) == "no_show"


async def test_the_clinic_cancels_with_a_reason(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    form = form_of(await owner.get(path_of(shop, booking, "/cancel")), "/cancel")
    refused = await send(owner, form, reason="")
    assert refused.status_code == 422
    assert 'href="#reason"' in refused.text
    for wrong in ("x" * 501, "a\x00b"):
        refused = await send(owner, form, reason=wrong)
        assert (refused.status_code, 'href="#reason"' in refused.text) == (422, True)
    assert await state_of(database, shop, booking) == "confirmed"
    done = await send(owner, form, reason="The device is being repaired")
    assert done.status_code == 303
    shown = await owner.get(path_of(shop, booking))
    assert "The device is being repaired" in shown.text
    again = await send(owner, form, reason="again")
    assert again.status_code == 303
    assert (await owner.get(path_of(shop, booking, "/cancel"))).status_code == 303


async def test_a_request_is_accepted(owner: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    booking = await book_visit(database, shop, ask=True)
    shown = await owner.get(path_of(shop, booking))
    assert "The client waits for your answer" in shown.text
    await send(owner, form_of(shown, "/accept"))
    assert await state_of(database, shop, booking) == "confirmed"


async def test_a_request_is_declined_after_asking(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop, ask=True)
    form = form_of(await owner.get(path_of(shop, booking, "/decline")), "/decline")
    assert (await send(owner, form, reason="a\x00b")).status_code == 422
    await send(owner, form, reason="We are away.\nAnother day?")
    assert await state_of(database, shop, booking) == "declined"


async def test_the_clinic_moves_a_booking(owner: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    booking = await book_visit(database, shop)
    form = form_of(await owner.get(path_of(shop, booking, "/reschedule")), "/reschedule")
    assert (await send(owner, form)).status_code == 422
    assert (await send(owner, form, starts_at=form.choices["starts_at"][-1])).status_code == 303
    async with database.begin(shop.scope) as work:
        moved = await scheduling.get_booking(work, booking.id)
    assert moved.local_starts_at.isoformat() == form.choices["starts_at"][-1]


async def test_clients_are_found_and_shown_with_their_visits(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    base = f"/clinic/{shop.slug}/clients"
    assert str(booking.client_id) in (await owner.get(base)).text
    assert str(booking.client_id) in (await owner.get(base, params={"q": booking.client_email})).text
    assert "Nobody matches" in (await owner.get(base, params={"q": "zzzz"})).text
    shown = await owner.get(f"{base}/{booking.client_id}")
    assert booking.reference in shown.text
    assert "Treatment" in shown.text
    assert (await owner.get(f"{base}/00000000-0000-7000-8000-000000000000")).status_code == 404


async def test_courses_show_progress_and_the_next_session(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop, course=True)
    shown = await owner.get(f"/clinic/{shop.slug}/courses")
    assert booking.client_name in shown.text
    assert "0 of 4" in shown.text
    assert booking.reference in shown.text
    assert "No finished courses yet" in (await owner.get(f"/clinic/{shop.slug}/courses?state=closed")).text


async def test_the_front_desk_books_but_does_not_record(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, await member(database, shop, "front_desk"))
    shown = await http.get(path_of(shop, booking))
    assert shown.status_code == 200
    assert "/complete" not in shown.text
    assert (await http.get(path_of(shop, booking, "/complete"))).status_code == 403
    assert (await http.get(path_of(shop, booking, "/cancel"))).status_code == 200
    token = form_of(shown, "/theme").fields["_csrf_token"]
    refused = await http.post(path_of(shop, booking, "/complete"), data=RECORD | {"_csrf_token": token})
    assert refused.status_code == 403
    assert await state_of(database, shop, booking) == "confirmed"
