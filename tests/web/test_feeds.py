"""Calendar addresses: made by page and by API, read by a program without a sign-in, taken back."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import MemberPatch, NewLocation, NewMember
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence, PractitionerHoursIn, PractitionerSpan
from services.scheduling import service as scheduling
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import NewFeed, make_feed
from tests.factories import PASSWORD, World, add_practitioner, book_one, booking_ids, live_clinic, person
from tests.fixtures import MovableClock
from tests.web.forms import post

ADDRESS = re.compile(r"/feeds/[A-Za-z0-9_-]{43}\.ics")


async def made(database: Database, world: World, **new: Any) -> str:
    async with database.begin(world.scope) as work:
        _, address = await make_feed(work, NewFeed.model_validate(new), world.owner.account_id)
    found = ADDRESS.search(address)
    assert found
    return found[0]


def events_of(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar: Any = Calendar.from_ical(answer.text)
    assert str(calendar["METHOD"]) == "PUBLISH"
    return list(calendar.walk("VEVENT"))


def told_by(answer: httpx.Response) -> str:
    """All that a calendar says but the UIDs: an area such as "face" can stand in a random one by chance."""
    calendar: Any = Calendar.from_ical(answer.text)
    return "\n".join(f"{name}:{value}" for name, value in calendar.property_items() if name != "UID")


async def sign_in(http: httpx.AsyncClient, world: World) -> str:
    await post(http, "/sign-in", {"email": world.owner.email, "password": PASSWORD})
    return f"/clinic/{world.slug}/calendar/feeds"


async def test_an_address_is_shown_once_renewed_and_taken_back(
    http: httpx.AsyncClient, database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    page = await sign_in(http, world)
    whose = {"subject": f"practitioner:{world.practitioner_id}"}
    first = ADDRESS.search((await post(http, page, whose, page)).text)
    assert first
    assert not ADDRESS.search((await http.get(page)).text)
    second = ADDRESS.search((await post(http, page, whose, page)).text)
    assert second
    assert first[0] != second[0]
    assert (await http.get(first[0])).status_code == 404
    assert (await http.get(second[0])).status_code == 200
    take_back = re.search(rf'action="({page}/[0-9a-f-]+/revoke)"', (await http.get(page)).text)
    assert take_back
    assert (await post(http, take_back[1], {}, page)).status_code == 303
    assert (await http.get(second[0])).status_code == 404
    wrong = await post(http, page, {"subject": f"room:{world.practitioner_id}"}, page)
    assert (wrong.status_code, "Choose whose calendar" in wrong.text) == (422, True)
    async with superuser.connect() as behind:
        kept = (await behind.execute(text("SELECT count(*) FROM feed_address"))).scalar_one()
        said = await behind.execute(
            text("SELECT action FROM audit_event WHERE action LIKE 'feed.%' ORDER BY at, id")
        )
        assert (kept, [row[0] for row in said]) == (0, ["feed.make", "feed.make", "feed.revoke"])


async def test_a_program_reads_times_and_nothing_else(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        away = NewAbsence(kind="closed", first_on=booking.local_starts_at.date(), note="Surgery of my own")
        await practitioners.add_absence(work, world.practitioner_id, away)
        off = NewBlock(
            resource_id=world.room_id,
            first_on=date(2099, 1, 4),
            opens=time(9),
            closes=time(12),
            note="Secret",
        )
        off = off.model_copy(update={"first_on": booking.local_starts_at.date().replace(day=1)})
    path = await made(database, world, feed_of=FeedOf.PRACTITIONER, subject_id=world.practitioner_id)
    answer = await http.get(path)
    events = {str(event["UID"]): event for event in events_of(answer)}
    visit = events[f"{booking_id}@needlewise"]
    assert visit.decoded("DTSTART") == booking.starts_at
    assert str(visit["SUMMARY"]) == "Appointment"
    assert len(events) == 2, "the visit, and the day away"
    told = told_by(answer)
    for secret in (
        booking.client_name,
        booking.client_email,
        booking.treatment_name,
        "Surgery",
        booking.area,
    ):
        assert secret not in told
    assert answer.headers["cache-control"] == "private, max-age=300"
    again = await http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="clinic")
    changed = await http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert f"{booking_id}@needlewise" not in changed.text.replace("\r\n ", "")


async def test_rooms_and_the_whole_clinic_have_their_own_with_initials_by_choice(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    await book_one(database, world)
    async with database.begin(world.scope) as work:
        tomorrow = date.fromordinal(work.now.date().toordinal() + 40)
        off = NewBlock(
            resource_id=world.room_id, first_on=tomorrow, opens=time(9), closes=time(12), note="Secret"
        )
        await block_time(work, off)
    room = await made(database, world, feed_of=FeedOf.ROOM, subject_id=world.room_id, initials=True)
    whole = await made(database, world, feed_of=FeedOf.CLINIC)
    answer = await http.get(room)
    titles = sorted(str(event["SUMMARY"]) for event in events_of(answer))
    assert titles[1] == "Blocked"
    assert re.fullmatch(r"Appointment( \w\.)+", titles[0])
    assert "Secret" not in answer.text
    assert len(events_of(await http.get(whole))) == 2


async def test_time_taken_is_told_in_the_zone_of_its_place(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    away = await add_practitioner(database, world)
    async with database.begin(world.scope) as work:
        day = work.now.date() + timedelta(days=40)
        east = await clinics.add_location(
            work,
            NewLocation(name="East", street="5th Avenue 1", city="New York", time_zone="America/New_York"),
        )
        span = PractitionerSpan(location_id=east.id, weekday=0, opens=time(9), closes=time(17))
        await practitioners.set_practitioner_hours(work, away, PractitionerHoursIn(hours=[span]))
        taken = NewAbsence(kind="taken", first_on=day, opens=time(9), closes=time(12))
        there = taken.model_copy(update={"location_id": east.id})
        told = {
            (await practitioners.add_absence(work, who, absence)).id: zone
            for who, absence, zone in (
                (world.practitioner_id, taken, "America/Chicago"),
                (world.practitioner_id, there, "America/New_York"),
                (away, taken, "America/New_York"),
            )
        }
    path = await made(database, world, feed_of=FeedOf.CLINIC)
    begins = {str(event["UID"]): event.decoded("DTSTART") for event in events_of(await http.get(path))}
    assert begins == {
        f"{one}-{day:%Y%m%d}@needlewise": datetime.combine(day, time(9), ZoneInfo(zone))
        for one, zone in told.items()
    }


async def test_no_event_is_said_to_have_been_made_in_the_future(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        day = work.now.date() + timedelta(days=40)
        await block_time(
            work, NewBlock(resource_id=world.room_id, first_on=day, opens=time(9), closes=time(12))
        )
        for absence in (
            NewAbsence(kind="taken", first_on=day, opens=time(9), closes=time(12)),
            NewAbsence(kind="closed", first_on=day),
        ):
            await practitioners.add_absence(work, world.practitioner_id, absence)
    path = await made(database, world, feed_of=FeedOf.CLINIC)
    answer = await http.get(path)
    stamps = [event.decoded("DTSTAMP") for event in events_of(answer)]
    assert len(stamps) == 3
    assert max(stamps) <= await clock.now()
    await clock.advance(timedelta(hours=1))
    assert (await http.get(path)).headers["etag"] == answer.headers["etag"]


async def test_it_works_for_as_long_as_its_maker_belongs_to_the_team(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    someone, _ = await person(database)
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=someone.email, role=Role.OWNER))
        new = NewFeed(feed_of=FeedOf.CLINIC)
        _, address = await make_feed(work, new, someone.account_id)
    path = ADDRESS.search(address)
    assert path
    assert (await http.get(path[0])).status_code == 200
    async with database.begin(world.scope) as work:
        await clinics.update_member(work, member.id, MemberPatch(role=Role.MANAGER))
    assert (await http.get(path[0])).status_code == 404


async def test_by_api_the_whole_clinics_is_for_owners_alone(
    api: httpx.AsyncClient, http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    someone, _ = await person(database)
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=someone.email, role=Role.FRONT_DESK))
    calls = f"/manage/{world.slug}/feeds"

    async def bearer(email: str) -> dict[str, str]:
        token = await api.post("/tokens", json={"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {token.json()['token']}"}

    desk, owner = await bearer(someone.email), await bearer(world.owner.email)
    refused = await api.post(calls, json={"feed_of": "clinic"}, headers=desk)
    assert refused.status_code == 403
    answer = await api.post(calls, json={"feed_of": "clinic"}, headers=owner)
    assert answer.status_code == 201
    given = answer.json()
    path = ADDRESS.search(given["address"])
    assert path
    assert len(events_of(await http.get(path[0]))) == 0
    listed = (await api.get(calls, headers=desk)).json()["items"]
    assert [(item["id"], "address" in item, item["works"]) for item in listed] == [(given["id"], False, True)]
    unknown = {"feed_of": "room", "subject_id": str(UUID(int=1))}
    assert (await api.post(calls, json=unknown, headers=desk)).status_code == 422
    assert (await api.delete(f"{calls}/{given['id']}", headers=desk)).status_code in {200, 204}
    assert (await http.get(path[0])).status_code == 404
    assert (await http.get("/feeds/nobodys.ics")).status_code == 404
