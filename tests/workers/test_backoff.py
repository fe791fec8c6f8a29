"""Pauses between tries."""

from __future__ import annotations

from datetime import timedelta

from workers.backoff import ATTEMPTS, LONGEST_PAUSE, pause_after


def test_pauses_double_from_two_seconds() -> None:
    assert [pause_after(n, 0.5) for n in (1, 2, 3, 4)] == [timedelta(seconds=s) for s in (2, 4, 8, 16)]


def test_no_pause_is_longer_than_an_hour() -> None:
    assert pause_after(12, 0.5) == LONGEST_PAUSE == timedelta(hours=1)


def test_chance_spreads_a_pause_by_a_quarter() -> None:
    assert pause_after(1, 0.0) == timedelta(seconds=1.5)
    assert pause_after(1, 1.0) == timedelta(seconds=2.5)


def test_there_is_a_last_try() -> None:
    assert pause_after(ATTEMPTS - 1, 0.5) is not None
    assert pause_after(ATTEMPTS, 0.5) is None
