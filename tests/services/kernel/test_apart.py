"""Programs apart: their answer, and that time, memory and whoever waits bound them."""

from __future__ import annotations

import pytest

from services.kernel.apart import BrokenOff, Disturbed, run_apart

ENDLESS = "tests.services.kernel.endless"


async def test_a_program_is_given_bytes_and_answers_with_bytes() -> None:
    assert await run_apart(ENDLESS, b"said", 30) == b"said 0"


@pytest.mark.parametrize("takes", ["time", "memory"])
async def test_what_takes_more_than_it_has_breaks_off(takes: str) -> None:
    with pytest.raises(BrokenOff):
        await run_apart(ENDLESS, takes.encode(), 60)


async def test_nobody_waits_longer_than_said_whatever_the_program_does() -> None:
    with pytest.raises(TimeoutError):
        await run_apart(ENDLESS, b"patience", 0.3)


@pytest.mark.parametrize("by", ["stopped", "killed", "unable"])
async def test_what_others_ended_says_nothing_of_what_was_given(by: str) -> None:
    with pytest.raises(Disturbed):
        await run_apart(ENDLESS, by.encode(), 60)
