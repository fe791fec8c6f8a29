"""Moving a visit from the calendar: seen before, made by its form, said, taken back; and what is kept for somebody."""

from __future__ import annotations

import html
import re
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.schemas import NewRoom
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerHoursIn
from services.scheduling import booking as scheduling
from services.scheduling import offering, waitlist
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.holding import hold_time, release_hold
from services.scheduling.schemas import BookingView, VisitWish
from services.scheduling.time_schemas import PreferencesIn
from services.scheduling.waitlist_schemas import NewWish, OfferIn
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import add_practitioner
from tests.fixtures import MovableClock
from tests.services.scheduling.waiting import by_day, offer_freed, wait
from tests.web.booking_forms import PageForm, form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, member


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    await sign_in(http, database, shop.owner_id)
    return http


def calendar_of(shop: Shop, booking: BookingView, **query: Any) -> str:
    day = booking.local_starts_at.date().isoformat()
    return f"/clinic/{shop.slug}/calendar?{urlencode({'view': 'day', 'day': day, **query})}"


def to(shop: Shop, booking: BookingView, later: timedelta, **query: Any) -> str:
    """Where the calendar asks for another time of the visit."""
    at = booking.local_starts_at + later
    asked = {"on": at.date().isoformat(), "at": f"{at:%H:%M}", "back": calendar_of(shop, booking)}
    return f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule/to?{urlencode(asked | query)}"


async def now(database: Database, shop: Shop, booking: BookingView) -> BookingView:
    async with database.begin(shop.scope) as work:
        return await scheduling.get_booking(work, booking.id)


def move_form(page: httpx.Response) -> PageForm:
    assert page.status_code == 200, page.text
    return form_of(page, "/reschedule")


async def test_the_grid_says_what_can_be_moved_and_where_to(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    grid = (await owner.get(calendar_of(shop, booking))).text
    assert f'data-move="/clinic/{shop.slug}/bookings/{booking.reference}/reschedule/to"' in grid
    assert f'data-thing="practitioner_id={booking.practitioner_id}"' in grid
    assert 'data-step="15"' in grid
    assert f"/bookings/{booking.reference}/reschedule?back=" in grid
    rooms = (await owner.get(calendar_of(shop, booking, show="room"))).text
    assert f'data-thing="room_id={booking.room_id}"' in rooms


async def test_a_move_is_seen_made_said_and_taken_back(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    other = await add_practitioner(database, shop.world)
    seen = await owner.get(to(shop, booking, timedelta(hours=1), practitioner_id=other))
    assert "Dr Ivo Marsh" in seen.text
    assert "is told by e-mail of the new time, 2 minutes after" in seen.text
    assert (await now(database, shop, booking)).sequence == 0
    part = await owner.get(to(shop, booking, timedelta(hours=1), part="move"))
    assert "<html" not in part.text
    assert "data-proposal" in part.text
    done = await send(owner, move_form(seen))
    assert done.headers["location"] == calendar_of(shop, booking)
    moved = await now(database, shop, booking)
    assert (moved.practitioner_id, moved.starts_at) == (other, booking.starts_at + timedelta(hours=1))
    shown = await owner.get(done.headers["location"])
    assert "The client has not been told yet." in shown.text
    back = await send(owner, form_of(shown, "/undo"))
    assert back.headers["location"].startswith(f"/clinic/{shop.slug}/calendar?")
    again = await now(database, shop, booking)
    assert (again.practitioner_id, again.starts_at) == (booking.practitioner_id, booking.starts_at)
    assert "was moved from" not in (await owner.get(calendar_of(shop, booking))).text


async def test_another_room_is_told_to_nobody(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        room = await clinics.add_room(work, NewRoom(location_id=shop.world.location_id, name="Room 2"))
    seen = await owner.get(to(shop, booking, timedelta(0), room_id=room.id))
    assert "so the client is not told" in seen.text
    await send(owner, move_form(seen))
    assert (await now(database, shop, booking)).room_id == room.id


async def test_a_time_that_is_not_free_is_said_with_others_and_changes_nothing(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop)
    second = await book_visit(database, shop)
    refused = await owner.get(to(shop, second, first.starts_at - second.starts_at))
    assert refused.status_code == 409
    assert "That time is not free." in refused.text
    assert "Nothing was changed" in refused.text
    nearby = refused.text.split('data-propose href="')[1].split('"')[0].replace("&amp;", "&")
    await send(owner, move_form(await owner.get(nearby)))
    assert (await now(database, shop, second)).sequence == 1
    outside = await owner.get(to(shop, second, timedelta(hours=-12)))
    assert outside.status_code == 422
    assert (await owner.get(to(shop, second, timedelta(0), on="", at=""))).status_code == 422


async def refused_words(owner: httpx.AsyncClient, address: str) -> str:
    """What a refused move says, in one line."""
    refused = await owner.get(address)
    assert refused.status_code in {409, 422}
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", refused.text)))


async def test_what_is_in_the_way_of_a_move_is_named(
    owner: httpx.AsyncClient, database: Database, shop: Shop, clock: MovableClock
) -> None:
    await by_day(clock)
    first, second = await book_visit(database, shop), await book_visit(database, shop)
    back = first.starts_at - second.starts_at
    begins, ends = (f"{at.astimezone(first.zone):%H:%M}" for at in (first.starts_at, first.ends_at))
    words = await refused_words(owner, to(shop, second, back))
    visit = f"{begins}–{ends}, the visit of {first.client_name}"
    assert f"In the way: {shop.practitioner_name}: {visit} Room 1: {visit}" in words
    assert "Nobody else" not in words
    other = await add_practitioner(database, shop.world, "Dr Ana Ruiz")
    assert "In the way: Room 1" in await refused_words(owner, to(shop, second, back, practitioner_id=other))


async def test_what_is_blocked_kept_or_out_of_hours_is_named_so(
    owner: httpx.AsyncClient, database: Database, shop: Shop, clock: MovableClock
) -> None:
    await by_day(clock)
    booking = await book_visit(database, shop)
    later = booking.starts_at + timedelta(hours=2)
    async with database.begin(shop.scope) as work:
        kept = await hold_time(work, VisitWish(shop.treatment_id, later, None, "face"), "somebody")
    words = await refused_words(owner, to(shop, booking, timedelta(hours=2)))
    assert "kept for somebody who is booking it" in words
    async with database.begin(shop.scope) as work:
        await release_hold(work, kept.token)
        wish = NewWish(name="Cy", email="cy@example.test", last_on=later.date(), area="face")
        waiting = await waitlist.join_waitlist(work, shop.treatment_id, wish, address="")
        await waitlist.prove_wish(work, waiting.id)
        await offering.offer_by_hand(work, waiting.id, OfferIn(starts_at=later))
    assert "offered to Cy" in await refused_words(owner, to(shop, booking, timedelta(hours=2)))
    day, hours = booking.local_starts_at.date(), {"opens": time(9), "closes": time(18)}
    async with database.begin(shop.scope) as work:
        who = NewBlock(resource_id=booking.practitioner_id, first_on=day, note="Course", **hours)
        await block_time(work, who)
    words = await refused_words(owner, to(shop, booking, timedelta(hours=2)))
    assert f"{shop.practitioner_name}: 09:00–18:00, blocked (Course)" in words
    assert re.search(
        r"Linden Skin Austin is open [\d:–, ]+ on that day",
        await refused_words(owner, to(shop, booking, timedelta(hours=-12))),
    )


async def test_a_time_out_of_hours_is_called_so_by_the_form_that_moves(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    form = move_form(await owner.get(to(shop, booking, timedelta(hours=1))))
    refused = await send(owner, form, starts_at=(booking.starts_at - timedelta(hours=6)).isoformat())
    assert refused.status_code == 422
    assert "The clinic does not offer that time. Choose one of the free times." in refused.text
    assert "Some fields need another look" not in refused.text


@pytest.mark.parametrize("kept", ["on", "at"])
async def test_of_day_and_time_what_was_typed_stays(
    owner: httpx.AsyncClient, database: Database, shop: Shop, kept: str
) -> None:
    booking = await book_visit(database, shop)
    typed = {"on": "", "at": ""} | {kept: {"on": "2030-05-06", "at": "13:45"}[kept]}
    refused = await owner.get(to(shop, booking, timedelta(0), **typed))
    assert refused.status_code == 422
    fields = form_of(refused, "/reschedule/to", "get").fields
    assert {name: fields[name] for name in typed} == typed


async def test_who_was_quicker_is_said_when_the_form_comes(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    form = move_form(await owner.get(to(shop, booking, timedelta(hours=2))))
    async with database.begin(shop.scope) as work:
        wish = VisitWish(shop.treatment_id, booking.starts_at + timedelta(hours=2), None, "face")
        await hold_time(work, wish, "somebody")
    refused = await send(owner, form)
    assert refused.status_code == 409
    assert form_of(refused, "/reschedule").fields["back"] == calendar_of(shop, booking)
    assert (await now(database, shop, booking)).sequence == 0


async def test_another_clinics_visit_is_not_there(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    other = await make_shop(database, name="Other Skin")
    theirs, mine = await book_visit(database, other), await book_visit(database, shop)
    path = to(shop, theirs, timedelta(hours=1))
    assert (await owner.get(path)).status_code == 404
    foreign_room = await owner.get(to(shop, mine, timedelta(hours=1), room_id=other.world.room_id))
    assert foreign_room.status_code == 422
    stranger = await owner.get(
        to(shop, mine, timedelta(hours=1), practitioner_id=other.world.practitioner_id)
    )
    assert stranger.status_code == 404


async def test_the_list_of_free_times_leaves_the_visits_own_time_out_of_the_way(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    page = await owner.get(
        f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule?from={booking.local_starts_at.date()}"
    )
    starts = form_of(page, "/reschedule").choices["starts_at"]
    assert (booking.local_starts_at + timedelta(minutes=15)).isoformat() in starts
    assert booking.local_starts_at.isoformat() not in starts


async def test_later_sessions_are_shown_before_they_follow(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True)
    async with database.begin(shop.scope) as work:
        group = await scheduling.list_group(work, first.group_id)
    form = form_of(
        await owner.get(f"/clinic/{shop.slug}/bookings/{group[1].reference}/reschedule"), "/reschedule"
    )
    later = (group[1].local_starts_at + timedelta(days=14)).isoformat()
    asked = await send(owner, form, starts_at=later)
    assert asked.status_code == 303
    seen = await owner.get(asked.headers["location"])
    assert "Later sessions of the course move with it" in seen.text
    async with database.begin(shop.scope) as work:
        assert await scheduling.list_group(work, first.group_id) == group
    rest = seen.text.split('name="rest" value="')[1:]
    done = await send(owner, move_form(seen), rest=[one.split('"')[0] for one in rest])
    assert done.status_code == 303
    async with database.begin(shop.scope) as work:
        moved = await scheduling.list_group(work, first.group_id)
    assert [one.sequence for one in moved] == [0, 1, 1, 1]


async def test_a_client_agrees_to_the_later_sessions_as_a_whole(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True)
    async with database.begin(shop.scope) as work:
        group = await scheduling.list_group(work, first.group_id)
        token = scheduling.manage_token(work, first.group_id)
    path = f"/bookings/{group[1].reference}/reschedule"
    form = form_of(await http.get(path, params={"token": token}), "/reschedule")
    asked = await send(http, form, starts_at=(group[1].local_starts_at + timedelta(days=14)).isoformat())
    assert "The later sessions move too" in asked.text
    rest = [one.split('"')[0] for one in asked.text.split('name="rest" value="')[1:]]
    done = await send(http, form_of(asked, "/reschedule"), rest=rest)
    assert done.status_code == 303
    async with database.begin(shop.scope) as work:
        assert [one.sequence for one in await scheduling.list_group(work, first.group_id)] == [0, 1, 1, 1]


async def test_what_has_left_the_menu_is_offered_other_times_to_whoever_booked_it(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        token = scheduling.manage_token(work, booking.group_id)
        neck = AreaIn(code="neck", minutes=40, price=MoneyIn(amount=30000, currency="USD"))
        await treatments.update_treatment(work, shop.treatment_id, TreatmentPatch(areas=[neck]))
    for path, query in (
        (f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule", {}),
        (f"/bookings/{booking.reference}/reschedule", {"token": token}),
    ):
        form = form_of(await owner.get(path, params=query), "/reschedule")
        starts_at = form.choices["starts_at"][0]
        assert (await send(owner, form, starts_at=starts_at)).status_code == 303
        assert (await now(database, shop, booking)).local_starts_at.isoformat() == starts_at


async def test_both_see_in_what_the_later_sessions_would_not_be_as_wished_and_with_whom(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True, wishes=PreferencesIn(from_time=time(20)))
    other = await add_practitioner(database, shop.world)
    async with database.begin(shop.scope) as work:
        hours = PractitionerHoursIn(hours=[])
        await practitioners.set_practitioner_hours(work, first.practitioner_id, hours)
        group = await scheduling.list_group(work, first.group_id)
        token = scheduling.manage_token(work, first.group_id)
        name = (await practitioners.get_practitioner(work, other)).name
    to_day = group[1].local_starts_at + timedelta(days=14)
    path = f"/clinic/{shop.slug}/bookings/{group[1].reference}/reschedule/to"
    seen = await owner.get(f"{path}?{urlencode({'starts_at': to_day.isoformat()})}")
    mine = await owner.get(f"/bookings/{group[1].reference}/reschedule", params={"token": token})
    asked = await send(owner, form_of(mine, "/reschedule"), starts_at=to_day.isoformat())
    for page in (seen, asked):
        words = " ".join(page.text.split())
        assert words.count(f"Not as wished: with {name}, another time of day") == 2


async def test_programs_get_the_proposal_and_send_it_back(
    api: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True)
    async with database.begin(shop.scope) as work:
        group = await scheduling.list_group(work, first.group_id)
        token = scheduling.manage_token(work, first.group_id)
    second = group[1]
    body: dict[str, Any] = {"starts_at": (second.local_starts_at + timedelta(days=14)).isoformat()}
    path, header = f"/bookings/{second.reference}/reschedule", {"X-Manage-Token": token}
    refused = await api.post(path, json=body, headers=header)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "outside-course-window")
    rest = [
        {"reference": one["reference"], "starts_at": one["starts_at"]} for one in refused.json()["reflow"]
    ]
    assert len(rest) == 2
    stranger = [*rest, {"reference": "NOBODYS", "starts_at": body["starts_at"]}]
    assert (await api.post(path, json=body | {"rest": stranger}, headers=header)).status_code == 404
    done = await api.post(path, json=body | {"rest": rest}, headers=header)
    assert done.status_code == 200
    desk = f"/manage/{shop.slug}/bookings/{second.reference}"
    back = await api.post(f"{desk}/undo", headers=shop.world.bearer)
    assert back.status_code == 409  # what the client moved is the client's
    again = {"starts_at": second.local_starts_at.isoformat()}
    assert (await api.patch(desk, json=again, headers=shop.world.bearer)).status_code == 200
    back = await api.post(f"{desk}/undo", headers=shop.world.bearer)
    assert back.json()["starts_at"] == body["starts_at"]


async def test_what_is_kept_for_somebody_is_drawn(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    await by_day(clock)
    await sign_in(owner, database, shop.owner_id)
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        wish = VisitWish(shop.treatment_id, booking.starts_at + timedelta(hours=3), None, "face")
        await hold_time(work, wish, "somebody")
    for show in ("practitioner", "room", "device"):
        text = (await owner.get(calendar_of(shop, booking, show=show))).text
        assert "being booked, kept until" in text, show
    assert 'data-status="kept"' in (await owner.get(calendar_of(shop, booking, view="week"))).text
    await clock.advance(timedelta(minutes=11))
    assert "being booked" not in (await owner.get(calendar_of(shop, booking))).text


async def test_an_offer_is_drawn_with_whom_it_was_made_to(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    await by_day(clock)
    await sign_in(owner, database, shop.owner_id)
    wish = await wait(database, shop.world, area="face")
    await offer_freed(database, shop.world)
    week = await owner.get(
        f"/clinic/{shop.slug}/calendar", params={"view": "week", "day": str(wish.first_on)}
    )
    assert f"offered to {wish.name} until" in week.text
    assert f"/clinic/{shop.slug}/waitlist/{wish.id}" in week.text


async def test_the_time_to_answer_is_set_on_the_waitlists_page_and_by_programs(
    owner: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    page = await owner.get(f"/clinic/{shop.slug}/waitlist")
    form = form_of(page, "/time-to-answer")
    assert form.fields["waitlist_minutes"] == "120"
    for wrong in ("5", "", "soon"):
        refused = await send(owner, form, waitlist_minutes=wrong)
        assert refused.status_code == 422, wrong
    assert (await send(owner, form, waitlist_minutes="45")).status_code == 303
    read = await api.get(f"/manage/{shop.slug}", headers=shop.world.bearer)
    assert read.json()["waitlist_minutes"] == 45
    await sign_in(owner, database, await member(database, shop, "front_desk"))
    assert "/time-to-answer" not in (await owner.get(f"/clinic/{shop.slug}/waitlist")).text
