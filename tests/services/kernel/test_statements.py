"""Statements that were built once: the same rows, defaults and errors as through SQLAlchemy."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asyncpg import Connection
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.adding import Adding
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.models import IdempotentReply, Timer, TimerState
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.statements import Prepared, given, is_among, is_one_of
from services.kernel.tables import table
from services.kernel.vault import Erased, destroy_key, make_key, open_for, seal_for
from services.kernel.work import ClinicWork, Database

_TIMERS = table(Timer)
_ADD = Adding(_TIMERS)
# By the list alone: a state beside it may be planned for by how many rows have it, which is another matter.
_BY_LIST = Prepared(select(_TIMERS.c.due_at).where(is_among(_TIMERS.c.subject_id, "subjects")))
_ANY_OF = Prepared(
    select(_TIMERS)
    .where(is_among(_TIMERS.c.subject_id, "subjects"), _TIMERS.c.state == TimerState.WAITING)
    .order_by(_TIMERS.c.version)
)


def timer(database: Database, **values: Any) -> dict[str, Any]:
    now = database.now(0)
    return {"id": new_id(), "kind": "a.kind", "payload": {"a": [1]}, "due_at": now} | values


async def test_rows_come_back_as_they_went_in_and_what_was_left_out_is_the_default(
    database: Database,
) -> None:
    subject = new_id()
    rows = [timer(database, subject_id=subject, version=number) for number in range(3)]
    async with database.begin(PublicScope()) as work:
        await work.add((_ADD, rows))
        found = await work.fetch(_ANY_OF, subjects=[subject, new_id()])
        plain = await work.rows(
            select(_TIMERS).where(_TIMERS.c.subject_id == subject).order_by(_TIMERS.c.version)
        )
    assert [one._asdict() for one in found] == [row._asdict() for row in plain]
    assert [(one.version, one.payload, one.state, one.clinic_id) for one in found] == [
        (number, {"a": [1]}, "waiting", None) for number in range(3)
    ]


async def test_nothing_to_send_sends_nothing_and_nothing_found_is_none(database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        await work.add((_ADD, []))
        assert await work.fetch_one(_ANY_OF, subjects=[new_id()]) is None
        assert await work.fetch(_ANY_OF, subjects=[]) == []


async def test_a_statement_with_a_list_is_planned_once_and_not_for_each_list(database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        for _ in range(12):
            await work.fetch(_BY_LIST, subjects=[new_id()])
        planned = await work.row(
            text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE :sql"),
            {"sql": "SELECT timer.due_at %"},
        )
    assert planned is not None
    assert planned.custom_plans <= 5
    assert planned.generic_plans >= 7


async def test_a_value_that_is_missing_is_named(database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        with pytest.raises(KeyError, match="subjects"):
            await work.fetch(_ANY_OF)
        with pytest.raises(KeyError, match="subject_id"):
            await work.add((_ADD, [timer(database)]))


async def test_what_the_driver_raises_reads_like_any_error_of_the_database(database: Database) -> None:
    row = timer(database, subject_id=new_id(), state="unheard-of")
    with pytest.raises(DBAPIError) as refused:
        async with database.begin(PublicScope()) as work:
            await work.add((_ADD, [row]))
    assert getattr(refused.value.orig, "sqlstate", None) == "23514"
    assert not refused.value.connection_invalidated


async def test_a_savepoint_undoes_what_failed_and_keeps_what_was_before(database: Database) -> None:
    subject = new_id()
    async with database.begin(PublicScope()) as work:
        await work.add((_ADD, [timer(database, subject_id=subject)]))
        twice = [timer(database, subject_id=subject, version=one) for one in (1, 1)]
        with pytest.raises(DBAPIError):
            async with work.savepoint():
                await work.add((_ADD, twice))
        async with work.savepoint():
            await work.add((_ADD, [timer(database, subject_id=subject, version=2)]))
    async with database.begin(PublicScope()) as work:
        assert [one.version for one in await work.fetch(_ANY_OF, subjects=[subject])] == [0, 2]


async def test_a_key_that_was_made_in_vain_seals_nothing(database: Database) -> None:
    scope, somebody = ClinicScope(new_id()), new_id()

    async def in_vain(work: ClinicWork) -> None:
        async with work.savepoint():
            await seal_for(work, somebody, b"in vain")
            raise NotFound

    async with database.begin(scope) as work:
        with pytest.raises(NotFound):
            await in_vain(work)
        box = await seal_for(work, somebody, b"for good")
    async with database.begin(scope) as work:
        assert await open_for(work, somebody, box) == b"for good"


async def test_the_key_of_somebody_new_is_kept_with_the_commit_and_can_be_destroyed_before(
    database: Database,
) -> None:
    scope, kept, gone = ClinicScope(new_id()), new_id(), new_id()
    async with database.begin(scope) as work:
        boxes = {}
        for somebody in (kept, gone):
            make_key(work, somebody)
            boxes[somebody] = await seal_for(work, somebody, b"a word")
        await destroy_key(work, gone)
    async with database.begin(scope) as work:
        assert await open_for(work, kept, boxes[kept]) == b"a word"
        with pytest.raises(Erased):
            await open_for(work, gone, boxes[gone])


async def test_a_lost_connection_is_told_as_lost(database: Database) -> None:
    async def ask_in_vain() -> None:
        async with database.begin(PublicScope()) as work:
            work.driver.terminate()
            await work.fetch(_ANY_OF, subjects=[])

    with pytest.raises(DBAPIError) as lost:
        await ask_in_vain()
    assert lost.value.connection_invalidated


async def test_a_parameter_may_have_another_name(database: Database) -> None:
    kept = table(IdempotentReply)
    by_key = Prepared(select(kept.c.status).where(kept.c.key_hash == given(kept.c.key_hash, "sought")))
    async with database.begin(PublicScope()) as work:
        assert await work.fetch_one(by_key, sought="none") is None


async def test_a_list_that_stands_in_the_statement_is_asked_for_and_another_way_is_refused(
    database: Database,
) -> None:
    subject = new_id()
    of_subject = _TIMERS.c.subject_id == given(_TIMERS.c.subject_id)
    states = [TimerState.FIRED, TimerState.WAITING]
    async with database.begin(PublicScope()) as work:
        await work.add((_ADD, [timer(database, subject_id=subject)]))
        found = await work.fetch(
            Prepared(select(_TIMERS.c.id).where(of_subject, is_one_of(_TIMERS.c.state, states))),
            subject_id=subject,
        )
        with pytest.raises(TypeError, match="is_among"):
            await work.fetch(Prepared(select(_TIMERS.c.id).where(of_subject, _TIMERS.c.state.in_(states))))
    assert len(found) == 1


async def test_connections_that_were_lost_while_idle_are_replaced_and_fail_nobody(
    database: Database, superuser: AsyncEngine
) -> None:
    async with database.begin(PublicScope()) as work, database.begin(PublicScope()) as other:
        both = [(await one.ask("SELECT pg_backend_pid() AS pid"))["pid"] for one in (work, other)]
    async with superuser.begin() as connection:
        for pid in both:
            assert await connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    pids = []
    for _ in both:
        async with database.begin(PublicScope()) as work:
            pids.append((await work.ask("SELECT pg_backend_pid() AS pid"))["pid"])
    assert not set(pids) & set(both)
    assert (await database.ask("SELECT 1 AS one"))["one"] == 1


@pytest.mark.parametrize("step", ["BEGIN", "COMMIT", "ROLLBACK"])
async def test_a_transaction_broken_off_at_its_edge_leaves_no_connection_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    execute = Connection.execute

    async def broken_off(self: Connection[Any], statement: str, *given: Any, **more: Any) -> str:
        if statement.startswith(step):
            raise asyncio.CancelledError
        return str(await execute(self, statement, *given, **more))

    async def one() -> int:
        async with database.begin(PublicScope()) as work:
            pid: int = (await work.ask("SELECT pg_backend_pid() AS pid"))["pid"]
            if step == "ROLLBACK" and patched:
                raise LookupError
        return pid

    patched = False
    before = await one()
    with monkeypatch.context() as patch:
        patched = True
        patch.setattr(Connection, "execute", broken_off)
        with pytest.raises(asyncio.CancelledError):
            await one()
    patched = False
    assert await one() != before
