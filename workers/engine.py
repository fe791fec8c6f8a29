"""Runs deliveries: lock, read, do, done, in one transaction; a failure is noted in another.

Nearly every actor runs one at a time. One that takes `several` of a clinic gets them together, and says which failed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import structlog
from sqlalchemy import Row

from services.kernel import deliveries
from services.kernel.errors import Refusal
from services.kernel.work import AnyWork, Database
from workers.actor import Actor, Job, Outside, Scope
from workers.backoff import pause_after

LONGEST_RUN_SECONDS = 120
_log = structlog.get_logger("workers")


class Outcome(StrEnum):
    """How a run ended. Skipped: already done, or being run by someone else."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class UnknownActor(Exception):  # noqa: N818  the name states the fact
    """A delivery names an actor that this process does not have."""


class OthersDelivery(Exception):  # noqa: N818  the name states the fact
    """A message and its delivery do not agree on actor or clinic."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Runs deliveries in this process."""

    outside: Outside
    actors: Mapping[str, Actor]

    @property
    def database(self) -> Database:
        return self.outside.database

    async def run(
        self, delivery_ids: Sequence[UUID], clinic_id: UUID | None, name: str, *, strict: bool = False
    ) -> dict[UUID, Outcome]:
        """Deliveries of one actor and one clinic. `strict` lets the first error out after all were noted."""
        try:
            async with asyncio.timeout(LONGEST_RUN_SECONDS):
                done, failed = await self._do(name, delivery_ids, clinic_id)
        except Exception as error:  # noqa: BLE001  noted with each delivery, whatever it is
            done, failed = [], dict.fromkeys(delivery_ids, error)
        for delivery_id, why in failed.items():
            await self._note_failure(delivery_id, clinic_id, name, why)
        if strict and failed:
            raise next(iter(failed.values()))
        return {
            **dict.fromkeys(delivery_ids, Outcome.SKIPPED),
            **dict.fromkeys(done, Outcome.DONE),
            **dict.fromkeys(failed, Outcome.FAILED),
        }

    async def _do(
        self, name: str, delivery_ids: Sequence[UUID], clinic_id: UUID | None
    ) -> tuple[list[UUID], Mapping[UUID, Exception]]:
        """Runs what nobody else has; gives what is done, and the errors of those that failed alone."""
        found = self.actors.get(name)
        if found is None:
            raise UnknownActor(name)
        async with self.database.begin(found.scope_for(clinic_id)) as opened:
            work = cast("AnyWork", opened)
            rows = await deliveries.lock(work, delivery_ids)
            if any((row.actor, row.clinic_id) != (found.name, clinic_id) for row in rows):
                raise OthersDelivery(found.name)
            for row in rows:
                if found.absorbs:
                    await deliveries.absorb(work, row)
            jobs = [Job(row.id, row.payload, row.correlation_id) for row in rows]
            failed = await found.call(work, jobs, self.outside) if jobs else {}
            done = [row for row in rows if row.id not in failed]
            if done:
                await deliveries.mark_done(work, [row.id for row in done])
        _say_done(found.name, done)
        return [row.id for row in done], failed

    async def _note_failure(
        self, delivery_id: UUID, clinic_id: UUID | None, name: str, error: Exception
    ) -> None:
        async with self.database.begin(_scope_of_row(clinic_id, name)) as opened:
            work = cast("AnyWork", opened)
            row = next(iter(await deliveries.lock(work, [delivery_id])), None)
            if row is None:
                return
            if isinstance(error, deliveries.PutOff):
                await deliveries.put_off(work, delivery_id, work.now + error.pause)
                return
            pause = pause_after(row.attempts + 1, random.random())  # noqa: S311  jitter, not a secret
            await deliveries.mark_failed(
                work, delivery_id, words_of(error), work.now + pause if pause else None
            )
        _log.error(
            "failed" if pause else "dead",
            actor=name,
            delivery_id=str(delivery_id),
            attempts=row.attempts + 1,
            correlation_id=row.correlation_id,
            error=words_of(error),
            exc_info=None if isinstance(error, Refusal) else error,
        )


def _say_done(name: str, done: Iterable[Row[Any]]) -> None:
    for row in done:
        _log.info(
            "done",
            actor=name,
            delivery_id=str(row.id),
            attempts=row.attempts + 1,
            correlation_id=row.correlation_id,
        )


def _scope_of_row(clinic_id: UUID | None, name: str) -> Scope:
    return Actor(name, _nothing, "same", "default", outside=False).scope_for(clinic_id)


async def _nothing() -> None:
    """The row of a delivery is all that is touched."""


def words_of(error: Exception) -> str:
    """An error for the dead row: its class, and the words that we wrote ourselves; never data of a person."""
    kind = type(error).__name__
    return f"{kind}: {error.text}"[:300] if isinstance(error, Refusal) else kind
