"""What worker and relay share at their start: services put together from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from infra.platform.assembly import Adapters, NotConfigured, open_adapters
from infra.platform.settings import Settings
from services.kernel.assembly import assemble
from workers.actor import Outside


@dataclass(frozen=True, slots=True)
class Process:
    """A process's parts."""

    settings: Settings
    adapters: Adapters
    outside: Outside


def open_process(settings: Settings) -> Process:
    """Opens adapters; call it in the event loop that will use them. Raises `NotConfigured`."""
    if settings.secret_key is None:
        raise NotConfigured("NEEDLEWISE_SECRET_KEY must be set: 32 or more random characters")
    adapters = open_adapters(settings)
    database = assemble(
        adapters.postgres,
        storage=adapters.storage,
        throttle=adapters.throttle,
        wake=adapters.signals.wake,
        tell=adapters.signals.tell,
        secret=settings.secret_key.get_secret_value(),
        base_url=settings.base_url,
        movable_clock=settings.clock_is_movable,
        quiet_night=settings.quiet_night,
        texts=settings.texts_are_sent,
    )
    outside = Outside(database, adapters.mail, settings.mail_from, adapters.fetch, adapters.texts)
    return Process(settings, adapters, outside)


@asynccontextmanager
async def opened_process(settings: Settings) -> AsyncIterator[Process]:
    """The same for the length of a block."""
    process = open_process(settings)
    try:
        yield process
    finally:
        await process.adapters.close()
