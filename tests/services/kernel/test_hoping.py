"""What a unit of work leaves for its very end: with the commit, or not at all and the work is done anew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from services.kernel.adding import Adding, Call
from services.kernel.errors import NotFound
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import AuditEvent, IdempotentReply, Outbox
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database, HopedInVain, PublicWork
from tests.bench.limits import recorded

REPLIES = table(IdempotentReply)
REPLY = Adding(REPLIES)
TAKE_KEY = Call("take_key", 1)
PLATFORM = PlatformScope("a test looks at rows")


def reply(work: PublicWork, key: str) -> dict[str, Any]:
    return {"key_hash": key, "fingerprint": "f", "status": 201, "reply": b"", "created_at": work.now}


async def count(database: Database, model: type[Any], *conditions: Any) -> int:
    async with database.begin(PLATFORM) as work:
        return int(await work.scalar(select(func.count()).select_from(table(model)).where(*conditions)))


async def test_the_call_goes_with_the_rows_that_were_left_for_the_commit(database: Database) -> None:
    key, other, answers = new_id().hex, new_id().hex, list[bool]()

    async def do(work: PublicWork) -> str:
        assert work.may_hope
        work.hope(TAKE_KEY, other, answered=lambda row: answers.append(row["taken"]))
        assert not work.may_hope
        work.later(REPLY, reply(work, key))
        work.announce(Event("thing.happened", {}))
        assert answers == []
        seen.clear()
        return "done"

    with recorded() as seen:
        assert await database.run(PublicScope(), do) == "done"
    assert answers == [True]
    assert len(seen) == 1
    assert await count(database, IdempotentReply, REPLIES.c.key_hash == key) == 1
    assert await count(database, Outbox) == 1


async def test_hoped_in_vain_it_is_done_once_more_without_hope_and_only_that_is_kept(
    database: Database,
) -> None:
    key, other, tries = new_id().hex, new_id().hex, list[bool]()

    def refuse(row: Any) -> None:
        assert not row["taken"]
        raise HopedInVain

    async def do(work: PublicWork) -> None:
        tries.append(work.may_hope)
        work.later(REPLY, reply(work, key))
        work.audit("thing.do", "thing", new_id())
        work.announce(Event("thing.happened", {}))
        if work.may_hope:
            work.hope(TAKE_KEY, other, answered=refuse)

    async with database.begin(PublicScope()) as holder:
        await holder.ask(TAKE_KEY.sql(1), other)
        await database.run(PublicScope(), do)
    assert tries == [True, False]
    assert await count(database, IdempotentReply, REPLIES.c.key_hash == key) == 1
    assert (await count(database, Outbox), await count(database, AuditEvent)) == (1, 1)


async def test_what_its_answer_brings_is_announced_with_the_same_commit(database: Database) -> None:
    async def do(work: PublicWork) -> None:
        work.announce(Event("thing.first", {}))
        work.hope(TAKE_KEY, new_id().hex, answered=lambda _: work.announce(Event("thing.second", {})))

    await database.run(PublicScope(), do)
    async with database.begin(PLATFORM) as work:
        outbox = table(Outbox)
        names = [row.name for row in await work.rows(select(outbox.c.name).order_by(outbox.c.id))]
    assert names == ["thing.first", "thing.second"]


async def test_a_hope_inside_what_is_undone_is_given_up(database: Database) -> None:
    answers = list[Any]()

    async def inside(work: PublicWork) -> None:
        async with work.savepoint():
            work.hope(TAKE_KEY, new_id().hex, answered=answers.append)
            raise NotFound

    async def do(work: PublicWork) -> None:
        with pytest.raises(NotFound):
            await inside(work)
        assert work.may_hope

    await database.run(PublicScope(), do)
    assert answers == []


async def test_who_is_not_done_anew_may_not_hope(database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        assert not work.may_hope
