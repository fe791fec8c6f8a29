"""Events, actors and looks at deliveries for tests of the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from infra.platform.mail import MailboxOnly
from services.kernel import deliveries
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import Delivery, PersonKey
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import AnyWork, Database
from workers.actor import Actor, Outside, ScopeName
from workers.engine import Engine, Outcome

DELIVERIES, KEYS = table(Delivery), table(PersonKey)
RELAY = PlatformScope("a test plays the relay")
ROUTES = {"thing.happened": ("note_thing",)}


def engine(database: Database, *actors: Actor) -> Engine:
    return Engine(Outside(database, MailboxOnly(), "us@needlewise.test"), {one.name: one for one in actors})


def actor_of(
    function: Callable[..., Awaitable[Any]], scope: ScopeName = "clinic", *, absorbs: bool = False
) -> Actor:
    return Actor(function.__name__, function, scope, "default", outside=False, absorbs=absorbs)


async def note_thing(work: AnyWork, ids: Mapping[str, str]) -> None:
    """An effect that shows how often it happened: a new row each time."""
    await work.execute(
        KEYS.insert().values(
            clinic_id=UUID(ids["clinic_id"]), person_id=new_id(), wrapped=b"x", created_at=work.now
        )
    )


async def announce(database: Database, clinic_id: UUID | None, name: str = "thing.happened") -> None:
    scope = ClinicScope(clinic_id) if clinic_id else PublicScope()
    async with database.begin(scope) as work:
        work.announce(Event(name, {"clinic_id": str(clinic_id or "")}))


async def relay_turn(
    database: Database, routes: Mapping[str, tuple[str, ...]] = ROUTES, *, limit: int = 100, again: int = 10
) -> list[deliveries.Handed]:
    async with database.begin(RELAY) as work:
        await deliveries.fire_timers(work, 100)
        await deliveries.route_outbox(work, routes, 100)
        return await deliveries.hand_out(work, limit, timedelta(seconds=again))


async def run(engine_: Engine, handed: deliveries.Handed) -> Outcome:
    return (await engine_.run([handed.id], handed.clinic_id, handed.actor))[handed.id]


async def delivery_rows(database: Database) -> list[Row[Any]]:
    async with database.begin(RELAY) as work:
        return await work.rows(select(DELIVERIES).order_by(DELIVERIES.c.id))


async def effects(database: Database) -> int:
    async with database.begin(RELAY) as work:
        return len(await work.rows(select(KEYS)))
