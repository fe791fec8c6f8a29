"""Migrations that fill tables see the rows of every clinic, though the role that owns the tables may not read them."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infra.ops.migrations.run import upgrade
from infra.ops.product import open_database
from infra.platform.mail import MailboxOnly
from infra.platform.settings import Settings
from services.kernel.ids import new_id
from services.kernel.scope import PlatformScope, PublicScope
from services.notices import service as notices
from services.notices.schemas import Message
from services.reviews import service as reviews
from tests.factories import book_one, live_clinic
from tests.product import eventually
from tests.servers import fresh_database, worker_number
from workers.inline import drain

_QUARTERS = (
    "SELECT clinic_id, subject, reviews, total_sum, stars_5 FROM review_figure WHERE subject_kind = 'quarter'"
)
_RESOURCES = "SELECT clinic_id, id, resource_kind FROM resource ORDER BY id"
_REVIEW = """
    INSERT INTO review (clinic_id, id, invitation_id, booking_id, practitioner_id, treatment_id, location_id, stage,
        author, result, comfort, cleanliness, explanation, value, total, body, state, created_at, counted_at)
    SELECT clinic_id, gen_random_uuid(), gen_random_uuid(), id, practitioner_id, treatment_id, location_id, 'session',
        'Ana T.', 5, 5, 5, 4, 4, 23, '', 'published', now(), now() FROM booking
"""


async def _rows(owner: AsyncEngine, question: str) -> list[tuple[object, ...]]:
    async with owner.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(question))]


async def test_what_was_there_before_is_summed_up_by_quarter_and_can_be_locked(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    url = await fresh_database(f"needlewise_data_{worker_number(request.config)}")
    owner = create_async_engine(url, poolclass=NullPool)
    async with open_database(settings.model_copy(update={"database_url": url})) as database:
        world = await live_clinic(database)
        await book_one(database, world)
    before = await _rows(owner, _RESOURCES)
    assert before
    async with owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(_REVIEW))
        await connection.execute(text("DELETE FROM resource"))
        newest = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0031'"))
    await asyncio.to_thread(upgrade, url, "0033")
    async with owner.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    assert await _rows(owner, _RESOURCES) == before
    ((clinic_id, _, *sums),) = await _rows(owner, _QUARTERS)
    assert (clinic_id, sums) == (world.clinic_id, [1, 23, 1])
    async with (
        open_database(settings.model_copy(update={"database_url": url})) as database,
        database.begin(PlatformScope("a test makes sums again")) as work,
    ):
        await reviews.rebuild_figures(work, [world.clinic_id])
    assert (await _rows(owner, _QUARTERS))[0][2:] == (1, 23, 1)
    await owner.dispose()


async def test_messages_from_before_are_found_by_the_visit_they_are_about(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    url = await fresh_database(f"needlewise_about_{worker_number(request.config)}")
    owner = create_async_engine(url, poolclass=NullPool)
    async with open_database(settings.model_copy(update={"database_url": url})) as database:
        world = await live_clinic(database)
        await book_one(database, world)
        async with database.begin(PublicScope()) as public:
            words = (new_id(), 0, "ana@example.test", "Hello", "Hello", "<p>Hello</p>")
            await notices.queue(public, Message("account.verify_email", *words))
        await drain(database, MailboxOnly())
    about = "SELECT about FROM notice WHERE notice_kind LIKE 'booking.confirmed.%'"
    ((booking_id,),) = await _rows(owner, "SELECT id FROM booking")
    assert await _rows(owner, about) == [(booking_id,)] * 2
    before = await _rows(owner, "SELECT id, about FROM notice ORDER BY id")
    assert {row[1] for row in before} == {None, booking_id}
    async with owner.begin() as connection:
        await connection.execute(text("ALTER TABLE notice DROP COLUMN about"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0035'"))
    await asyncio.to_thread(upgrade, url, "0036")
    assert await _rows(owner, "SELECT id, about FROM notice ORDER BY id") == before
    await owner.dispose()


_CALLED_BACK = """
    INSERT INTO session_record (clinic_id, booking_id, version, areas, depth_mm, lot, topicals, recorded_at, why)
    SELECT clinic_id, id, version, '{face}', 1, lot, '{}', now() - make_interval(days => 3 - version), ''::bytea
    FROM booking, (VALUES (1, 'lot-22 91'), (2, 'LOT-2291')) AS written (version, lot);
    INSERT INTO lot_recall (clinic_id, id, lot, words, started_by, started_at)
    SELECT clinic_id, gen_random_uuid(), typed, '', '', now()
    FROM booking, (VALUES ('Lot-2291'), ('nobody-s')) AS typed (typed);
    INSERT INTO platform_recall (id, lot, words, started_by, started_at)
    VALUES (gen_random_uuid(), 'lot -2291', '', '', now());
    ALTER TABLE recalled_person DROP COLUMN rung_at, DROP COLUMN rung_by;
    UPDATE alembic_version SET version_num = '0044'
"""


async def test_a_recall_from_before_is_said_as_it_was_recorded_last(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    url = await fresh_database(f"needlewise_lots_{worker_number(request.config)}")
    owner = create_async_engine(url, poolclass=NullPool)
    async with open_database(settings.model_copy(update={"database_url": url})) as database:
        await book_one(database, await live_clinic(database))
    async with owner.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _CALLED_BACK.split(";"):
            await connection.execute(text(statement))
    await asyncio.to_thread(upgrade, url, "0045")
    said = await _rows(owner, "SELECT lot FROM lot_recall ORDER BY lot")
    assert said == [("LOT-2291",), ("nobody-s",)]
    assert await _rows(owner, "SELECT lot FROM platform_recall") == [("LOT-2291",)]
    await owner.dispose()


async def test_what_one_migration_locks_nobody_waits_for_while_another_one_runs(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    url = await fresh_database(f"needlewise_apart_{worker_number(request.config)}")
    owner = create_async_engine(url, poolclass=NullPool)
    async with owner.begin() as connection:
        await connection.execute(text("ALTER TABLE booking DROP COLUMN answered_at, DROP COLUMN given_back"))
        await connection.execute(text("DROP TABLE treatment_room"))
        await connection.execute(text("DROP INDEX ix_delivery_done"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0036'"))
    async with owner.connect() as reader:
        await reader.execute(text("SELECT count(*) FROM review"))
        migrating = asyncio.create_task(asyncio.to_thread(upgrade, url, "0042"))
        await eventually(lambda: _waits(owner), "a migration waits for who reads reviews", 10)
        assert await _rows(owner, "SELECT given_back FROM booking") == []
        await reader.rollback()
        await migrating
    await owner.dispose()


async def _waits(owner: AsyncEngine) -> bool:
    question = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'review'::regclass"
    return bool(await _rows(owner, question))
