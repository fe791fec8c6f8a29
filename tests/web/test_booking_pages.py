"""Booking, managing and cancelling by forms alone, as a browser without a script does."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.screening.wording import get_question_set
from tests.fixtures import MovableClock
from tests.web.booking_forms import PageForm, form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop, person

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "phone": "+44 20 7946 0100", "signed_name": "Jo Ellis"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


def code_of(outcome: str) -> str:
    """The first question of an outcome."""
    return next(question.code for question in get_question_set().questions if question.outcome == outcome)


async def details_form(
    http: httpx.AsyncClient, shop: Shop, *, course: bool = False, number: int = 0
) -> PageForm:
    """The form of the last step, reached by the forms before it."""
    chosen = form_of(await http.get(shop.book_path), "/times", "get")
    times = await send(http, chosen, area="face", whole_course="true" if course else "false")
    assert times.status_code == 200
    week = form_of(times, "/hold")
    chosen_time = await send(http, week, starts_at=week.choices["starts_at"][number])
    assert chosen_time.status_code == 303
    details = await http.get(chosen_time.headers["location"])
    assert details.status_code == 200
    return form_of(details, "/details")


async def book(http: httpx.AsyncClient, shop: Shop, *, course: bool = False, number: int = 0) -> str:
    """Books and gives the address of the booking."""
    answer = await send(http, await details_form(http, shop, course=course, number=number), **CLEAR, **JO)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def count_bookings(database: Database, shop: Shop) -> int:
    async with database.begin(shop.scope) as work:
        today = work.now.date()
        return len(
            (await scheduling.list_bookings(work, today, today + timedelta(days=365), limit=100)).items
        )


async def test_a_visit_is_booked_by_forms_without_an_account(http: httpx.AsyncClient, shop: Shop) -> None:
    address = await book(http, shop)
    shown = await http.get(address)
    assert shown.status_code == 200
    assert "You are booked" in shown.text
    assert shop.location_name in shown.text
    assert shop.practitioner_name in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "private, no-store"


async def test_the_first_step_shows_the_course_beside_one_session(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    shown = await http.get(shop.book_path)
    assert "The whole course: 4 sessions for" in shown.text
    assert "One session, from" in shown.text
    assert "How the course runs" in shown.text


async def test_times_without_an_area_ask_for_it_at_its_field(http: httpx.AsyncClient, shop: Shop) -> None:
    answer = await http.get(f"{shop.book_path}/times")
    assert answer.status_code == 422
    assert 'href="#area"' in answer.text
    assert "Choose an area." in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", "elbow"),
        ("location_id", "00000000-0000-7000-8000-000000000000"),
        ("practitioner_id", "nobody"),
        ("whole_course", "maybe"),
    ],
)
async def test_what_is_not_on_the_menu_is_refused(
    http: httpx.AsyncClient, shop: Shop, field: str, value: str
) -> None:
    query = {"area": "face", field: value}
    assert (await http.get(f"{shop.book_path}/times", params=query)).status_code == 422


async def test_an_unknown_treatment_or_clinic_is_not_found(http: httpx.AsyncClient, shop: Shop) -> None:
    assert (await http.get(f"/c/{shop.slug}/book/00000000-0000-7000-8000-000000000000")).status_code == 404
    assert (await http.get(f"/c/no-such-clinic/book/{shop.treatment_id}")).status_code == 404
    assert (await http.get(f"/c/{shop.slug}/book/nonsense")).status_code == 404


async def test_another_clinics_treatment_is_not_found(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    other = await make_shop(database, name="Other Skin")
    for step in ("", "/times?area=face", "/details?area=face"):
        assert (await http.get(f"/c/{shop.slug}/book/{other.treatment_id}{step}")).status_code == 404


async def test_weeks_lead_on_and_back(http: httpx.AsyncClient, shop: Shop) -> None:
    first = await http.get(f"{shop.book_path}/times", params={"area": "face"})
    assert 'rel="prev"' not in first.text
    later = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = await http.get(later)
    assert second.status_code == 200
    assert 'rel="prev"' in second.text


async def test_a_week_that_cannot_be_read_is_the_first_one(http: httpx.AsyncClient, shop: Shop) -> None:
    answer = await http.get(f"{shop.book_path}/times", params={"area": "face", "from": "soon"})
    assert answer.status_code == 200
    assert form_of(answer, "/hold").choices["starts_at"]


async def test_details_without_a_time_lead_back_to_the_times(http: httpx.AsyncClient, shop: Shop) -> None:
    answer = await http.get(f"{shop.book_path}/details", params={"area": "face"})
    assert answer.status_code == 303
    assert urlsplit(answer.headers["location"]).path == f"{shop.book_path}/times"


async def test_each_empty_field_is_named_and_nothing_typed_is_lost(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    form = await details_form(http, shop)
    first, *others = CLEAR
    typed = dict.fromkeys(others, "false") | {"name": "Jo Ellis", "email": "jo at example"}
    answer = await send(http, form, **typed)
    assert answer.status_code == 422
    for field in (first, "email", "signed_name"):
        assert f'href="#{field}"' in answer.text
    again = form_of(answer, "/details")
    assert again.fields["name"] == "Jo Ellis"
    assert again.fields["email"] == "jo at example"
    assert again.fields["form_token"] == form.fields["form_token"]
    assert again.fields[others[0]] == "false"
    done = await send(http, again, **CLEAR, **JO)
    assert done.status_code == 303


async def test_not_now_says_what_why_and_when_and_keeps_nothing(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    code = code_of("not_now")
    answer = await send(http, await details_form(http, shop), **CLEAR | {f"answer_{code}": "true"}, **JO)
    assert answer.status_code == 403
    question = next(item for item in get_question_set().questions if item.code == code)
    assert "Better to wait with this" in answer.text
    assert "no diagnosis" in answer.text
    assert question.why[:30] in answer.text.replace("&#39;", "'").replace("&#34;", '"')
    assert await count_bookings(database, shop) == 0
    changed = await send(http, form_of(answer, "/details"))
    assert changed.status_code == 200
    assert form_of(changed, "/details").fields["name"] == "Jo Ellis"
    assert form_of(changed, "/details").fields[f"answer_{code}"] == "true"


async def test_ask_the_clinician_becomes_a_request(http: httpx.AsyncClient, shop: Shop) -> None:
    code = code_of("ask_clinician")
    answer = await send(http, await details_form(http, shop), **CLEAR | {f"answer_{code}": "true"}, **JO)
    assert answer.status_code == 303
    shown = await http.get(answer.headers["location"])
    assert "Your request is with the clinic" in shown.text


async def test_a_taken_time_keeps_the_form_and_offers_times_nearby(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    times = form_of(await http.get(f"{shop.book_path}/times?area=face"), "/hold")
    query = {"area": "face", "starts_at": times.choices["starts_at"][0]}
    late = form_of(await http.get(f"{shop.book_path}/details", params=query), "/details")
    await book(http, shop)
    answer = await send(http, late, **CLEAR, **JO | {"email": "late@example.test"})
    assert answer.status_code == 409
    assert "That time has just been taken" in answer.text
    again = form_of(answer, "/details")
    assert again.fields["email"] == "late@example.test"
    offered = [value for name, value in again.buttons if name == "take"]
    assert offered
    done = await send(http, again, take=offered[0])
    assert done.status_code == 303
    assert await count_bookings(database, shop) == 2


async def test_a_form_sent_twice_books_once(http: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    form = await details_form(http, shop)
    first = await send(http, form, **CLEAR, **JO)
    second = await send(http, form, **CLEAR, **JO)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert await count_bookings(database, shop) == 1


async def test_a_double_press_books_once(http: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    form = await details_form(http, shop)
    answers = await asyncio.gather(*(send(http, form, **CLEAR, **JO) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await count_bookings(database, shop) == 1


async def test_a_form_without_its_csrf_field_is_refused(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    form = await details_form(http, shop)
    del form.fields["_csrf_token"]
    assert (await send(http, form, **CLEAR, **JO)).status_code == 403
    assert await count_bookings(database, shop) == 0


async def test_a_course_is_booked_whole_and_one_link_opens_each_session(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    form = await details_form(http, shop, course=True)
    assert form.fields["whole_course"] == "true"
    address = await book(http, shop, course=True)
    shown = await http.get(address)
    assert "Your course" in shown.text
    assert "Session 1 of 4" in shown.text
    assert re.search(r"\d for all 4 sessions", shown.text)
    others = {
        part.split('"')[0]
        for part in shown.text.split('href="/bookings/')[1:]
        if "?token=" in part.split('"')[0]
    }
    sessions = {item.split("?")[0] for item in others if "/" not in item.split("?")[0]}
    assert len(sessions) == 3
    for reference in sessions:
        assert (await http.get(f"/bookings/{reference}?{urlsplit(address).query}")).status_code == 200


async def test_the_summary_of_a_course_shows_its_proposed_dates(http: httpx.AsyncClient, shop: Shop) -> None:
    chosen = form_of(await http.get(shop.book_path), "/times", "get")
    week = form_of(await send(http, chosen, area="face", whole_course="true"), "/hold")
    held = await send(http, week, starts_at=week.choices["starts_at"][0])
    details = await http.get(held.headers["location"])
    assert "All sessions, as proposed" in details.text


@pytest.mark.parametrize("page", ["", "/reschedule", "/cancel", "/calendar.ics"])
async def test_a_wrong_token_or_reference_is_not_found(
    http: httpx.AsyncClient, shop: Shop, page: str
) -> None:
    address = urlsplit(await book(http, shop))
    for token in ("", "?token=", "?token=wrong", f"?{address.query}x"):
        assert (await http.get(f"{address.path}{page}{token}")).status_code == 404
    assert (await http.get(f"/bookings/NOSUCHREF{page}?{address.query}")).status_code == 404


async def test_another_bookings_token_opens_nothing(http: httpx.AsyncClient, shop: Shop) -> None:
    first, second = urlsplit(await book(http, shop)), urlsplit(await book(http, shop))
    assert (await http.get(f"{first.path}?{second.query}")).status_code == 404


async def test_the_calendar_file_is_offered_and_private(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    answer = await http.get(f"{address.path}/calendar.ics?{address.query}")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in answer.text
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_booking_is_moved_by_its_link(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    asked = await http.get(f"{address.path}/reschedule?{address.query}")
    assert asked.status_code == 200
    form = form_of(asked, "/reschedule")
    moved = await send(http, form, starts_at=form.choices["starts_at"][-1])
    assert moved.status_code == 303
    assert parse_qs(urlsplit(moved.headers["location"]).query) == parse_qs(address.query)
    shown = await http.get(moved.headers["location"])
    when = datetime.fromisoformat(form.choices["starts_at"][-1])
    assert when.strftime("%H:%M") in shown.text


async def test_moving_without_a_time_asks_for_one(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    form = form_of(await http.get(f"{address.path}/reschedule?{address.query}"), "/reschedule")
    answer = await send(http, form)
    assert answer.status_code == 422
    assert "Pick one of the free times." in answer.text


async def test_moving_says_why_a_time_will_not_do(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    address = urlsplit(await book(http, shop))
    form = form_of(await http.get(f"{address.path}/reschedule?{address.query}"), "/reschedule")
    async with database.begin(shop.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(notice_minutes=14 * 24 * 60))
    answer = await send(http, form, starts_at=form.choices["starts_at"][0])
    assert answer.status_code == 422
    assert "That is sooner than the clinic takes bookings. Choose later." in answer.text
    assert "Some fields need another look" not in answer.text


async def test_moving_to_a_taken_time_offers_others(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    form = form_of(await http.get(f"{address.path}/reschedule?{address.query}"), "/reschedule")
    target = form.choices["starts_at"][5]
    details = await details_form(http, shop)
    await send(http, details, **CLEAR, **JO | {"starts_at": target})
    answer = await send(http, form, starts_at=target)
    assert answer.status_code == 409
    assert "nearest free times" in answer.text


async def test_a_session_of_a_course_shows_its_window(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    address = urlsplit(await book(http, shop, course=True))
    shown = await http.get(f"{address.path}?{address.query}")
    references = [part.split("?")[0] for part in shown.text.split('href="/bookings/')[1:]]
    second = next(item for item in references if "/" not in item)
    asked = await http.get(f"/bookings/{second}/reschedule?{address.query}")
    assert "The right window for session 2" in asked.text
    assert "28 to 42 days apart" in asked.text
    assert "That is the only day on which the others can stay where they are." in asked.text
    # Of a window that has begun, what is left of it.
    first = await http.get(f"{address.path}/reschedule?{address.query}")
    async with database.begin(shop.scope) as work:
        today = work.now.astimezone(ZoneInfo("America/Chicago")).date()
    window = first.text.partition("The right window for session 1")[2]
    assert re.sub(r"<[^>]*>|\s+", " ", window).split()[0] == str(today.day)
    first_at = datetime.fromisoformat(
        form_of(await http.get(f"{shop.book_path}/times?area=face"), "/hold").choices["starts_at"][0]
    )
    offered = [datetime.fromisoformat(item) for item in form_of(asked, "/reschedule").choices["starts_at"]]
    assert all(timedelta(days=27) <= when - first_at <= timedelta(days=43) for when in offered)


async def test_cancelling_asks_first_and_then_frees_the_time(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    asked = await http.get(f"{address.path}/cancel?{address.query}")
    assert "24 hours" in asked.text
    form = form_of(asked, "/cancel")
    too_long = await send(http, form, reason="x" * 501)
    assert too_long.status_code == 422
    assert form_of(too_long, "/cancel").fields["reason"] == "x" * 501
    unshown = await send(http, form, reason="a\x00b")
    assert (unshown.status_code, 'id="reason-error"' in unshown.text) == (422, True)
    done = await send(http, form, reason="Moving away")
    assert done.status_code == 303
    shown = await http.get(done.headers["location"])
    assert "This booking is cancelled" in shown.text
    assert "Moving away" in shown.text
    again = await send(http, form)
    assert again.status_code == 409


async def test_a_course_can_be_cancelled_in_one_step(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop, course=True))
    form = form_of(await http.get(f"{address.path}/cancel?{address.query}"), "/cancel")
    assert form.fields["what"] == "one"
    done = await send(http, form, what="all")
    shown = await http.get(done.headers["location"])
    assert shown.text.count("Cancelled</span>") >= 4


async def test_a_cancel_form_without_the_token_is_not_found(http: httpx.AsyncClient, shop: Shop) -> None:
    address = urlsplit(await book(http, shop))
    form = form_of(await http.get(f"{address.path}/cancel?{address.query}"), "/cancel")
    assert (await send(http, form, token="")).status_code == 404
    assert "You are booked" in (await http.get(f"{address.path}?{address.query}")).text


async def test_too_late_says_to_call_and_gives_the_number(
    http: httpx.AsyncClient, clock: MovableClock, shop: Shop
) -> None:
    form = await details_form(http, shop, number=-1)
    starts_at = datetime.fromisoformat(form.fields["starts_at"])
    address = urlsplit((await send(http, form, **CLEAR, **JO)).headers["location"])
    cancel = form_of(await http.get(f"{address.path}/cancel?{address.query}"), "/cancel")
    move = form_of(await http.get(f"{address.path}/reschedule?{address.query}"), "/reschedule")
    await clock.advance(starts_at - await clock.now() - timedelta(hours=23))
    shown = await http.get(f"{address.path}?{address.query}")
    assert "only the clinic can change it now" in shown.text
    assert shop.phone in shown.text
    for answer in (
        await http.get(f"{address.path}/cancel?{address.query}"),
        await http.get(f"{address.path}/reschedule?{address.query}"),
        await send(http, cancel, reason="late"),
        await send(http, move, starts_at=move.choices["starts_at"][-1]),
    ):
        assert answer.status_code == 409
        assert shop.phone in answer.text


async def test_a_signed_in_persons_bookings_are_listed_and_open_without_a_token(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    jo = await person(database, "jo@example.test", "Jo Ellis")
    await sign_in(http, database, jo)
    assert "No bookings yet" in (await http.get("/account/bookings")).text
    address = urlsplit(await book(http, shop))
    listed = await http.get("/account/bookings")
    assert address.path in listed.text
    assert shop.location_name in listed.text
    assert (await http.get(address.path)).status_code == 200
    assert (await http.get(f"{address.path}/cancel")).status_code == 200
    ann = await person(database, "ann@example.test", "Ann Lee")
    await sign_in(http, database, ann)
    assert (await http.get(address.path)).status_code == 404
    assert address.path not in (await http.get("/account/bookings")).text


async def test_own_bookings_need_an_account(http: httpx.AsyncClient, shop: Shop) -> None:
    answer = await http.get("/account/bookings")
    assert answer.status_code in {302, 303}
    assert answer.headers["location"].startswith("/sign-in")
