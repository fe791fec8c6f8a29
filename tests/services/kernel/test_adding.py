"""Rows of several tables in one round trip: whole, in order, at once or with the commit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from services.accounts.models import Account
from services.kernel.adding import Added, Adding
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import AuditEvent, IdempotentReply, Outbox, Timer
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.statements import given
from services.kernel.tables import table
from services.kernel.work import Database, UnitOfWork
from tests.bench.limits import recorded

TIMERS, REPLIES, ACCOUNTS = table(Timer), table(IdempotentReply), table(Account)
TIMER, REPLY = Adding(TIMERS), Adding(REPLIES, "ON CONFLICT DO NOTHING")
AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
PLATFORM = PlatformScope("a test looks at rows")
ADD_AND_READ = Added(
    select(TIMERS.c.version, TIMERS.c.state)
    .where(TIMERS.c.kind == given(TIMERS.c.kind))
    .order_by(TIMERS.c.version),
    TIMER,
    REPLY,
)


def timer(**values: Any) -> dict[str, Any]:
    return {"id": new_id(), "kind": "a.kind", "subject_id": new_id(), "payload": {}, "due_at": AT} | values


def reply(key: str, **values: Any) -> dict[str, Any]:
    return {"key_hash": key, "fingerprint": "f", "status": 201, "reply": b"", "created_at": AT} | values


async def count(database: Database, model: type[Any], *conditions: Any) -> int:
    async with database.begin(PLATFORM) as work:
        return int(await work.scalar(select(func.count()).select_from(table(model)).where(*conditions)))


async def test_values_come_back_as_they_went_in(database: Database) -> None:
    payload = {"a": [1, None, "Grüße 🌱 \\ \" '"], "b": {"c": True}}
    content = bytes(range(256))
    key = new_id().hex
    one = timer(payload=payload, version=7)
    async with database.begin(PublicScope()) as work:
        await work.add((TIMER, [one]), (REPLY, [reply(key, reply=content)]))
        kept = await work.row(select(TIMERS).where(TIMERS.c.id == one["id"]))
        answer = await work.row(select(REPLIES).where(REPLIES.c.key_hash == key))
    assert kept is not None
    assert answer is not None
    assert (kept.payload, kept.due_at, kept.version, kept.state) == (payload, AT, 7, "waiting")
    assert (kept.clinic_id, kept.subject_id) == (None, one["subject_id"])
    assert (bytes(answer.reply), answer.status, answer.created_at) == (content, 201, AT)


async def test_rows_are_read_while_they_are_added_and_those_that_were_there_are_not(
    database: Database,
) -> None:
    key = new_id().hex
    async with database.begin(PublicScope()) as work:
        await work.add((TIMER, [timer(version=1)]))
        with recorded() as seen:
            rows = [timer(version=3), timer(version=2), timer(version=4, kind="another.kind")]
            found = await work.fetch(ADD_AND_READ, kind="a.kind", added=(rows, [reply(key)]))
    assert [tuple(row) for row in found] == [(2, "waiting"), (3, "waiting")]
    assert len(seen) == 1
    assert await count(database, Timer, TIMERS.c.id.in_([row["id"] for row in rows])) == len(rows)
    assert await count(database, IdempotentReply, REPLIES.c.key_hash == key) == 1


async def test_several_tables_cost_one_statement_and_none_costs_nothing(database: Database) -> None:
    with recorded() as seen:
        async with database.begin(PublicScope()) as work:
            before = len(seen)
            await work.add((TIMER, []), (REPLY, []))
            assert len(seen) == before
            await work.add((TIMER, [timer() for _ in range(3)]), (REPLY, [reply(new_id().hex)]))
            assert len(seen) == before + 1


async def test_what_is_wrong_is_said_and_nothing_of_it_is_added(database: Database) -> None:
    good, bad = timer(), timer(state="unheard-of")
    with pytest.raises(KeyError, match="subject_id"):
        async with database.begin(PublicScope()) as work:
            await work.add((TIMER, [{"id": new_id(), "kind": "k", "payload": {}, "due_at": AT}]))
    with pytest.raises(TypeError, match="complex"):
        async with database.begin(PublicScope()) as work:
            await work.add((TIMER, [timer(payload={"a": 1j})]))
    with pytest.raises(DBAPIError) as refused:
        async with database.begin(PublicScope()) as work:
            await work.add((REPLY, [reply("never")]), (TIMER, [good, bad]))
    assert getattr(refused.value.orig, "sqlstate", None) == "23514"
    assert await count(database, Timer) == 0
    assert await count(database, IdempotentReply, REPLIES.c.key_hash == "never") == 0


async def test_a_clash_is_as_it_was_said_and_of_one_key_the_last_row_counts(database: Database) -> None:
    key, subject = new_id().hex, new_id()
    moves = "ON CONFLICT (kind, subject_id, version) DO UPDATE SET due_at = excluded.due_at"
    moving = Adding(TIMERS, moves, ("kind", "subject_id", "version"))
    hour = timedelta(hours=1)
    async with database.begin(PublicScope()) as work:
        await work.add((REPLY, [reply(key, status=201), reply(key, status=409)]))
        await work.add((REPLY, [reply(key, status=410)]))
        await work.add((moving, [timer(subject_id=subject, due_at=AT + hour * n) for n in range(3)]))
        await work.add((moving, [timer(subject_id=subject, due_at=AT + hour * 5)]))
        assert await work.scalar(select(REPLIES.c.status).where(REPLIES.c.key_hash == key)) == 201
        due = await work.rows(select(TIMERS.c.due_at).where(TIMERS.c.subject_id == subject))
    assert [row.due_at for row in due] == [AT + hour * 5]


async def test_what_is_left_for_the_commit_is_there_after_it_and_not_when_it_fails(
    database: Database,
) -> None:
    async with database.begin(PublicScope()) as work:
        work.later(TIMER, timer())
        work.announce(Event("thing.happened", {}))
        assert await work.scalar(select(func.count()).select_from(TIMERS)) == 0
        await work.write()
        assert await work.scalar(select(func.count()).select_from(TIMERS)) == 1
        work.later(TIMER, timer())
    assert (await count(database, Timer), await count(database, Outbox)) == (2, 1)

    async def fail() -> None:
        async with database.begin(PublicScope()) as work:
            work.later(TIMER, timer())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database, Timer) == 2


async def _undone(work: UnitOfWork[PublicScope]) -> None:
    async with work.savepoint():
        work.later(TIMER, timer(kind="inside"))
        work.announce(Event("thing.inside", {}))
        work.audit("thing.inside", "thing", new_id())
        await work.write()  # with what was left before the block, which is undone here too
        raise ZeroDivisionError


async def test_a_block_that_is_undone_leaves_nothing_for_the_commit_either(database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        work.later(TIMER, timer(kind="before"))
        work.announce(Event("thing.before", {}))
        with pytest.raises(ZeroDivisionError):
            await _undone(work)
    assert await count(database, Timer, TIMERS.c.kind == "before") == 1
    assert await count(database, Timer) == 1
    assert (await count(database, Outbox), await count(database, AuditEvent)) == (1, 0)


async def test_a_block_inside_another_is_undone_with_it(database: Database) -> None:
    async def fail_outside(work: UnitOfWork[PublicScope]) -> None:
        async with work.savepoint():
            await work.add((TIMER, [timer(kind="outer")]))
            async with work.savepoint():
                await work.add((TIMER, [timer(kind="inner")]))
            raise ZeroDivisionError

    async with database.begin(PublicScope()) as work:
        with pytest.raises(ZeroDivisionError):
            await fail_outside(work)
    assert await count(database, Timer) == 0
