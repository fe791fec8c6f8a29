"""Decisions of the follow-up after a visit: when to ask, what is a red flag, by when somebody has to have looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from services.kernel.quiet_rules import QuietHours

ANSWER_WITHIN = timedelta(days=14)
# Of a visit that is noted late: how long after its day a check-in is still asked, and how near to the next one.
ASK_WITHIN, APART = timedelta(days=7), timedelta(days=1)
# The hours in which the skin is left alone (DOMAIN: the course): day 0 of the aftercare, past midnight too.
FIRST_HOURS = timedelta(hours=8)

# What a check-in asks with yes and no: signs of an allergic reaction, infection, a systemic reaction, herpes and
# lasting pigment change. Which of them, and which numbers, are red flags is data (`data/red_flags.toml`).
SIGNS = ("breathing", "fever", "spreading_redness", "blisters", "lasting_dark_spots")
SCALES = ("redness", "pain", "swelling")
LONGEST_DOWNTIME, MOST_DISCOMFORT = 60, 10
SOONEST_HOURS, USUAL_HOURS, LATEST_HOURS = 1, 4, 24


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A rule: a sign that is there, or a scale that reaches a number; from a day after the visit on."""

    code: str
    words: str
    source: str
    sign: str = ""
    scale: str = ""
    at_least: int = 0
    from_day: int = 0

    def is_met(self, signs: Mapping[str, bool], scales: Mapping[str, int | None], day: int) -> bool:
        """Whether answers given on a day after the visit meet it."""
        if day < self.from_day:
            return False
        if self.sign:
            return signs.get(self.sign, False)
        value = scales.get(self.scale)
        return value is not None and value >= self.at_least


def check_ins_due(visited_at: datetime, days: Iterable[int], now: datetime) -> dict[int, datetime]:
    """When each check-in of the protocol is due, by day after the visit.

    Of the days that are over, as of a visit that was noted late, at most the last one: a week later it is not asked any
    more, nor where the next one comes within a day.
    """
    due = {day: visited_at + timedelta(days=day) for day in days}
    ahead = {day: at for day, at in due.items() if at >= now}
    late = max(due.keys() - ahead.keys(), default=None)
    if late is not None and now - due[late] <= ASK_WITHIN:
        following = min(ahead.values(), default=None)
        if following is None or following - now >= APART:
            return {late: due[late], **ahead}
    return ahead


def aftercare_day(ended_at: datetime, now: datetime, zone: tzinfo) -> int:
    """Which day after a visit it is for who has to look after the skin; the first hours are day 0."""
    if now - ended_at <= FIRST_HOURS:
        return 0
    return (now.astimezone(zone).date() - ended_at.astimezone(zone).date()).days


def day_after(asked_day: int, visited_on: date, today: date, treated_again_on: date | None = None) -> int:
    """On which day after the visit an answer is given: never before the day that it was asked for.

    Where the skin was treated again since, what it looks like comes from that: the days count from there.
    """
    if treated_again_on is not None:
        return (today - treated_again_on).days
    return max(asked_day, (today - visited_on).days)


def met(
    flags: Iterable[RedFlag], signs: Mapping[str, bool], scales: Mapping[str, int | None], day: int
) -> list[str]:
    """The codes of the rules that the answers meet, in order."""
    return [flag.code for flag in flags if flag.is_met(signs, scales, day)]


def look_by(at: datetime, hours: int, zone: str, quiet: QuietHours | None) -> datetime:
    """By when somebody has to have looked: so many hours later, of which those of the night do not count."""
    if quiet is None:
        return at + timedelta(hours=hours)
    left = timedelta(hours=hours)
    begin = quiet.until(at, zone) or at
    while left > (day := quiet.night_after(begin, zone) - begin):
        left -= day
        begin = quiet.until(begin + day, zone) or begin + day
    return begin + left
