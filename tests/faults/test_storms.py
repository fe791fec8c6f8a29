"""Everything breaks at random while people book, move, cancel, come and review; in the end all is as it should be.

Broken are: worker, relay (with its timers), Valkey with all it held, PostgreSQL, and a mail server that is down, slow,
refuses, or takes a message and dies before it says so. A message may be taken twice only by a mail server that did not
say that it had it, or by a kill in between; how often that was is printed with `-s`.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.storm import calm, rage, storm
from tests.faults.storm_checks import check
from tests.infra.conftest import folder

__all__ = ["folder"]


async def through_a_storm(folder: Path, seed: int, operations: int, breaks: int, seconds: float) -> None:
    """It rages, calms down within so many seconds, and is looked at; its figures are one line, with `-s`."""
    began = time.monotonic()
    async with storm(folder, seed) as it:
        await rage(it, operations, breaks)
        raged = time.monotonic()
        await calm(it, seconds)
        calmed = time.monotonic()
        figures = await check(it)
    done = ", ".join(f"{name} {count}" for name, count in sorted(it.done.items()))
    took = f"{raged - began:.0f} s of storm ({it.breaking:.0f} s to break things), {calmed - raged:.0f} s until calm"
    print(f"\nseed {seed}: {took}; {figures}; {done}")  # noqa: T201  the figures, with `-s`


@pytest.mark.walk
async def test_a_short_storm_leaves_everyone_told_what_is_true(folder: Path) -> None:
    await through_a_storm(folder, seed=5, operations=40, breaks=5, seconds=90)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
async def test_a_long_storm_leaves_everyone_told_what_is_true(folder: Path, seed: int) -> None:
    await through_a_storm(folder, seed, operations=2000, breaks=40, seconds=600)
