"""What pages and the API book may be done anew: it counts once, and who edits the clinic is in no circle of waiting."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.assembly import Adapters
from services.clients.service import find_or_create_client
from services.courses.booking import book
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerPatch
from services.scheduling import holding
from services.scheduling.errors import SlotTaken
from services.scheduling.people import bind_person
from services.scheduling.schemas import HeldTime, VisitWish
from tests.factories import World, book_one, booking_in, free_slots, live_clinic, person
from tests.product import eventually
from tests.services.accounts.people import throttled
from tests.services.scheduling.both import signs_in_as

SOMEBODY_WAITS = """SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def done_or_waits(superuser: AsyncEngine, task: asyncio.Task[None]) -> bool:
    async with superuser.connect() as connection:
        return task.done() or bool(await connection.scalar(text(SOMEBODY_WAITS)))


@pytest.fixture
async def world(database: Database) -> World:
    return await live_clinic(database)


async def free_at(database: Database, world: World) -> datetime:
    return (await free_slots(database, world))[4].starts_at


async def test_a_hold_that_is_laid_anew_counts_once(
    database: Database, adapters: Adapters, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "HOLDS_AN_HOUR", 1)
    at, tries = await free_at(database, world), list[bool]()

    async def do(work: ClinicWork) -> HeldTime:
        tries.append(work.anew)
        held = await holding.hold_time(work, VisitWish(world.treatment_id, at), "192.0.2.1")
        if not work.anew:
            await book_one(database, world, at)
        return held

    with pytest.raises(SlotTaken):
        await throttled(database, adapters).run(world.scope, do)
    assert tries == [False, True]


async def test_who_books_and_who_renames_the_practitioner_wait_in_no_circle(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    wanted = booking_in(world, await free_at(database, world))
    new_client_added = asyncio.Event()

    async def rename() -> None:
        await new_client_added.wait()
        async with database.begin(world.scope) as work:
            patch = PractitionerPatch(name="Mira Holm-Rey")
            await practitioners.update_practitioner(work, world.practitioner_id, patch)

    renaming = asyncio.create_task(rename())

    async def do(work: ClinicWork) -> None:
        # The client points to the clinic, the visit to the practitioner; a new name locks them the other way round.
        await find_or_create_client(work, name=wanted.client.name, email=wanted.client.email)
        new_client_added.set()
        await eventually(lambda: done_or_waits(superuser, renaming), "it is renamed, or that waits", 5)
        await book(work, wanted)

    outcomes = await asyncio.gather(database.run(world.scope, do), renaming, return_exceptions=True)
    assert not any(outcomes), outcomes


async def test_who_books_what_is_held_and_who_binds_it_to_another_person_wait_in_no_circle(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    before, now = (await person(database, "Mira Holm"))[0], (await person(database, "Nora Holm"))[0]
    await signs_in_as(database, world, before)
    at, hold_given_up = await free_at(database, world), asyncio.Event()
    async with database.begin(world.scope) as work:
        held = await holding.hold_time(work, VisitWish(world.treatment_id, at), "192.0.2.1")
    await signs_in_as(database, world, now, bound=False)

    async def bind() -> None:
        await hold_given_up.wait()
        async with database.begin(world.scope) as work:
            await bind_person(work, world.practitioner_id)

    binding = asyncio.create_task(bind())

    async def do(work: ClinicWork) -> None:
        await book(work, booking_in(world, at).model_copy(update={"hold": held.token}))
        hold_given_up.set()
        await eventually(lambda: done_or_waits(superuser, binding), "it is bound anew, or that waits", 5)

    outcomes = await asyncio.gather(database.run(world.scope, do), binding, return_exceptions=True)
    assert not any(outcomes), outcomes
