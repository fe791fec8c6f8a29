"""The unit of work: one transaction under one scope."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import AuditEvent, Outbox, PersonKey
from services.kernel.scope import Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from tests.fixtures import MovableClock

KEYS, OUTBOX, AUDIT = table(PersonKey), table(Outbox), table(AuditEvent)


async def _write_key(database: Database, clinic_id: UUID, *, row_of: UUID) -> None:
    async with database.begin(ClinicScope(clinic_id)) as work:
        await work.execute(
            insert(KEYS).values(clinic_id=row_of, person_id=new_id(), wrapped=b"x", created_at=work.now)
        )


async def test_a_scope_sees_its_own_rows_alone(database: Database) -> None:
    here, there = new_id(), new_id()
    await _write_key(database, here, row_of=here)
    await _write_key(database, there, row_of=there)
    async with database.begin(ClinicScope(here)) as work:
        assert [row.clinic_id for row in await work.rows(select(KEYS))] == [here]


async def test_no_scope_sees_no_row(database: Database) -> None:
    here = new_id()
    await _write_key(database, here, row_of=here)
    async with database.begin(PublicScope()) as work:
        assert await work.rows(select(KEYS)) == []


async def test_a_row_of_another_clinic_cannot_be_written(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        await _write_key(database, new_id(), row_of=new_id())


async def test_the_platform_sees_all_rows(database: Database) -> None:
    for clinic_id in (new_id(), new_id()):
        await _write_key(database, clinic_id, row_of=clinic_id)
    async with database.begin(PlatformScope("a test counts rows")) as work:
        assert len(await work.rows(select(KEYS))) == 2


async def test_what_happened_is_written_with_the_data_or_not_at_all(database: Database) -> None:
    clinic_id = new_id()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  the block is what is undone
        async with database.begin(ClinicScope(clinic_id)) as work:
            work.announce(Event("thing.happened", {"thing_id": "1"}))
            work.audit("thing.do", "thing", clinic_id)
            raise ZeroDivisionError
    async with database.begin(ClinicScope(clinic_id, Actor("job", label="test"))) as work:
        work.announce(Event("thing.happened", {"thing_id": "2"}))
        work.audit("thing.do", "thing", clinic_id, size=3)
    async with database.begin(PlatformScope("a test reads the outbox")) as work:
        events = await work.rows(select(OUTBOX))
        audits = await work.rows(select(AUDIT))
    assert [(row.clinic_id, row.payload) for row in events] == [(clinic_id, {"thing_id": "2"})]
    assert [(row.action, row.by_label, row.detail) for row in audits] == [("thing.do", "test", {"size": 3})]


async def test_an_audit_event_cannot_be_changed_by_anyone(database: Database, superuser: AsyncEngine) -> None:
    async with database.begin(PublicScope()) as work:
        work.audit("thing.do", "thing", new_id())
    async with database.begin(PublicScope()) as work:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await work.execute(AUDIT.update().values(action="nothing"))
    async with superuser.connect() as connection:
        with pytest.raises(Exception, match="never changed"):
            await connection.execute(AUDIT.delete())


async def test_the_clock_is_moved_for_every_unit_of_work(database: Database, clock: MovableClock) -> None:
    before = await clock.now()
    after = await clock.advance(timedelta(days=30))
    assert timedelta(days=30) <= after - before < timedelta(days=30, minutes=1)
