"""A chosen time is held while a person answers: by forms without a script, and for programs."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pytest

from services.kernel.work import Database
from services.screening.wording import get_question_set
from tests.factories import World, booking_body, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import key, times
from tests.web.booking_forms import PageForm, form_of, send
from tests.web.booking_world import Shop, make_shop

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "signed_name": "Jo Ellis"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def week_of(http: httpx.AsyncClient, shop: Shop) -> PageForm:
    return form_of(await http.get(f"{shop.book_path}/times?area=face"), "/hold")


async def choose(http: httpx.AsyncClient, shop: Shop, starts_at: str) -> httpx.Response:
    held = await send(http, await week_of(http, shop), starts_at=starts_at)
    assert held.status_code == 303
    return await http.get(held.headers["location"])


async def test_the_chosen_time_is_held_and_the_page_says_until_when(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    first = (await week_of(http, shop)).choices["starts_at"][0]
    details = await choose(http, shop, first)
    assert "Held for you until" in details.text
    assert "data-countdown=" in details.text
    again = await http.get(f"{shop.book_path}/times?area=face")
    assert "You hold" in again.text
    assert first not in form_of(again, "/hold").choices["starts_at"]
    booked = await send(http, form_of(details, "/details"), **CLEAR, **JO)
    assert booked.status_code == 303


async def test_going_back_and_choosing_the_same_or_another_time_gives_the_first_one_up(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    week = await week_of(http, shop)
    first, other = week.choices["starts_at"][0], week.choices["starts_at"][9]
    for starts_at in (first, first, other):
        held = await send(http, week, starts_at=starts_at)
        assert "/details?" in held.headers["location"]
        assert "Held for you until" in (await http.get(held.headers["location"])).text
    free = (await week_of(http, shop)).choices["starts_at"]
    assert first in free
    assert other not in free


def check_of(details: httpx.Response) -> str:
    """Where the page asks whether its time is still held."""
    found = re.search(r'data-check="([^"]+)"', details.text)
    assert found
    return html.unescape(found[1])


async def minutes_left(http: httpx.AsyncClient, details: httpx.Response) -> int:
    """What a page that is looked at again is told, in minutes begun."""
    left = (await http.get(check_of(details))).json()["seconds_left"]
    return int(-(-left // 60))


async def test_a_page_can_ask_whether_its_time_was_given_up_in_another_tab(
    http: httpx.AsyncClient, shop: Shop, clock: MovableClock
) -> None:
    week = await week_of(http, shop)
    first, other = week.choices["starts_at"][0], week.choices["starts_at"][9]
    tab = await choose(http, shop, first)
    assert "given up when you pick another one" in tab.text
    assert await minutes_left(http, tab) == 10
    await clock.advance(timedelta(minutes=4))
    assert await minutes_left(http, tab) == 6
    again = await choose(http, shop, other)
    assert await minutes_left(http, tab) == 0
    assert await minutes_left(http, again) == 10
    elsewhere = check_of(again).replace(shop.slug, "nowhere", 1)
    assert (await http.get(elsewhere)).status_code == 404


async def test_a_time_that_another_tab_chose_again_is_held_for_the_first_tab_too(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    week = await week_of(http, shop)
    first = week.choices["starts_at"][0]
    tab = await choose(http, shop, first)
    await send(http, week, starts_at=first)
    assert await minutes_left(http, tab) == 10
    late = await send(http, form_of(tab, "/details"), **JO)
    assert "Held for you until" in late.text
    assert (await send(http, form_of(tab, "/details"), **CLEAR, **JO)).status_code == 303


async def test_when_it_is_over_one_press_holds_it_again_and_nothing_typed_is_lost(
    http: httpx.AsyncClient, shop: Shop, clock: MovableClock
) -> None:
    later = (await week_of(http, shop)).choices["starts_at"][9]
    form = form_of(await choose(http, shop, later), "/details")
    await clock.advance(timedelta(minutes=11))
    late = await send(http, form, **JO)
    assert late.status_code == 422
    assert "The time is not held for you any more" in late.text
    again = await send(http, form_of(late, "/details"), hold_again="1")
    assert again.status_code == 200
    assert "Held for you until" in again.text
    kept = form_of(again, "/details")
    assert kept.fields["email"] == JO["email"]
    assert (await send(http, kept, **CLEAR)).status_code == 303


async def test_a_time_somebody_else_holds_leads_to_the_others(
    http: httpx.AsyncClient, api: httpx.AsyncClient, shop: Shop
) -> None:
    week = await week_of(http, shop)
    body = {"starts_at": week.choices["starts_at"][0], "area": "face"}
    path = f"/clinics/{shop.slug}/treatments/{shop.treatment_id}/holds"
    assert (await api.post(path, json=body)).status_code == 201
    refused = await send(http, week, starts_at=body["starts_at"])
    assert refused.status_code == 303
    assert "/times?" in refused.headers["location"]
    assert "just been taken" in (await http.get(refused.headers["location"])).text


async def test_who_holds_too_many_goes_on_without(http: httpx.AsyncClient, shop: Shop) -> None:
    week = await week_of(http, shop)
    for number in (0, 9, 18, 27):
        http.cookies.delete("needlewise_held")
        held = await send(http, week, starts_at=week.choices["starts_at"][number])
        details = await http.get(held.headers["location"])
    assert "The time is not held for you yet" in details.text
    form = form_of(details, "/details")
    http.cookies.delete("needlewise_held")
    again = await send(http, form, **JO, hold_again="1")
    assert "This time cannot be held for you now" in again.text
    assert (await send(http, form_of(again, "/details"), **CLEAR)).status_code == 303


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def test_a_program_holds_books_and_lets_go(
    api: httpx.AsyncClient, clock: MovableClock, world: World
) -> None:
    first, second = (item["starts_at"] for item in (await times(api, clock, world))[::9][:2])
    path = f"/clinics/{world.slug}/treatments/{world.treatment_id}/holds"
    held = await api.post(path, json={"starts_at": first})
    assert held.status_code == 201
    assert set(held.json()) == {
        *("hold", "expires_at", "starts_at", "ends_at", "practitioner_id", "location_id"),
    }
    assert held.json()["starts_at"] == first
    taken = await api.post(path, json={"starts_at": first})
    assert taken.status_code == 409
    assert taken.json()["type"].endswith("/slot-taken")
    assert len(taken.json()["alternatives"]) == 5
    body = booking_body(world, first) | {"starts_at": first, "hold": held.json()["hold"]}
    assert (await api.post("/bookings", json=body, headers=key())).status_code == 201
    other = await api.post(path, json={"starts_at": second})
    for _ in range(2):
        assert (await api.delete(f"{path}/{other.json()['hold']}")).status_code == 204
    assert (await api.post(path, json={"starts_at": second})).status_code == 201


async def test_what_cannot_be_held_is_said_as_for_a_booking(
    api: httpx.AsyncClient, clock: MovableClock, world: World
) -> None:
    path = f"/clinics/{world.slug}/treatments/{world.treatment_id}/holds"
    now = await clock.now()
    for body, field in (
        ({}, "starts_at"),
        ({"starts_at": (now - timedelta(days=1)).isoformat()}, "starts_at"),
        ({"starts_at": (now + timedelta(days=5000)).isoformat()}, "starts_at"),
        ({"starts_at": (now + timedelta(days=5)).isoformat(), "area": "moon"}, "area"),
    ):
        answer = await api.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.delete(f"{path}/made-up")).status_code == 404
