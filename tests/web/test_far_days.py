"""Days at the ends of what a date can be are refused at their field, and break nothing that others ask."""

from __future__ import annotations

import httpx
import pytest

from services.kernel.work import Database
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import key, times

ENDS = ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"]


@pytest.mark.parametrize("day", ENDS)
async def test_free_times_and_bookings_of_such_days_are_a_field_error(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, day: str
) -> None:
    world = await live_clinic(database)
    await times(api, clock, world)  # what is kept from then on is asked about any days
    asked = {
        f"/clinics/{world.slug}/treatments/{world.treatment_id}/slots": {},
        f"/manage/{world.slug}/bookings": world.bearer,
    }
    for path, headers in asked.items():
        answer = await api.get(path, params={"from": day, "to": day}, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "from"), path


@pytest.mark.parametrize("day", ENDS)
async def test_other_hours_on_such_days_are_refused_and_times_stay_offered(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, day: str
) -> None:
    world = await live_clinic(database)
    for path in (f"locations/{world.location_id}", f"practitioners/{world.practitioner_id}"):
        for days in ({"first_on": day}, {"first_on": "2199-12-01", "last_on": day}):
            answer = await api.post(
                f"/manage/{world.slug}/{path}/exceptions",
                json={"kind": "closed", **days},
                headers={**world.bearer, **key()},
            )
            assert answer.status_code == 422, answer.text
    assert await times(api, clock, world)


async def test_the_last_days_of_the_calendar_can_be_closed(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    answer = await api.post(
        f"/manage/{world.slug}/locations/{world.location_id}/exceptions",
        json={"kind": "closed", "first_on": "2199-12-31"},
        headers={**world.bearer, **key()},
    )
    assert answer.status_code == 201
    assert await times(api, clock, world)
