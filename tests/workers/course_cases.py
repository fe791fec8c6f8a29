"""The worlds of the actors that follow a lot that is called back."""

from __future__ import annotations

from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import RecallIn
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from tests.conftest import MovableClock
from tests.services.courses.treated import treated
from tests.workers.case import Case, of


async def recall(database: Database, clock: MovableClock) -> Case:
    world = await treated(database, clock, "LOT-1", "LOT-1")
    async with database.begin(world.scope) as work:
        done = await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))
    return of(world, recall_id=done.recall.id)


async def platform_recall(database: Database, clock: MovableClock) -> Case:
    await treated(database, clock, "LOT-1")
    async with database.begin(PlatformScope("a test calls a lot back")) as work:
        begun = await platform_recalls.confirm_everywhere(work, RecallIn(lot="LOT-1"))
    return Case(None, {"recall_id": str(begun.id)})
