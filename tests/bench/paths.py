"""The hot paths, called as a client of the HTTP interface would; and the clinic that they are called for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.factories import World, add_practitioner, booking_body, free_slots, live_clinic
from workers.inline import drain

WEEKS = 40


Web = Callable[..., Awaitable[None]]
"""Sends a request, given method, path and what the client's library takes; raises for an answer that is no success."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Calls by number, so that no two book the same time."""

    web: Web
    world: World
    free: list[datetime]

    async def plain(self, _: int) -> None:
        """An answer without any work."""
        await self.web("GET", "/healthz")

    async def search(self, _: int) -> None:
        """Search by concern and place."""
        await self.web("GET", "/api/v1/search?concern=acne_scars&place=Austin")

    async def search_page(self, _: int) -> None:
        """The same as a page."""
        await self.web("GET", "/search?concern=acne_scars&place=Austin")

    async def listing(self, _: int) -> None:
        """The listing page."""
        await self.web("GET", f"/c/{self.world.slug}")

    async def slots(self, number: int) -> None:
        """Free times of one day."""
        day = self.free[number % len(self.free)].date().isoformat()
        address = f"/api/v1/clinics/{self.world.slug}/treatments/{self.world.treatment_id}/slots"
        await self.web("GET", f"{address}?from={day}&to={day}")

    async def book(self, number: int) -> None:
        """A booking of a free time."""
        await self.web(
            "POST",
            "/api/v1/bookings",
            json=booking_body(self.world, self.free[number], email=f"client{number}@example.test"),
            headers={"Idempotency-Key": new_id().hex},
        )


async def make_world(database: Database, bookings: int) -> tuple[World, list[datetime]]:
    """A live clinic, and times that can all be booked, one visit each."""
    world = await live_clinic(database)
    await add_practitioner(database, world)
    await drain(database, MailboxOnly())
    free: list[datetime] = []
    for week in range(1, WEEKS):
        last: datetime | None = None
        for slot in await free_slots(database, world, in_days=week * 7, days=7):
            if last is None or slot.starts_at >= last:
                free.append(slot.starts_at)
                last = slot.ends_at
        if len(free) >= bookings:
            return world, free
    raise LookupError("the benchmark's clinic has too few free times")
