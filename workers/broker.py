"""Dramatiq's Redis broker with every option chosen on purpose, and the relay's way to hand deliveries to it.

Nothing in Redis is needed to survive: a delivery that is not done after its time is handed out again. So
Dramatiq's own retries, age limits and results are left out; there is one mechanism (`engine.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import current_millis
from dramatiq.middleware import Middleware

from services.kernel.deliveries import Handed
from workers.actor import Actor

# A worker killed in the middle is noticed this long after its last sign of life, provided that every command
# looks (Dramatiq's default is one in a thousand, and then it took longer than 400 s).
HEARTBEAT_MILLISECONDS = 5_000
ALWAYS = 1_000_000
DEAD_MESSAGE_MILLISECONDS = 3_600_000
PREFETCH = 200
NAMESPACE = "needlewise:jobs"


def together(handed: Iterable[Handed], actors: Mapping[str, Actor]) -> Iterator[list[Handed]]:
    """What goes as one message: one delivery, or a few of a clinic for an actor that takes several."""
    found: dict[object, list[Handed]] = {}
    for number, one in enumerate(handed):
        most = actors[one.actor].several if one.actor in actors else 0
        key = (one.actor, one.clinic_id) if most else number
        if most and len(found.setdefault(key, [])) == most:
            yield found.pop(key)
        found.setdefault(key, []).append(one)
    yield from found.values()


class Prefetch(Middleware):
    """Lets a worker take many messages at a time: four times the throughput of small jobs."""

    def before_worker_boot(self, _broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Sets it on the worker, whose own way is the environment."""
        cast("Any", worker).queue_prefetch = PREFETCH


def make_broker(redis_url: str, *middleware: Middleware) -> RedisBroker:
    """A broker; opens no connection yet."""
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=redis.Redis.from_url(redis_url, socket_timeout=10, socket_connect_timeout=5),
        middleware=[*middleware, Prefetch()],
        namespace=NAMESPACE,
        heartbeat_timeout=HEARTBEAT_MILLISECONDS,
        maintenance_chance=ALWAYS,
        dead_message_ttl=DEAD_MESSAGE_MILLISECONDS,
    )


class Handover:
    """The relay's side: messages in, and how many are still there. Blocking: call it in a thread."""

    def __init__(self, broker: RedisBroker, actors: Mapping[str, Actor]) -> None:
        self._broker = broker
        self._actors = actors
        self._queues = {name: found.queue for name, found in actors.items()}
        self._keys = [f"{NAMESPACE}:{queue}.msgs" for queue in sorted(set(self._queues.values()))]
        for queue in set(self._queues.values()):
            broker.declare_queue(queue)

    def waiting(self) -> int:
        """Messages that wait or are being run."""
        pipe = self._broker.client.pipeline(transaction=False)
        for key in self._keys:
            pipe.hlen(key)
        return sum(cast("list[int]", pipe.execute()))

    def push(self, handed: Iterable[Handed]) -> None:
        """Messages, all in one round trip: Dramatiq's own way takes one for each.

        The arguments are those of `enqueue` in Dramatiq's script (its version is pinned, and a test reads the
        messages back). Looking for dead workers is left to the workers.
        """
        broker, pipe = self._broker, self._broker.client.pipeline(transaction=False)
        longest_unpack = broker._max_unpack_size()  # type: ignore[no-untyped-call]  # noqa: SLF001  part of the script's arguments
        limits = (broker.heartbeat_timeout, broker.dead_message_ttl, 0, longest_unpack)
        for several in together(handed, self._actors):
            message = self._message(several)
            common = ("enqueue", current_millis(), message.queue_name, broker.broker_id, *limits)
            arguments = [*common, message.options["redis_message_id"], message.encode()]
            broker.scripts["dispatch"](args=arguments, keys=[broker.namespace], client=pipe)
        pipe.execute()

    def _message(self, several: Sequence[Handed]) -> dramatiq.Message[None]:
        one = several[0]
        ids = " ".join(str(delivery.id) for delivery in several)
        return dramatiq.Message(
            queue_name=self._queues.get(one.actor, "default"),
            actor_name=one.actor,
            args=(ids, str(one.clinic_id) if one.clinic_id else None),
            kwargs={},
            options={"redis_message_id": str(uuid4())},
        )
