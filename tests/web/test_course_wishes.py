"""Wishes for the later sessions of a course, by forms alone: set, seen in the plan, kept to the booking."""

from __future__ import annotations

import re
from datetime import datetime, time
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.courses.booking import book
from services.kernel.work import Database
from services.scheduling.booking import find_reference, get_booking, list_group
from tests.factories import add_practitioner, booking_in
from tests.web.booking_forms import PageForm, form_of, send
from tests.web.booking_world import Shop, make_shop
from tests.web.test_booking_pages import CLEAR, JO, count_bookings

COURSE = {"area": "face", "whole_course": "true"}
AFTERNOONS: dict[str, str | list[str]] = {
    "weekdays": ["0", "1", "2", "3", "4"],
    "from_time": "13:00",
    "until_time": "15:00",
}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


def unticked(form: PageForm) -> PageForm:
    """The form with no day chosen: a browser sends nothing for boxes without a tick."""
    form.fields.pop("weekdays", None)
    return form


async def wish(http: httpx.AsyncClient, shop: Shop, **wishes: str | list[str]) -> httpx.Response:
    """The page of times with wishes sent by its form."""
    asked = await http.get(f"{shop.book_path}/times", params=COURSE)
    return await send(http, unticked(form_of(asked, "/times", "get")), **wishes)


async def details_of(http: httpx.AsyncClient, times: httpx.Response, number: int = 0) -> httpx.Response:
    """The last step, for one of the page's times."""
    week = form_of(times, "/hold")
    held = await send(http, week, starts_at=week.choices["starts_at"][number])
    assert held.status_code == 303
    return await http.get(held.headers["location"])


async def take(database: Database, shop: Shop, starts_at: datetime) -> None:
    """Somebody else books a visit at that time."""
    wanted = booking_in(shop.world, starts_at, email="quick@example.test")
    async with database.begin(shop.scope) as work:
        await book(work, wanted.model_copy(update={"area": "face"}))


async def booked_at(database: Database, shop: Shop, address: str) -> list[datetime]:
    """When the sessions begin that were booked, in the clinic's own time."""
    async with database.begin(shop.scope) as work:
        found = await find_reference(work, urlsplit(address).path.rpartition("/")[2])
        assert found is not None
        group = await list_group(work, (await get_booking(work, found[1])).group_id)
    return [one.local_starts_at for one in group]


def shown_at(page: httpx.Response) -> list[datetime]:
    """The sessions of the plan that a page shows, in order; the narrow page and the wide one have the same list."""
    found = re.findall(r'<li class="flex items-baseline.*?datetime="([^"]+)"', page.text, re.DOTALL)
    return sorted({datetime.fromisoformat(one) for one in found})


async def test_wishes_are_set_beside_the_first_time_and_kept_to_the_booking(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    times = await wish(http, shop, **AFTERNOONS)
    assert times.status_code == 200
    assert "You wish: Monday, Tuesday, Wednesday, Thursday, Friday" in re.sub(r"\s+", " ", times.text)
    details = await details_of(http, times)
    shown = shown_at(details)
    assert "not as you wished" not in details.text
    booked = await send(http, form_of(details, "/details"), **CLEAR, **JO)
    assert booked.status_code == 303, booked.text
    sessions = await booked_at(database, shop, booked.headers["location"])
    assert sessions == shown
    assert all(one.weekday() <= 4 and time(13) <= one.time() <= time(15) for one in sessions[1:])
    assert len(sessions) == 4


async def test_other_weeks_and_errors_of_the_last_step_keep_the_wishes(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    times = await wish(http, shop, **AFTERNOONS)
    later = times.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    details = await details_of(http, await http.get(later))
    wrong = await send(http, form_of(details, "/details"), **CLEAR, **JO | {"email": "jo at example"})
    assert wrong.status_code == 422
    again = form_of(wrong, "/details")
    assert (again.fields["weekdays"], again.fields["from_time"]) == ("0,1,2,3,4", "13:00")
    booked = await send(http, again, **JO)
    sessions = await booked_at(database, shop, booked.headers["location"])
    assert {one.time() for one in sessions[1:]} == {time(13)}


async def test_a_session_that_departs_is_marked_before_it_is_booked(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    details = await details_of(http, await wish(http, shop, from_time="20:00"))
    assert "3 sessions are not as you wished" in details.text
    assert "another time of day" in details.text
    assert "another day of the week" not in details.text
    # On a phone the summary is folded away: the sessions stand before the button that books them.
    by_button = details.text.partition('id="plan-title"')[2].partition("Book 4 sessions")[0]
    assert by_button.count("<time ") == 4


async def test_the_wishes_of_a_chosen_time_are_changed_and_its_sessions_planned_anew(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    details = await details_of(http, await wish(http, shop, from_time="20:00"))
    back = details.text.split('#later"')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    asked = await http.get(back)
    assert "3 sessions are not as you wished" in asked.text
    form = unticked(form_of(asked, "/times", "get"))
    assert form.fields["from_time"] == "20:00"
    planned = await send(http, form, from_time="14:00", weekdays=["3"])
    assert "not as you wished" not in planned.text
    zone = ZoneInfo("America/Chicago")
    starts = [one.astimezone(zone) for one in shown_at(planned)]
    assert [(one.weekday(), one.time()) for one in starts[1:]] == [(3, time(14))] * 3
    on = planned.text.split("Continue with these sessions")[0].rsplit('href="', 1)[1].split('"')[0]
    query = parse_qs(urlsplit(on.replace("&amp;", "&")).query)
    assert query["hold"]
    assert shown_at(await http.get(on.replace("&amp;", "&"))) == shown_at(planned)


@pytest.mark.parametrize(
    ("wishes", "field", "words"),
    [
        ({"from_time": "15:00", "until_time": "13:00"}, "until_time", "must not lie before the earliest"),
        ({"from_time": "soon"}, "from_time", "This must be a time of day"),
        ({"weekdays": "9"}, "weekdays", "at most 6"),
    ],
)
async def test_nonsense_is_named_at_its_field_and_stays_as_typed(
    http: httpx.AsyncClient, shop: Shop, wishes: dict[str, str | list[str]], field: str, words: str
) -> None:
    answer = await wish(http, shop, **wishes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert words in answer.text
    if field != "weekdays":
        assert form_of(answer, "/times", "get").fields[field] == wishes[field]
    assert form_of(answer, "/hold").choices["starts_at"]


async def test_one_session_alone_has_no_wishes(http: httpx.AsyncClient, shop: Shop) -> None:
    times = await http.get(f"{shop.book_path}/times", params={"area": "face", "from_time": "nonsense"})
    assert times.status_code == 200
    assert "The later sessions" not in times.text
    assert "from_time" not in form_of(times, "/hold").fields


async def test_anyone_is_a_choice_where_there_are_several(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    alone = await http.get(f"{shop.book_path}/times", params=COURSE)
    assert "same_practitioner" not in form_of(alone, "/times", "get").choices
    await add_practitioner(database, shop.world)
    several = await http.get(f"{shop.book_path}/times", params=COURSE)
    form = unticked(form_of(several, "/times", "get"))
    assert form.fields["same_practitioner"] == "true"
    anyone = await send(http, form, same_practitioner="false")
    assert form_of(anyone, "/hold").fields["same_practitioner"] == "false"


async def test_a_plan_that_changed_meanwhile_is_shown_again_and_not_booked(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    details = await details_of(http, await wish(http, shop, **AFTERNOONS))
    shown = shown_at(details)
    await take(database, shop, shown[1])
    refused = await send(http, form_of(details, "/details"), **CLEAR, **JO)
    assert refused.status_code == 409
    assert "would not lie as you were shown any more" in refused.text
    assert await count_bookings(database, shop) == 1
    assert shown_at(refused) != shown
    booked = await send(http, form_of(refused, "/details"))
    assert booked.status_code == 303, booked.text
    assert await booked_at(database, shop, booked.headers["location"]) == shown_at(refused)


async def test_a_taken_first_time_leads_to_the_sessions_from_another_and_books_nothing_yet(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    times = await wish(http, shop, **AFTERNOONS)
    starts_at = form_of(times, "/hold").choices["starts_at"][0]
    query = form_of(times, "/hold").fields | {"starts_at": starts_at}
    query.pop("_csrf_token")
    late = form_of(await http.get(f"{shop.book_path}/details", params=query), "/details")
    await take(database, shop, datetime.fromisoformat(starts_at))
    refused = await send(http, late, **CLEAR, **JO)
    assert refused.status_code == 409
    again = form_of(refused, "/details")
    another = next(value for name, value in again.buttons if name == "take")
    shown = await send(http, again, take=another)
    assert shown.status_code == 200
    assert shown_at(shown)[0] == datetime.fromisoformat(another)
    assert await count_bookings(database, shop) == 1
    booked = await send(http, form_of(shown, "/details"))
    assert await booked_at(database, shop, booked.headers["location"]) == shown_at(shown)
    assert await count_bookings(database, shop) == 5


async def test_a_course_that_does_not_fit_is_said_before_it_is_tried(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    times = await http.get(f"{shop.book_path}/times", params=COURSE)
    at = datetime.fromisoformat(form_of(times, "/hold").choices["starts_at"][0]).replace(hour=3)
    answer = await http.get(f"{shop.book_path}/times", params=COURSE | {"starts_at": at.isoformat()})
    assert "The course cannot begin at this time" in answer.text
