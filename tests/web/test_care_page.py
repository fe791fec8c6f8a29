"""The client's course page: by the signed link or the account, in English and Spanish."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from services.courses.state_schemas import PauseIn, StopIn
from services.courses.states import pause_course, resume_course, stop_course
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import book_one, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, completed_visit, sent, settled, whole_course


async def test_the_page_says_what_was_what_to_do_today_and_what_comes(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=3)
    booked, ids = await whole_course(database, world)
    here = f"/bookings/{booked.reference}/course"
    assert (await http.get(here)).status_code == 404
    assert (await http.get(here, params={"token": "x"})).status_code == 404
    link = {"token": booked.manage_token}
    before = await http.get(here, params=link)
    assert before.headers["cache-control"] == "private, no-store"
    assert before.headers["referrer-policy"] == "no-referrer"
    assert "Nothing to do yet." in before.text
    await complete(database, clock, world, ids[0])
    await sent(database)
    same_day = (await http.get(here, params=link)).text
    assert "the day of your session" in same_day
    assert "Clean hands, clean pillow case." in same_day
    spanish = (await http.get(f"/es{here}", params=link)).text
    assert "Manos limpias, funda de almohada limpia." in spanish
    assert "Lo que viene" in spanish
    await clock.advance(timedelta(days=1, minutes=5))
    assert len(await sent(database, "check_in.asked")) == 1
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
    later = (await http.get(here, params=link)).text
    assert "day 1 after your session" in later
    assert "Answer four questions (day 1)" in later
    assert 'href="/check-ins/' in later
    assert "Session 2 is not booked" in later
    assert booked.sessions[2].reference in later


async def test_the_page_of_a_paused_course_asks_nobody_to_go_on(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    booked, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    assert booked.course_id is not None
    here, link = f"/bookings/{booked.reference}/course", {"token": booked.manage_token}
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
        until = work.now.date() + timedelta(days=30)
        await pause_course(work, booked.course_id, PauseIn(until=until))
    paused = (await http.get(here, params=link)).text
    assert "Your course is paused until" in paused
    assert "Session 2 is not booked" not in paused
    async with database.begin(world.scope) as work:
        await resume_course(work, booked.course_id)
        await stop_course(work, booked.course_id, StopIn(reason="other"))
    stopped = (await http.get(here, params=link)).text
    assert "The clinic has ended this course" in stopped


async def test_a_single_visit_has_its_days_too_and_the_message_leads_there(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    (letter,) = await settled(database, clock, "aftercare")
    (address,) = [word for word in letter.text.split() if "/course?token=" in word]
    parts = urlsplit(address)
    shown = await http.get(f"{parts.path}?{parts.query}")
    assert shown.status_code == 200
    assert "Your visit" in shown.text
    assert "You are asked for a review of the result (day 90)" in shown.text
    other = await book_one(database, world, email="eve@example.test")
    assert (await http.get(f"/bookings/{other.reference}/course?{parts.query}")).status_code == 404
