"""Runs one delivery: lock, read, do, done, in one transaction; a failure is noted in another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast
from uuid import UUID

import structlog

from services.kernel import deliveries
from services.kernel.correlation import correlation_id
from services.kernel.errors import Refusal
from services.kernel.work import AnyWork, Database
from workers.actor import Actor, Outside, Scope
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
        self, delivery_id: UUID, clinic_id: UUID | None, name: str, *, strict: bool = False
    ) -> Outcome:
        """One delivery. `strict` lets its error out after it was noted."""
        try:
            async with asyncio.timeout(LONGEST_RUN_SECONDS):
                return await self._do(name, delivery_id, clinic_id)
        except Exception as error:
            await self._note_failure(delivery_id, clinic_id, name, error)
            if strict:
                raise
            return Outcome.FAILED

    async def _do(self, name: str, delivery_id: UUID, clinic_id: UUID | None) -> Outcome:
        found = self.actors.get(name)
        if found is None:
            raise UnknownActor(name)
        async with self.database.begin(found.scope_for(clinic_id)) as opened:
            work = cast("AnyWork", opened)
            row = await deliveries.lock(work, delivery_id)
            if row is None:
                return Outcome.SKIPPED
            if (row.actor, row.clinic_id) != (found.name, clinic_id):
                raise OthersDelivery(found.name)
            if found.absorbs:
                await deliveries.absorb(work, row)
            correlation_id.set(row.correlation_id)
            with structlog.contextvars.bound_contextvars(correlation_id=row.correlation_id):
                await found.call(work, row.payload, self.outside)
                await deliveries.mark_done(work, delivery_id)
                _log.info("done", actor=found.name, delivery_id=str(delivery_id), attempts=row.attempts + 1)
        return Outcome.DONE

    async def _note_failure(
        self, delivery_id: UUID, clinic_id: UUID | None, name: str, error: Exception
    ) -> None:
        async with self.database.begin(_scope_of_row(clinic_id, name)) as opened:
            work = cast("AnyWork", opened)
            row = await deliveries.lock(work, delivery_id)
            if row is None:
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


def _scope_of_row(clinic_id: UUID | None, name: str) -> Scope:
    return Actor(name, _nothing, "same", "default", outside=False).scope_for(clinic_id)


async def _nothing() -> None:
    """The row of a delivery is all that is touched."""


def words_of(error: Exception) -> str:
    """An error for the dead row: its class, and the words that we wrote ourselves; never data of a person."""
    kind = type(error).__name__
    return f"{kind}: {error.text}"[:300] if isinstance(error, Refusal) else kind
