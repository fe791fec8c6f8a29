"""A clinic's home page at work: who comes, and what waits for somebody of the team."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from html import unescape
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer, CheckInView, Handled
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence, NewPractitioner, PractitionerHoursIn, PractitionerSpan
from services.reviews import service as reviews
from services.reviews.schemas import NewReply
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit
from tests.services.reviews.test_reviews import review, write
from tests.web.booking_forms import sign_in
from tests.web.booking_world import PHONE, Shop, book_visit, make_shop, member
from tests.web.forms import post


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
    before, _, after = (await home(http, shop)).partition(">Coming up<")
    assert ("Nobody is booked today." in before, booking.client_name in before) == (True, False)
    assert booking.client_name in after
    assert f"/bookings/{booking.reference}" in after
    await clock.advance(booking.starts_at - await clock.now() - timedelta(hours=1))
    await sign_in(http, database, shop.owner_id)
    before, _, after = (await home(http, shop)).partition(">Coming up<")
    assert (booking.client_name in before, booking.client_name in after) == (True, False)


async def test_each_of_many_visits_whose_time_was_taken_away_can_be_opened(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    visits = [await book_visit(database, shop) for _ in range(5)]
    day = visits[0].local_starts_at.date()
    async with database.begin(shop.scope) as work:
        closed = NewException(kind="closed", first_on=day)
        await clinics.add_exception(work, shop.world.location_id, closed)
    await sign_in(http, database, shop.owner_id)
    waits = (await home(http, shop)).partition('id="waits"')[2]
    assert "and 2 more visits in time that was taken away" in waits
    assert {visit.reference for visit in visits} <= set(re.findall(r"/bookings/(\w{10})\"", waits))


async def test_a_visit_whose_time_was_taken_away_waits_until_it_is_moved_or_cancelled(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, shop.owner_id)
    day = booking.local_starts_at.date()
    asks = f"Move or cancel {booking.client_name}"
    async with database.begin(shop.scope) as work:
        other = await practitioners.add_practitioner(work, NewPractitioner(name="Bo Berg"))
        await practitioners.add_absence(work, other.id, NewAbsence(kind="closed", first_on=day))
    assert asks not in await home(http, shop)
    async with database.begin(shop.scope) as work:
        await practitioners.add_absence(
            work, booking.practitioner_id, NewAbsence(kind="closed", first_on=day)
        )
        await clinics.add_exception(work, booking.location_id, NewException(kind="closed", first_on=day))
    assert (await home(http, shop)).count(asks) == 1
    async with database.begin(shop.scope) as work:
        await scheduling.cancel(work, booking.id, by="clinic")
    assert asks not in await home(http, shop)


async def test_a_visit_outside_the_hours_waits_until_it_is_moved_or_they_are_as_before(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, shop.owner_id)
    asks = f"Move or cancel {booking.client_name}"
    assert asks not in await home(http, shop)
    async with database.begin(shop.scope) as work:
        before = (await clinics.get_location(work, booking.location_id)).hours
        other_day = (booking.local_starts_at.weekday() + 1) % 7
        once = HoursSpan(weekday=other_day, opens=time(9), closes=time(17))
        await clinics.set_location_hours(work, booking.location_id, HoursIn(hours=[once]))
    assert (await home(http, shop)).count(asks) == 1
    async with database.begin(shop.scope) as work:
        await clinics.set_location_hours(work, booking.location_id, HoursIn(hours=before))
    assert asks not in await home(http, shop)
    async with database.begin(shop.scope) as work:
        week = PractitionerHoursIn(hours=[PractitionerSpan(**once.model_dump())])
        await practitioners.set_practitioner_hours(work, booking.practitioner_id, week)
    assert (await home(http, shop)).count(asks) == 1
    async with database.begin(shop.scope) as work:
        day = booking.local_starts_at.date()
        more = NewAbsence(kind="extra", first_on=day, opens=time(0), closes=time(23, 59))
        await practitioners.add_absence(work, booking.practitioner_id, more)
    assert asks not in await home(http, shop)


@pytest.mark.parametrize("whose", ["locations", "practitioners"])
async def test_hours_that_are_changed_name_the_visits_outside_them(
    http: httpx.AsyncClient, database: Database, shop: Shop, whose: str
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, shop.owner_id)
    of = booking.location_id if whose == "locations" else booking.practitioner_id
    page = f"/clinic/{shop.slug}/{whose}/{of}/hours"
    day, begins = booking.local_starts_at.weekday(), booking.local_starts_at
    place = f"{booking.location_id}_" if whose == "practitioners" else ""
    opens, closes = f"opens_{place}{day}_1", f"closes_{place}{day}_1"
    saved = await post(http, page, {opens: "08:00", closes: "21:00"})
    assert not saved.headers["location"].endswith("/hours")
    later = f"{begins + timedelta(minutes=30):%H:%M}"
    saved = await post(http, page, {opens: later, closes: "21:00"})
    assert saved.headers["location"] == page
    shown = (await http.get(page)).text
    assert "The hours are saved. One visit is booked outside them" in shown
    assert "1 visit is still booked outside these hours" in shown
    assert f'href="/clinic/{shop.slug}/bookings/{booking.reference}"' in shown
    async with database.begin(shop.scope) as work:
        await scheduling.cancel(work, booking.id, by="clinic")
    assert "still booked outside" not in (await http.get(page)).text


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


async def red_flag(database: Database, shop: Shop, booking_id: UUID, day: int) -> CheckInView:
    """A check-in whose answer somebody has to look at."""
    async with database.begin(shop.scope) as work:
        check_in_id = await followups.ask_check_in(work, booking_id, day)
        assert check_in_id is not None
        answer = CheckInAnswer(downtime_days=1, discomfort=4, fever=True)
        return await followups.answer_check_in(work, check_in_id, answer)


def waits(page: str) -> str:
    return page.split('id="waits"')[1].split("</section>", maxsplit=1)[0]


async def test_a_red_flag_waits_first_with_its_deadline_until_it_is_dealt_with(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    shop = Shop(await live_clinic(database), "Austin", "Dr Mira Holm", PHONE)
    booking_id = await completed_visit(database, clock, shop.world)
    first = await red_flag(database, shop, booking_id, 1)
    request = await book_visit(database, shop, ask=True)
    await sign_in(http, database, shop.owner_id)
    shown = waits(await home(http, shop))
    assert first.look_by is not None
    by = first.look_by.astimezone(ZoneInfo(request.time_zone))
    assert f"answer by {by:%a} {by.day} {by:%b}, {by:%H:%M}" in shown
    assert re.findall(r'href="[^"]*/(check-ins|bookings)/', shown) == ["check-ins", "bookings"]
    assert f'href="/clinic/{shop.slug}/check-ins/{first.id}"' in shown
    second = await red_flag(database, shop, booking_id, 3)
    page = await home(http, shop)
    assert f'href="/clinic/{shop.slug}/courses?show=check_ins"' in waits(page)
    assert "2 check-ins with a red flag" in waits(page)
    assert re.search(r">More <span[^>]*>2<", page)
    await clock.advance(first.look_by - await clock.now() + timedelta(minutes=1))
    await sign_in(http, database, shop.owner_id)
    assert "overdue since" in waits(await home(http, shop))
    async with database.begin(shop.scope) as work:
        for check_in in (first, second):
            await followups.handle_check_in(work, check_in.id, Handled(note="Called."))
    page = await home(http, shop)
    assert "check-in" not in waits(page)
    assert ">More</span>" in page


async def test_a_red_flag_waits_for_those_who_may_read_it_alone(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    shop = Shop(await live_clinic(database), "Austin", "Dr Mira Holm", PHONE)
    await red_flag(database, shop, await completed_visit(database, clock, shop.world), 1)
    for role, told in (("front_desk", False), ("practitioner", True)):
        await sign_in(http, database, await member(database, shop, role))
        assert ("Red flag" in waits(await home(http, shop))) is told, role


async def test_visits_that_nobody_closed_are_counted_and_listed_once_their_day_is_over(
    http: httpx.AsyncClient,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
    shop: Shop,
) -> None:
    left, missed, done = [await book_visit(database, shop) for _ in range(3)]
    bookings = f"/clinic/{shop.slug}/bookings"
    midnight = datetime.combine(left.local_starts_at.date() + timedelta(days=1), time(), left.zone)
    # A minute before the day is over where the clinic is; in UTC it has been over for hours.
    await clock.advance(midnight - await clock.now() - timedelta(minutes=1))
    await sign_in(http, database, shop.owner_id)
    assert "not closed" not in waits(await home(http, shop))
    assert "No visit waits to be closed" in (await http.get(bookings, params={"state": "unclosed"})).text
    await clock.advance(timedelta(minutes=2))
    later = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        await scheduling.arrive(work, missed.id)
        await scheduling.mark_completed(work, done.id)
    shown = waits(await home(http, shop))
    assert "2 visits are not closed: completed, or did not come?" in shown
    assert f'href="{bookings}?state=unclosed"' in shown
    page = (await http.get(bookings, params={"state": "unclosed"})).text
    assert [one in page for one in references(left, missed, done, later)] == [True, True, False, False]
    monkeypatch.setattr("web.clinic.booking_list.PAGE", 1)
    first = (await http.get(bookings, params={"state": "unclosed"})).text
    (more,) = set(re.findall(r'href="([^"]+cursor=[^"]+)"', first))
    second = (await http.get(unescape(more))).text
    assert [one in first for one in references(left, missed)] == [True, False]
    assert [one in second for one in references(left, missed)] == [False, True]
    async with database.begin(shop.scope) as work:
        await scheduling.mark_completed(work, missed.id)
    assert "1 visit is not closed" in waits(await home(http, shop))


def references(*bookings: BookingView) -> list[str]:
    return [one.reference for one in bookings]
