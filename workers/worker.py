"""A worker: every actor on the broker, all coroutines in one loop, one engine a process."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import dramatiq
import structlog
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware

from infra.platform.assembly import NotConfigured
from infra.platform.settings import Settings
from workers.actor import Actor, load_actors
from workers.broker import make_broker
from workers.engine import Engine
from workers.process import Process, open_process

_log = structlog.get_logger("workers")


class Worker(Middleware):
    """This process's engine: opened by the first job, in the loop that all jobs share; closed at the end."""

    def __init__(self, settings: Settings, actors: dict[str, Actor]) -> None:
        self._settings = settings
        self._actors = actors
        self._process: Process | None = None

    def engine(self) -> Engine:
        """The engine; call it in the loop."""
        if self._process is None:
            self._process = open_process(self._settings)
        return Engine(self._process.outside, self._actors)

    def after_worker_shutdown(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """Lets go of connections while the loop still runs."""
        loop = get_event_loop_thread()
        if self._process is not None and loop is not None:
            loop.run_coroutine(self._process.adapters.close())

    def declare(self, broker: RedisBroker, found: Actor) -> None:
        """Makes an actor known to the broker under its own name."""

        async def run(delivery_ids: str, clinic_id: str | None) -> None:
            try:
                ids = [UUID(one) for one in delivery_ids.split()]
                await self.engine().run(ids, UUID(clinic_id) if clinic_id else None, found.name)
            except Exception as error:  # noqa: BLE001  the deliveries' rows are untouched and due again soon
                _log.error("not run", actor=found.name, delivery_ids=delivery_ids, exc_info=error)

        options: dict[str, Any] = {"actor_name": found.name, "queue_name": found.queue}
        dramatiq.actor(broker=broker, **options)(run)


def set_up(settings: Settings) -> RedisBroker:
    """The broker with every actor. Raises `NotConfigured`."""
    if settings.redis_url is None:
        raise NotConfigured("NEEDLEWISE_REDIS_URL must be set")
    actors = load_actors()
    worker = Worker(settings, actors)
    # `after` hooks run last to first: the worker lets go before the loop ends.
    broker = make_broker(settings.redis_url, AsyncIO(), worker)
    for found in actors.values():
        worker.declare(broker, found)
    return broker
