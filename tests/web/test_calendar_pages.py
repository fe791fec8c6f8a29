"""The calendar: a day and a week of people, rooms and devices; as a list; and time that is blocked from it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.schemas import NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.booking import reschedule
from services.scheduling.schemas import BookingView
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.bench.limits import recorded
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def calendar(owner: httpx.AsyncClient, shop: Shop, **query: Any) -> str:
    answer = await owner.get(f"/clinic/{shop.slug}/calendar", params=query)
    assert answer.status_code == 200
    return answer.text


def day_of(booking: BookingView) -> date:
    return booking.local_starts_at.date()


async def test_a_visit_stands_under_its_person_room_and_device(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking).isoformat()
    kinds = {
        "practitioner": (shop.practitioner_name, booking.practitioner_id),
        "room": ("Room 1", booking.room_id),
        "device": ("SkinPen Precision", booking.device_id),
    }
    for kind, (name, one) in kinds.items():
        for show in (kind, f"{kind}:{one}"):
            text = await calendar(owner, shop, day=day, show=show)
            assert booking.reference in text, show
            assert name in text
    assert "nw-phase-numbing row-start" in await calendar(owner, shop, day=day, show="room")
    assert "nw-phase-numbing row-start" not in await calendar(owner, shop, day=day, show="device")
    other = "00000000-0000-7000-8000-000000000000"
    assert booking.reference not in await calendar(owner, shop, day=day, show=f"room:{other}")
    assert booking.reference in await calendar(owner, shop, day=day, show="nobody:nothing")


async def test_a_week_has_seven_columns_and_keeps_what_is_looked_at_in_its_addresses(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking)
    show = f"practitioner:{booking.practitioner_id}"
    text = await calendar(owner, shop, view="week", day=day.isoformat(), show=show, **{"as": "grid"})
    assert text.count('class="nw-cal-head"') == 7
    assert booking.reference in text
    later = (day + timedelta(days=7)).isoformat()
    place = shop.world.location_id
    assert f"view=week&amp;day={later}&amp;location_id={place}&amp;show=practitioner%3A" in text
    assert "as=grid" in text
    assert f'id="day-{day}"' in text


async def test_the_list_has_every_step_that_the_grid_has(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    text = await calendar(owner, shop, day=day_of(booking).isoformat(), **{"as": "list"})
    assert 'class="nw-cal"' not in text
    assert f'href="/clinic/{shop.slug}/bookings/{booking.reference}"' in text
    for way in ("/bookings/new?day=", "/calendar/block?day="):
        assert way in text
    assert f"practitioner_id={booking.practitioner_id}" in text


async def test_other_hours_and_holidays_are_said(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    day = date(2027, 7, 5)
    async with database.begin(shop.scope) as work:
        await clinics.add_exception(
            work, shop.world.location_id, NewException(kind="closed", first_on=day, note="Summer break")
        )
        away = NewAbsence(kind="closed", first_on=day, note="Congress")
        await practitioners.add_absence(work, shop.world.practitioner_id, away)
    text = await calendar(owner, shop, day=day.isoformat())
    for words in ("Closed: Summer break", "Away: Congress", "Public holiday: Independence Day"):
        assert words in text, words
    week = await calendar(owner, shop, day=day.isoformat(), view="week")
    assert "Closed: Summer break" in week


async def test_a_free_half_hour_leads_to_a_booking_at_that_time(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking).isoformat()
    here = f"/clinic/{shop.slug}/bookings/new"
    query = {"day": day, "item": f"{shop.treatment_id}:face", "time": "13:00"}
    shown = await owner.get(here, params=query)
    form = form_of(shown, "/bookings/new")
    assert form.fields["starts_at"].startswith(f"{day}T13:00")
    taken = await owner.get(here, params=query | {"time": f"{booking.local_starts_at:%H:%M}"})
    assert "is not free for this treatment" in taken.text
    assert "starts_at" not in form_of(taken, "/bookings/new").fields


async def test_a_week_of_all_rooms_or_devices_says_which_one_a_visit_takes(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    areas = [AreaIn(code="face", minutes=60, price=MoneyIn(amount=25000, currency="USD"))]
    async with database.begin(shop.scope) as work:
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=areas))
        (device,) = await clinics.list_devices(work)
    booking = await book_visit(database, shop)
    names = {"practitioner": shop.practitioner_name, "room": "Room 1"}
    for show, says in (names | {"device": f"{device.maker} {device.model}"}).items():
        week = await calendar(owner, shop, day=day_of(booking).isoformat(), view="week", show=show)
        block = week.partition(f'href="/clinic/{shop.slug}/bookings/{booking.reference}"')[2]
        assert says in block.partition("</a>")[0], show


async def test_a_client_is_late_after_the_clinics_minutes_and_arrives_from_the_list(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    await clock.advance(booking.starts_at - await clock.now() + timedelta(minutes=16))
    await sign_in(owner, database, shop.owner_id)
    page = await owner.get(f"/clinic/{shop.slug}/calendar")
    assert 'data-status="late"' in page.text
    form = form_of(page, "/arrive")
    arrived = await send(owner, form)
    assert arrived.headers["location"].startswith(f"/clinic/{shop.slug}/calendar?")
    again = await owner.get(arrived.headers["location"])
    assert 'data-status="arrived"' in again.text
    elsewhere = await send(owner, form, back="//evil.test/")
    assert elsewhere.headers["location"] == f"/clinic/{shop.slug}/bookings/{booking.reference}"


async def test_a_room_is_blocked_from_the_calendar_and_let_go(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day, room = day_of(booking).isoformat(), str(shop.world.room_id)
    here = f"/clinic/{shop.slug}/calendar/block"
    form = form_of(
        await owner.get(here, params={"day": day, "resource_id": room, "opens": "15:00", "closes": "17:00"}),
        "/calendar/block",
    )
    assert (form.fields["opens"], form.fields["closes"], form.fields["first_on"]) == ("15:00", "17:00", day)
    given = {"resource_id": room, "note": "Deep clean"}
    empty = await send(owner, form, resource_id="")
    assert empty.status_code == 422
    assert 'href="#resource_id"' in empty.text
    in_use = await send(owner, form, **given, opens="09:00")
    assert in_use.status_code == 409
    assert booking.reference in in_use.text
    assert form_of(in_use, "/calendar/block").fields["note"] == "Deep clean"
    done = await send(owner, form, **given)
    assert done.status_code == 303
    text = await calendar(owner, shop, day=day, show="room")
    assert "Deep clean" in text
    path = text.split("/calendar/blocked/")[1].split('"')[0]
    look = await owner.get(f"/clinic/{shop.slug}/calendar/blocked/{path}")
    assert "Room 1 is blocked" in look.text
    await send(owner, form_of(look, "/remove"))
    assert "Deep clean" not in await calendar(owner, shop, day=day, show="room")
    assert (await owner.get(f"/clinic/{shop.slug}/calendar/blocked/{path}")).status_code == 404


async def test_what_is_blocked_all_day_hides_none_of_the_days_visits_from_the_grid(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking)
    async with database.begin(shop.scope) as work:
        evening = HoursIn(hours=[HoursSpan(weekday=n, opens=time(6), closes=time(23)) for n in range(7)])
        await clinics.set_location_hours(work, booking.location_id, evening)
        await practitioners.follow_opening_hours(work, booking.practitioner_id)
        other = await clinics.add_room(work, NewRoom(location_id=booking.location_id, name="Room 9"))
        whole = NewBlock(resource_id=other.id, first_on=day, opens=time(0), closes=time(23, 59), note="Paint")
        await block_time(work, whole)
        late = datetime.combine(day, time(21, 30), booking.zone)
        await reschedule(work, booking.id, late, by="clinic")
    for asked in ({"show": "room"}, {"show": "room", "view": "week"}):
        text = await calendar(owner, shop, day=day.isoformat(), **asked)
        drawn = [part.split(">")[0] for part in text.split('class="nw-cal-block')[1:]]
        for way in (f"/bookings/{booking.reference}", "/calendar/blocked/"):
            assert any(way in block for block in drawn), (asked, way)


async def test_blocking_a_person_says_what_is_still_booked(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking).isoformat()
    form = form_of(await owner.get(f"/clinic/{shop.slug}/calendar/block"), "/calendar/block")
    person = str(booking.practitioner_id)
    done = await send(
        owner, form, resource_id=person, first_on=day, opens="09:00", closes="12:00", note="Call"
    )
    shown = await owner.get(done.headers["location"])
    assert "One visit is booked in that time" in shown.text
    assert "Call" in shown.text
    path = shown.text.split("/calendar/blocked/")[1].split('"')[0]
    look = await owner.get(f"/clinic/{shop.slug}/calendar/blocked/{path}")
    assert f"{shop.practitioner_name} is blocked" in look.text
    assert (await send(owner, form_of(look, "/remove"))).status_code == 303
    stranger = await make_shop(database, name="Other Skin")
    foreign = await send(owner, form, resource_id=str(stranger.world.room_id), first_on=day)
    assert foreign.status_code == 404


async def test_a_double_press_takes_a_persons_time_once(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    day = day_of(booking)
    form = form_of(await owner.get(f"/clinic/{shop.slug}/calendar/block"), "/calendar/block")
    person = str(booking.practitioner_id)
    given = {"resource_id": person, "first_on": day.isoformat(), "opens": "09:00", "closes": "12:00"}
    wrong = form_of(await send(owner, form, **given | {"closes": "08:00"}), "/calendar/block")
    pressed = await asyncio.gather(*(send(owner, wrong, **given) for _ in range(3)))
    assert {answer.status_code for answer in pressed} == {303}
    assert len({answer.headers["location"] for answer in pressed}) == 1
    async with database.begin(shop.scope) as work:
        assert len(await practitioners.list_absences_between(work, day, day)) == 1
    again = await send(owner, wrong, **given)
    assert "One visit is booked in that time" in (await owner.get(again.headers["location"])).text
    # Gone back to and changed, the form is another one.
    assert (await send(owner, wrong, **given | {"opens": "13:00", "closes": "14:00"})).status_code == 303
    async with database.begin(shop.scope) as work:
        assert len(await practitioners.list_absences_between(work, day, day)) == 2


async def test_a_week_with_visits_costs_as_many_statements_as_an_empty_day(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop)
    empty = (day_of(first) + timedelta(days=90)).isoformat()
    await calendar(owner, shop, day=empty)
    with recorded() as quiet:
        await calendar(owner, shop, day=empty)
    with recorded() as busy:
        await calendar(owner, shop, day=day_of(first).isoformat(), view="week")
    assert len(busy) <= len(quiet) + 1
    assert len(busy) < 30


async def test_who_may_look_may_not_always_block(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    await sign_in(http, database, await member(database, shop, "front_desk"))
    assert (await http.get(f"/clinic/{shop.slug}/calendar/block")).status_code == 200
    assert (await http.get(f"/clinic/{shop.slug}/messages")).status_code == 200
    stranger = await make_shop(database, name="Other Skin")
    assert (await http.get(f"/clinic/{stranger.slug}/calendar/block")).status_code == 404
