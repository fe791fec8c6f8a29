"""Decisions of the follow-up after a visit: when to ask, how long an answer is taken, what is a red flag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

ANSWER_WITHIN = timedelta(days=14)

# Signs of infection, a systemic reaction, herpes and lasting pigment change: what adverse-event reports of
# micro-needling name, and what a clinic wants to hear about at once.
RED_FLAGS = ("spreading_redness", "fever", "blisters", "lasting_dark_spots")
LONGEST_DOWNTIME, MOST_DISCOMFORT = 60, 10


def check_ins_due(visited_at: datetime, days: Iterable[int]) -> dict[int, datetime]:
    """When each check-in of the protocol is due, by day after the visit."""
    return {day: visited_at + timedelta(days=day) for day in days}


def is_red_flag(answers: Mapping[str, bool]) -> bool:
    """Whether the clinic has to be told at once."""
    return any(answers.get(code) for code in RED_FLAGS)
