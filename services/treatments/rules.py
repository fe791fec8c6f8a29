"""Decisions over values: a visit's phases, a course's intervals, a device's label, money as it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.kernel.errors import FieldError

PRACTITIONER, ROOM, DEVICE, NUMBING_ROOM = "practitioner", "room", "device", "numbing_room"
ON_LABEL, OFF_LABEL, UNKNOWN = "on_label", "off_label", "unknown"
_CLEARANCE = re.compile(r"(?<![A-Z0-9])(K|DEN) ?(\d{6})(?!\d)")

Uses = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a visit, how long it takes, and what it holds while it lasts."""

    name: str
    minutes: int
    needs: frozenset[str]


def phases(
    preparation: int, numbing: int, needling: int, finish: int, *, numbing_room: bool = False
) -> tuple[Phase, ...]:
    """The phases of a visit in order, by their minutes; those of no length are left out.

    While a client is numbing, the room is taken and the practitioner is free. Where there are numbing rooms, the
    client is prepared and numbs in one of them, and the treatment's room is taken from the needling on.
    """
    before = NUMBING_ROOM if numbing_room and numbing > 0 else ROOM
    planned = (
        Phase("preparation", preparation, frozenset({PRACTITIONER, before})),
        Phase("numbing", numbing, frozenset({before})),
        Phase("needling", needling, frozenset({PRACTITIONER, ROOM, DEVICE})),
        Phase("finish", finish, frozenset({PRACTITIONER, ROOM})),
    )
    return tuple(phase for phase in planned if phase.minutes > 0)


def phases_within(
    length: int, preparation: int, numbing: int, finish: int, *, numbing_room: bool = False
) -> tuple[Phase, ...]:
    """The phases of a visit that was booked with so many minutes: needling is what the others leave of them.

    The menu may have changed since, and what was booked stays as long as it was: where the others leave no needling,
    all of it is needling, so that nothing is free that the visit takes.
    """
    needling = length - preparation - numbing - finish
    if needling <= 0:
        return phases(0, 0, length, 0)
    return phases(preparation, numbing, needling, finish, numbing_room=numbing_room)


def visit_minutes(preparation: int, numbing: int, needling: int, finish: int) -> int:
    """How long a visit takes."""
    return preparation + numbing + needling + finish


def interval_problems(min_days: int, target_days: int, max_days: int) -> list[FieldError]:
    """What is wrong with a course's days between sessions: least, usual, most."""
    found = []
    if target_days < min_days:
        words = "The usual interval cannot be shorter than the shortest."
        found.append(FieldError("course.target_days", "out-of-order", words))
    if max_days < target_days:
        words = "The longest interval cannot be shorter than the usual one."
        found.append(FieldError("course.max_days", "out-of-order", words))
    return found


def first_step_problem(step: str, hours: int) -> FieldError | None:
    """What is wrong with what comes before the first session: a patch test is read after some hours."""
    if step == "patch_test" and hours == 0:
        words = "Say how many hours before the first session, such as 48."
        return FieldError("first_step_hours", "missing", words)
    return None


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session of a course: its usual day, and the window that is right for it, in days from the first session."""

    number: int
    day: int
    window: tuple[int, int] | None


def course_plan(sessions: int, min_days: int, target_days: int, max_days: int) -> tuple[PlannedSession, ...]:
    """The sessions of a course on their usual days; each window counts from the session before it."""
    planned = [PlannedSession(1, 0, None)]
    for number in range(2, sessions + 1):
        before = planned[-1].day
        planned.append(PlannedSession(number, before + target_days, (before + min_days, before + max_days)))
    return tuple(planned)


def repeated(codes: Sequence[str]) -> int | None:
    """The index of the first code that was there before, or nothing."""
    for index, code in enumerate(codes):
        if code in codes[:index]:
            return index
    return None


def default_course_price(sessions: int, price: int) -> int:
    """What a course costs in minor units where the clinic names no price of its own: every session at its price."""
    return sessions * price


def clearance_number(text: str) -> str | None:
    """The 510(k) or De Novo number in what a clinic states of a device: `FDA K202243` gives `K202243`."""
    found = _CLEARANCE.search(text.upper())
    return found[1] + found[2] if found else None


def label_uses(
    clearance: str, model: str, by_number: Mapping[str, Uses], by_model: Mapping[str, Uses]
) -> Uses | None:
    """The uses that the label of a device names; nothing where its clearance is not one we know.

    The stated number decides. A clearance stated without a number is looked up by the model's name.
    """
    number = clearance_number(clearance)
    if number is not None:
        return by_number.get(number)
    return by_model.get(model.strip().lower()) if clearance.strip() else None


def on_label(uses: Uses | None, area: str, concern: str) -> bool | None:
    """Whether the label names that use; nothing where the label is not known."""
    return None if uses is None else (area, concern) in uses


def label_of(states: Iterable[bool | None]) -> str:
    """What is said of several uses together: on label when all are, off label when one is not."""
    found = list(states)
    if not found or None in found:
        return UNKNOWN
    return ON_LABEL if all(found) else OFF_LABEL


def minor_units(typed: str, digits: int) -> int:
    """Money as it is typed, `180` or `180.00` or `180,50`, in minor units of a currency with so many digits.

    Raises `ValueError` for anything else; nothing is rounded.
    """
    decimals = rf"(?:[.,][0-9]{{1,{digits}}})?" if digits else ""
    text = typed.strip()
    if not re.fullmatch(rf"[0-9]{{1,10}}{decimals}", text):
        raise ValueError(typed)
    return int(Decimal(text.replace(",", ".")).scaleb(digits))


def major_units(amount: int, digits: int) -> str:
    """Minor units as they are typed: `18000` of a currency with two digits is `180.00`."""
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"
