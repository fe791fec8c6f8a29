"""An actor's ids and the clinic they belong to: what a world gives to the test that runs each actor twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from services.kernel.work import Database
from tests.factories import World
from tests.fixtures import MovableClock


@dataclass(frozen=True)
class Case:
    """An actor's ids, and the clinic they belong to."""

    clinic_id: UUID | None
    ids: dict[str, str]


Make = Callable[[Database, MovableClock], Awaitable[Case]]


def of(world: World, **ids: UUID | str) -> Case:
    return Case(world.clinic_id, {key: str(value) for key, value in ids.items()})
