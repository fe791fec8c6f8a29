"""Whether somebody was reached by the message about a lot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notices.reach_rules import NOT_REACHED, Reach, reach_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOURS = timedelta(hours=6)


@pytest.mark.parametrize(
    ("state", "ago", "reach"),
    [
        ("sent", 9 * HOURS, Reach.SENT),
        ("failed", timedelta(), Reach.REFUSED),
        ("dropped", timedelta(), Reach.REFUSED),
        ("superseded", timedelta(), Reach.REFUSED),
        ("queued", HOURS, Reach.WAITING),
        ("inflight", HOURS, Reach.WAITING),
        (None, HOURS, Reach.WAITING),
        ("queued", HOURS + timedelta(seconds=1), Reach.LATE),
        ("inflight", HOURS + timedelta(seconds=1), Reach.LATE),
        (None, HOURS + timedelta(seconds=1), Reach.LATE),
    ],
)
def test_what_became_of_a_message(state: str | None, ago: timedelta, reach: Reach) -> None:
    assert reach_of(state, NOW - ago, NOW) is reach


def test_who_is_not_reached_is_to_be_rung() -> None:
    assert frozenset({Reach.REFUSED, Reach.LATE}) == NOT_REACHED
