"""The product's own services, opened for a command at the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.ops.environment import revealed
from infra.platform.assembly import open_adapters
from infra.platform.settings import Settings
from services.kernel.assembly import assemble
from services.kernel.work import Database


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Begins units of work, as a web or worker process would."""
    adapters = open_adapters(settings)
    try:
        yield assemble(
            adapters.postgres,
            storage=adapters.storage,
            throttle=adapters.throttle,
            wake=adapters.signals.wake,
            tell=adapters.signals.tell,
            secret=revealed(settings.secret_key),
            base_url=settings.base_url,
            movable_clock=settings.clock_is_movable,
            quiet_night=settings.quiet_night,
            texts=settings.texts_are_sent,
        )
    finally:
        await adapters.close()
