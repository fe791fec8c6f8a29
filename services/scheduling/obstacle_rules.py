"""Rules of what is in the way of a visit at one time, over plain values: what is taken of all that it would take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from services.scheduling.hours_rules import Ranges
from services.scheduling.rules import Span, Use


class Why(StrEnum):
    """What is in the way."""

    CLOSED = "closed"
    OFF = "off"
    NOT_GIVEN = "not_given"
    FULL = "full"
    VISIT = "visit"
    KEPT = "kept"
    OFFERED = "offered"
    ASKED = "asked"
    BLOCKED = "blocked"
    ELSEWHERE = "elsewhere"
    ON_THE_WAY = "on_the_way"
    NOBODY_ELSE = "nobody_else"


@dataclass(frozen=True, slots=True)
class TakenSpan:
    """A time in which a resource is taken: by a booking or a hold (`by`), or by a block where that is none.

    `span` is what is taken there; `around` is longer where somebody has to come from, or go to, another place.
    """

    resource_id: UUID
    span: Span
    around: Span
    by: UUID | None
    elsewhere: bool = False


def in_the_way(taken: Iterable[TakenSpan], uses: Iterable[Use], starts_at: datetime) -> list[TakenSpan]:
    """What overlaps a visit from that start on, while it uses the resource; in order of time, each visit once.

    A visit takes its practitioner twice, before and after the client is numb.
    """
    wanted = [Span(starts_at + use.begins, starts_at + use.ends) for use in uses]
    found: dict[object, TakenSpan] = {}
    for one in sorted(taken, key=lambda one: one.span):
        if any(_overlap(one.around, span) for span in wanted):
            found.setdefault((one.resource_id, one.by or one.span), one)
    return list(found.values())


def is_on_the_way(taken: TakenSpan, uses: Iterable[Use], starts_at: datetime) -> bool:
    """Whether the way from or to another place alone is in the way."""
    return not any(_overlap(taken.span, Span(starts_at + use.begins, starts_at + use.ends)) for use in uses)


def each_taken(things: Sequence[UUID], found: Sequence[TakenSpan]) -> list[TakenSpan]:
    """What takes each of the things of which a visit needs one; nothing where one of them is free."""
    each = [[one for one in found if one.resource_id == thing] for thing in things]
    return [one for taken in each for one in taken] if all(each) else []


def lies_in(ranges: Ranges, begins: time, ends: time) -> bool:
    """Whether a visit between two local times of a day lies in one of the ranges; past midnight it lies in none."""
    return begins < ends and any(opens <= begins and ends <= closes for opens, closes in ranges)


def _overlap(one: Span, other: Span) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
