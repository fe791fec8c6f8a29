"""The record of a client who was erased: nobody's for good. Nothing is added to it, and no name or key comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clients import merging, notes
from services.clients import service as clients
from services.clients.schemas import ClientIn, ClientPatch, Merge, NewNote
from services.courses import photos
from services.courses.booking import book_missing_session
from services.courses.photo_schemas import NewPhoto
from services.kernel.ids import new_id
from services.kernel.vault import Erased
from services.kernel.work import ClinicWork, Database
from services.notices.unsubscribing import unsubscribe
from services.privacy import asking
from services.privacy.person import Person
from services.privacy.schemas import Erase
from services.scheduling import service as scheduling
from services.screening import consents, marketing
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.clinics.photos import photo
from tests.services.notices.visits import complete, whole_course
from workers.inline import drain

Deed = Callable[[ClinicWork, UUID, UUID], Awaitable[object]]


async def name_again(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    return await clients.update_client(
        work, client_id, ClientPatch(name="Ana Torres", email="ana@example.test")
    )


async def write_note(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    return await notes.add_note(work, client_id, NewNote(text="This was Ana."))


async def merge_into_another(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    other = await clients.add_client(work, ClientIn(name="Ana Torres", email=f"{new_id().hex}@example.test"))
    return await merging.merge_clients(work, other.id, Merge(other_id=client_id))


async def merge_another_into_it(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    other = await clients.add_client(work, ClientIn(name="Ana Torres", email=f"{new_id().hex}@example.test"))
    return await merging.merge_clients(work, client_id, Merge(other_id=other.id))


async def consent_for_them(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    await consents.decide(work, client_id, "photos", "given", "Ana Torres")
    return None


async def allow_offers(work: ClinicWork, client_id: UUID, _: UUID) -> object:
    return await marketing.choose_marketing(work, client_id, "desk", allowed=True)


async def add_photo(work: ClinicWork, _: UUID, group_id: UUID) -> object:
    given = NewPhoto(pose="front", consent=True, signed_name="Ana Torres")
    return await photos.add_photo(
        work, await scheduling.list_group(work, group_id), given, photo(), by_clinic=True
    )


async def book_again(work: ClinicWork, _: UUID, group_id: UUID) -> object:
    return await book_missing_session(work, group_id, work.now)


DEEDS: tuple[Deed, ...] = (
    name_again,
    write_note,
    merge_into_another,
    merge_another_into_it,
    consent_for_them,
    allow_offers,
    add_photo,
    book_again,
)


async def _erased(database: Database, clock: MovableClock) -> tuple[World, UUID, UUID]:
    """A clinic, and the record and course of a client who was erased after the first session."""
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    async with database.begin(world.scope) as work:
        first = await scheduling.get_booking(work, ids[0])
        await marketing.choose_marketing(work, first.client_id, "desk", allowed=True)
    yes = Erase(understood=True, cancel_bookings=True)
    await asking.begin_erasure(database, Person(email="ana@example.test"), yes)
    await drain(database, MailboxOnly())
    return world, first.client_id, first.group_id


async def _keys(superuser: AsyncEngine) -> object:
    async with superuser.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM person_key"))).scalar_one()


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_nothing_is_added_to_it(
    database: Database, clock: MovableClock, superuser: AsyncEngine, deed: Deed
) -> None:
    world, client_id, group_id = await _erased(database, clock)
    with pytest.raises(Erased):
        async with database.begin(world.scope) as work:
            await deed(work, client_id, group_id)
    assert await _keys(superuser) == 0


async def test_the_way_out_of_news_still_works_and_leaves_no_key(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world, client_id, _ = await _erased(database, clock)
    async with database.begin(world.scope) as work:
        assert not await unsubscribe(work, client_id)
    assert await _keys(superuser) == 0
