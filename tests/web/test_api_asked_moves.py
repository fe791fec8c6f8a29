"""Another time of an accepted visit by the API: asked for, taken back, answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.kernel.work import Database
from services.treatments.models import BookingMode
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import book, key, times


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database, booking_mode=BookingMode.REQUEST)


class Asking:
    """A visit that was accepted, by its addresses, and the free times of its day."""

    def __init__(
        self, api: httpx.AsyncClient, world: World, booked: dict[str, Any], items: list[Any]
    ) -> None:
        self.api, self.bearer = api, world.bearer
        self.items = [one["starts_at"] for one in items]
        self.mine = f"/bookings/{booked['reference']}"
        self.desk = f"/manage/{world.slug}/bookings/{booked['reference']}"
        self.token = {"X-Manage-Token": booked["manage_token"]}

    async def ask(self, starts_at: str) -> dict[str, Any]:
        answer = await self.api.post(
            f"{self.mine}/reschedule", json={"starts_at": starts_at}, headers={**self.token, **key()}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def read(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.get(self.mine, headers=self.token)).json()
        return found


@pytest.fixture
async def asking(api: httpx.AsyncClient, world: World, clock: MovableClock) -> Asking:
    items = await times(api, clock, world)
    booked = (await book(api, world, items[0]["starts_at"])).json()
    made = Asking(api, world, booked, items)
    assert (await api.post(f"{made.desk}/accept", headers=world.bearer)).status_code == 200
    return made


async def test_the_booking_stays_and_says_what_is_asked_for(asking: Asking) -> None:
    there = asking.items[4]
    shown = await asking.ask(there)
    assert (shown["status"], shown["starts_at"]) == ("confirmed", asking.items[0])
    assert shown["asked"]["starts_at"] == there
    assert set(shown["asked"]) == {"starts_at", "answer_by"}
    desk = (await asking.api.get(asking.desk, headers=asking.bearer)).json()
    assert desk["asked"] == shown["asked"]


async def test_the_clinic_accepts_what_it_has_seen(asking: Asking) -> None:
    first, second = asking.items[4], asking.items[8]
    await asking.ask(first)
    await asking.ask(second)
    accept = f"{asking.desk}/move/accept"
    stale = await asking.api.post(accept, json={"starts_at": first}, headers=asking.bearer)
    assert (stale.status_code, stale.json()["type"].rpartition("/")[2]) == (409, "wrong-state")
    done = await asking.api.post(accept, json={"starts_at": second}, headers=asking.bearer)
    assert (done.status_code, done.json()["starts_at"], done.json()["asked"]) == (200, second, None)
    assert (await asking.api.post(accept, headers=asking.bearer)).status_code == 409
    assert (await asking.read())["starts_at"] == second


async def test_the_clinic_declines(asking: Asking) -> None:
    await asking.ask(asking.items[4])
    decline = f"{asking.desk}/move/decline"
    long = await asking.api.post(decline, json={"reason": "x" * 501}, headers=asking.bearer)
    assert long.status_code == 422
    done = await asking.api.post(decline, json={"reason": "Nobody is there."}, headers=asking.bearer)
    assert (done.status_code, done.json()["starts_at"], done.json()["asked"]) == (200, asking.items[0], None)
    assert (await asking.api.post(decline, headers=asking.bearer)).status_code == 409


async def test_the_client_takes_it_back(asking: Asking) -> None:
    await asking.ask(asking.items[4])
    back = f"{asking.mine}/reschedule/take-back"
    assert (await asking.api.post(back)).status_code == 404
    done = await asking.api.post(back, headers=asking.token)
    assert (done.status_code, done.json()["asked"], done.json()["starts_at"]) == (200, None, asking.items[0])
    assert (await asking.api.post(back, headers=asking.token)).status_code == 409


async def test_it_is_over_with_its_time(asking: Asking, clock: MovableClock) -> None:
    await asking.ask(asking.items[4])
    await clock.advance(timedelta(hours=48))
    assert (await asking.read())["asked"] is None
    assert (await asking.api.post(f"{asking.desk}/move/accept", headers=asking.bearer)).status_code == 409
