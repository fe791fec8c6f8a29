"""The paths that are measured, and the bare work that each is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import text

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from tests.factories import World, add_practitioner, booking_body, free_slots, live_clinic
from workers.inline import drain

_CLAIM = text(
    "INSERT INTO person_key (clinic_id, person_id, wrapped, created_at) VALUES (:clinic, :person, 'x', :now)"
)
_WRITES_OF_A_BOOKING = 12
"""Client, answers, consent, booking, reference, four claims, timer, outbox, audit."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Calls by number, so that no two book the same time."""

    database: Database
    client: httpx.AsyncClient
    world: World
    free: list[datetime]

    async def plain(self, _: int) -> None:
        """A response without any work."""
        await self._get("/healthz")

    async def one_query(self, _: int) -> None:
        """A scope and one statement under it."""
        async with self.database.begin(self.world.scope) as work:
            await work.scalar(text("SELECT count(*) FROM room"))

    async def bare_booking(self, _: int) -> None:
        """As many writes as a booking makes, in one unit of work."""
        async with self.database.begin(ClinicScope(self.world.clinic_id)) as work:
            for _write in range(_WRITES_OF_A_BOOKING):
                await work.execute(
                    _CLAIM, {"clinic": self.world.clinic_id, "person": new_id(), "now": work.now}
                )

    async def search(self, _: int) -> None:
        """Search by concern and place."""
        await self._get("/api/v1/search?concern=acne_scars&place=Austin")

    async def listing(self, _: int) -> None:
        """The listing page."""
        await self._get(f"/c/{self.world.slug}")

    async def slots(self, number: int) -> None:
        """Free times of one day."""
        day = self.free[number % len(self.free)].date().isoformat()
        address = f"/api/v1/clinics/{self.world.slug}/treatments/{self.world.treatment_id}/slots"
        await self._get(f"{address}?from={day}&to={day}")

    async def book(self, number: int) -> None:
        """A booking of a free time, by the API."""
        answer = await self.client.post(
            "/api/v1/bookings",
            json=booking_body(self.world, self.free[number], email=f"client{number}@example.test"),
            headers={"Idempotency-Key": new_id().hex},
        )
        answer.raise_for_status()

    async def _get(self, address: str) -> None:
        (await self.client.get(address)).raise_for_status()


async def make_world(database: Database, bookings: int) -> tuple[World, list[datetime]]:
    """A live clinic, and times that can all be booked, one visit each."""
    world = await live_clinic(database)
    await add_practitioner(database, world)
    await drain(database, MailboxOnly())
    free: list[datetime] = []
    for week in range(1, 16):
        last: datetime | None = None
        for slot in await free_slots(database, world, in_days=week * 7, days=7):
            if last is None or slot.starts_at >= last:
                free.append(slot.starts_at)
                last = slot.ends_at
        if len(free) >= bookings:
            return world, free
    raise LookupError("the benchmark's clinic has too few free times")
