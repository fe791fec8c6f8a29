"""What a program sends when it books."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.factories import World, booking_body
from tests.fixtures import MovableClock


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def days(clock: MovableClock, first: int, last: int) -> dict[str, str]:
    today = (await clock.now()).date()
    return {
        "from": (today + timedelta(days=first)).isoformat(),
        "to": (today + timedelta(days=last)).isoformat(),
    }


async def times(
    api: httpx.AsyncClient, clock: MovableClock, world: World, **query: str
) -> list[dict[str, Any]]:
    answer = await api.get(
        f"/clinics/{world.slug}/treatments/{world.treatment_id}/slots",
        params={**(await days(clock, 7, 7)), **query},
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def book(
    api: httpx.AsyncClient,
    world: World,
    starts_at: str,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    body = booking_body(world, datetime.fromisoformat(starts_at), **options)
    return await api.post(
        "/bookings", json=body | {"starts_at": starts_at}, headers={**key(), **(headers or {})}
    )
