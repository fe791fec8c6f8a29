"""Forty people press 'book' for one time at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

import httpx

from services.kernel.work import Database
from tests.factories import booking_body, free_slots, live_clinic


async def test_one_gets_the_time_and_nobody_meets_an_error(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    connections = asyncio.Semaphore(16)

    async def press(number: int) -> httpx.Response:
        body = booking_body(world, slots[8].starts_at, email=f"p{number}@example.test")
        async with connections:
            return await api.post("/bookings", json=body, headers={"Idempotency-Key": uuid4().hex})

    answers = await asyncio.gather(*(press(number) for number in range(40)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 39}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {body["type"].rpartition("/")[2] for body in refused} == {"slot-taken"}
    assert all(body["alternatives"] for body in refused)


async def test_one_key_pressed_often_at_once_books_once(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    body = booking_body(world, (await free_slots(database, world))[8].starts_at)
    key = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(api.post("/bookings", json=body, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer.json()["reference"] for answer in answers if answer.status_code == 201]
    assert len(set(made)) == 1
    again = await api.post("/bookings", json=body, headers=key)
    assert (again.status_code, again.json()["reference"]) == (201, made[0])
