"""Rules of the client's course page: what was, what is to do today, and what comes, in order of the days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_NO_MORE = frozenset({"cancelled", "declined", "expired"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A session of a course: its position, status and local day."""

    position: int
    status: str
    on: date


@dataclass(frozen=True, slots=True)
class CareDay:
    """Something on a day. `kind`: session, check_in, photo, window or review; `number`: its position or its day.

    `state` of a session is its booking's status; of a check-in answered, open, past or coming.
    """

    on: date
    kind: str
    number: int
    state: str = ""
    until: date | None = None


def care_days(
    sessions: Sequence[Placed],
    *,
    check_ins: Mapping[int, str],
    check_in_days: Iterable[int],
    photo_days: Iterable[int],
    review_days: Iterable[int],
    window: tuple[int, date, date] | None,
    is_last: bool,
    today: date,
) -> list[CareDay]:
    """Everything of a course in order of its days.

    Check-ins and photos follow the session that took place last, until the next one; reviews of the result follow the
    last session of all (`is_last`). `check_ins` are the states of those that were asked, by day; `window` is the
    position and the days of a session that is not booked.
    """
    found = [
        CareDay(one.on, "session", one.position, one.status) for one in sessions if one.status not in _NO_MORE
    ]
    done = [one.on for one in sessions if one.status == "completed"]
    if window is not None:
        position, from_on, to_on = window
        found.append(CareDay(from_on, "window", position, until=to_on))
    if done:
        last = max(done)
        until = min((one.on for one in found if one.on > last), default=None)
        found += [
            one
            for one in _check_ins(last, check_ins, check_in_days, today)
            if until is None or one.on < until
        ]
        found += _photos(last, photo_days, until)
        if is_last:
            found += [CareDay(last + timedelta(days=day), "review", day) for day in review_days]
    order = ("session", "check_in", "photo", "window", "review")
    return sorted(found, key=lambda item: (item.on, order.index(item.kind), item.number))


def _check_ins(last: date, states: Mapping[int, str], days: Iterable[int], today: date) -> list[CareDay]:
    found = [(day, last + timedelta(days=day)) for day in days]
    return [
        CareDay(on, "check_in", day, states.get(day) or ("coming" if on >= today else "past"))
        for day, on in found
    ]


def _photos(last: date, days: Iterable[int], until: date | None) -> list[CareDay]:
    found = [(day, last + timedelta(days=day)) for day in days if day]
    return [CareDay(on, "photo", day) for day, on in found if until is None or on < until]
