"""Hours of a week as rows of a form: several spans a day, each for a time or every other week if need be.

Fields end in `<weekday>_<number>`; before it, where there are several places, stands the place: `opens_0_1`. Rows
are added and taken away by buttons that send the form, so that it works without a script and nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar.response import Redirect

from services.clinics.week_rules import WEEK_A, WEEK_B, week_of
from services.clinics.week_schemas import WeeklySpan
from services.kernel.errors import FieldError
from services.kernel.language import N_
from services.scheduling.schemas import BookingView
from web.clinic.field_words import led
from web.filters import span_of_days
from web.forms import Form
from web.locale import gettext
from web.pages import go_to

WEEKDAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday")),
    *(N_("Saturday"), N_("Sunday")),
)
_FIELDS = {
    "opens": "opens",
    "closes": "closes",
    "weeks": "weeks",
    "valid_from": "from",
    "valid_until": "until",
}
_LABELS = {
    "opens": N_("from when"),
    "closes": N_("until when"),
    "weeks": N_("weeks"),
    "from": N_("first day"),
    "until": N_("last day"),
}
_ALONE = re.compile(r"(?P<edge>opens|closes|from|until)_(?P<row>(?:.+_)?[0-6]_[0-9]{1,3})")
_A_WEEK = timedelta(days=7)
_MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A span as it is typed: the end of its fields' names, its weekday, and its place where there are several."""

    name: str
    weekday: int
    place: str = ""


def typed(spans: Iterable[WeeklySpan], place: UUID | None = None) -> dict[str, str]:
    """Spans as the form's fields."""
    fields: dict[str, str] = {}
    for weekday in range(len(WEEKDAYS)):
        todays = [span for span in spans if span.weekday == weekday]
        for number, span in enumerate(todays, start=1):
            name = f"{place}_{weekday}_{number}" if place else f"{weekday}_{number}"
            fields[f"opens_{name}"] = f"{span.opens:%H:%M}"
            fields[f"closes_{name}"] = f"{span.closes:%H:%M}"
            fields[f"weeks_{name}"] = span.weeks.value
            fields[f"from_{name}"] = span.valid_from.isoformat() if span.valid_from else ""
            fields[f"until_{name}"] = span.valid_until.isoformat() if span.valid_until else ""
    return fields


def rows_of(values: Mapping[str, Any], places: Sequence[UUID] = ()) -> list[Row]:
    """The rows that the form has, in order; at least one a day and place."""
    found: dict[tuple[str, int], set[int]] = {
        (str(place), day): {1} for place in places or ("",) for day in range(len(WEEKDAYS))
    }
    for key in values:
        match = _ALONE.fullmatch(key)
        if match:
            *place, day, number = match["row"].rsplit("_", 2)
            numbers = found.get((place[0] if place else "", int(day)))
            if numbers is not None and len(numbers) < _MOST_ROWS:
                numbers.add(int(number))
    return [
        Row("_".join(filter(None, (place, str(day), str(number)))), day, place)
        for (place, day), numbers in found.items()
        for number in sorted(numbers)
    ]


def with_rows_changed(form: Form) -> str | None:
    """Adds or takes away the row that a button of the form names; gives where to look, or nothing for the others."""
    add, remove = form.values.pop("add", ""), form.values.pop("remove", "")
    if remove:
        for edge in _FIELDS.values():
            form.values.pop(f"{edge}_{remove}", None)
        return str(remove).rpartition("_")[0]
    if add:
        numbers = [
            int(key.rpartition("_")[2])
            for key in form.values
            if (match := _ALONE.fullmatch(key)) and match["row"].rpartition("_")[0] == add
        ]
        form.values[f"opens_{add}_{max(numbers, default=1) + 1}"] = ""
        return str(add)
    return None


def read_rows(form: Form, places: Sequence[UUID] = ()) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows with times, and each as a span of the schemas; puts an error at a day or time that stands alone."""
    rows, spans = [], []
    for row in rows_of(form.values, places):
        given = {key: str(form.values.get(f"{edge}_{row.name}", "")) for key, edge in _FIELDS.items()}
        filled = {key: value for key, value in given.items() if value}
        if not filled.keys() - {"weeks"}:
            continue
        for edge in ("opens", "closes"):
            if edge not in filled:
                words = led(WEEKDAYS[row.weekday], N_("Give both times."))
                form.errors[f"{edge}_{row.name}"] = words
        rows.append(row)
        place = {"location_id": row.place} if row.place else {}
        spans.append({"weekday": row.weekday, **place, **filled})
    return rows, spans


def reject(form: Form, errors: Iterable[FieldError], rows: Sequence[Row]) -> None:
    """Puts errors of `hours.<index>.<field>` at the form's own fields, with the weekday before the words."""
    for error in errors:
        parts = error.field.split(".")
        if parts[0] != "hours" or len(parts) == 1:
            form.errors.setdefault("form", error.message)
            continue
        row = rows[int(parts[1])]
        edge = _FIELDS.get(parts[2], "opens") if len(parts) > 2 else _edge_of(error)  # noqa: PLR2004
        day = gettext(WEEKDAYS[row.weekday])
        words = led(f"{day}, {gettext(_LABELS[edge])}", error.message)
        if error.code in {"overlap", "invalid", "never"}:
            words = f"{day}: {gettext(error.message)}"
        form.errors.setdefault(f"{edge}_{row.name}", words)


def _edge_of(error: FieldError) -> str:
    return "until" if "last day" in error.message else "closes"


def weekday_names() -> list[str]:
    """The days of a week from Monday on, in the page's language."""
    return [gettext(day) for day in WEEKDAYS]


def weeks_told(today: date) -> dict[str, Any]:
    """Which of the weeks that alternate the present one is and which the next, with their days; options for a field."""
    monday = today - timedelta(days=today.weekday())
    begins = {week_of(start): start for start in (monday, monday + _A_WEEK)}

    def days(week: str) -> str:
        return str(span_of_days(begins[week], begins[week] + _A_WEEK - timedelta(days=1)))

    present, coming = (WEEK_A, WEEK_B) if begins[WEEK_A] == monday else (WEEK_B, WEEK_A)
    return {
        "present": {"name": present.upper(), "days": days(present)},
        "coming": {"name": coming.upper(), "days": days(coming)},
        "options": [
            ("every", gettext("Every week")),
            (WEEK_A, gettext("A weeks, such as {days}").format(days=days(WEEK_A))),
            (WEEK_B, gettext("B weeks, such as {days}").format(days=days(WEEK_B))),
        ],
    }


def to_what_is_left(path: str, left: Sequence[BookingView]) -> Redirect:
    """The hours are saved; the page that names the visits that lie outside them by now."""
    words = gettext("The hours are saved. {n} visits are booked outside them: look whether to move them.")
    if len(left) == 1:
        words = gettext("The hours are saved. One visit is booked outside them: look whether to move it.")
    return go_to(path, flash=words.format(n=len(left)), kind="caution")
