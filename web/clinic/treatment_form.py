"""A treatment's form: flat fields as they are typed, the schema's nested input, and errors back at their fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from babel.numbers import get_currency_precision
from pydantic import ValidationError

from services.kernel.errors import FieldError, InvalidFields
from services.kernel.language import N_
from services.treatments.catalogue import get_catalogue
from services.treatments.models import FirstStep
from services.treatments.protocol_rules import AFTERCARE, Step, read_line, written_line
from services.treatments.protocol_schemas import ProtocolView
from services.treatments.rules import default_course_price, minor_units
from web.clinic.field_words import led, named
from web.forms import Form
from web.locale import gettext

_PLAIN = (
    *("name", "description", "modality", "device_id", "booking_mode", "downtime_days"),
    *("first_step", "first_step_hours", "numbing_product", "device_choice", "numbing_in"),
)
_PHASES = ("preparation_minutes", "numbing_minutes", "finish_minutes")
_CARE_DAYS = ("check_in_days", "photo_days", "review_days")
_COURSE = ("sessions", "min_days", "target_days", "max_days")
_LABELS = {
    "name": N_("Name"),
    "description": N_("Description"),
    "modality": N_("Kind of tool"),
    "device_id": N_("Device"),
    "booking_mode": N_("Booking"),
    "device_choice": N_("Which device"),
    "numbing_in": N_("Where clients numb"),
    "downtime_days": N_("Downtime"),
    "preparation_minutes": N_("Preparation"),
    "numbing_minutes": N_("Numbing"),
    "finish_minutes": N_("Finish"),
    "first_step": N_("Before the first session"),
    "first_step_hours": N_("Hours before"),
    "numbing_product": N_("Numbing product"),
    "topicals": N_("Topicals"),
    "sessions": N_("Sessions"),
    "min_days": N_("Earliest next"),
    "target_days": N_("Usual next"),
    "max_days": N_("Latest next"),
    "aftercare": N_("Aftercare"),
    "check_in_days": N_("Check-ins"),
    "photo_days": N_("Photos"),
    "review_days": N_("Reviews of the result"),
}
_NOBODY_NAMED = {
    "performer_ids": "Say who gives it, or choose everyone.",
    "room_ids": "Say in which rooms, or choose any.",
}
_UNREADABLE = object()
_PATCH_TEST_HOURS = "48"
"""What the form says is usual, where a patch test comes first and nobody said how long before."""


def as_input(form: Form, currency: str, *, whole: bool = False) -> dict[str, Any]:
    """The form as `NewTreatment` takes it; `whole` keeps empty fields too, for a change that says everything.

    Money that cannot be read becomes a value that the schema refuses at its field.
    """
    values = form.values

    def given(names: tuple[str, ...]) -> dict[str, Any]:
        return {name: values[name] for name in names if values.get(name)}

    plain = given(_PLAIN)
    if whole:
        plain = {"name": "", "description": "", "first_step_hours": 0, "numbing_product": "", **plain}
    if values.get("first_step") == FirstStep.PATCH_TEST and not values.get("first_step_hours"):
        plain["first_step_hours"] = _PATCH_TEST_HOURS
    course: dict[str, Any] = given(_COURSE)
    if values.get("course_price"):
        course["price"] = _money(values["course_price"], currency)
    elif whole:
        course["price"] = _whole_price(values, currency)
    areas = []
    for code in typed_areas(form):
        area: dict[str, Any] = {"code": code}
        if values.get(f"minutes_{code}"):
            area["minutes"] = values[f"minutes_{code}"]
        if values.get(f"price_{code}"):
            area["price"] = _money(values[f"price_{code}"], currency)
        areas.append(area)
    care = _care(values)
    return {
        **plain,
        **_named(values, "given_by", "everyone", "performer_ids"),
        **_named(values, "given_in", "any_room", "room_ids"),
        **({"protocol": care} if care else {}),
        "concerns": values.get("concerns", []),
        "topicals": [line.strip() for line in values.get("topicals", "").splitlines() if line.strip()],
        "phases": given(_PHASES),
        "course": {key: value for key, value in course.items() if value is not None},
        "areas": areas,
    }


def _named(values: dict[str, Any], choice: str, all_of_them: str, ids: str) -> dict[str, Any]:
    """Who gives it, or where: all, or those that are ticked; ticking none is refused, not taken for all."""
    if choice not in values:
        return {}
    if values[choice] == all_of_them:
        return {ids: []}
    return {ids: values.get(ids) or _UNREADABLE}


def _care(values: dict[str, Any]) -> dict[str, Any]:
    """What follows each session as it is typed: lines of days and words, and days separated by commas."""
    care: dict[str, Any] = {
        name: [day.strip() for day in values[name].split(",") if day.strip()]
        for name in _CARE_DAYS
        if name in values
    }
    if "aftercare" in values:
        care["aftercare"] = [_step(line) for line in values["aftercare"].splitlines() if line.strip()]
    return care


def _step(line: str) -> dict[str, Any]:
    """A line as a step. The field's usual words are kept as they were: each client reads them in their own language."""
    step = read_line(line)
    if step is None:
        return {}
    first, last, words = step
    usual = {gettext(text): text for _, _, text in AFTERCARE}
    return {"from_day": first, "to_day": last, "text": usual.get(words, words)}


def care_as_typed(protocol: ProtocolView) -> dict[str, str]:
    """A protocol as the form's values."""
    days = {name: ", ".join(map(str, getattr(protocol, name))) for name in _CARE_DAYS}
    return days | {"aftercare": steps_as_typed(protocol.aftercare)}


def steps_as_typed(steps: Iterable[Step]) -> str:
    """Steps as lines of the form, the field's usual words in the page's language."""
    return "\n".join(written_line((first, last, gettext(words))) for first, last, words in steps)


def typed_areas(form: Form) -> list[str]:
    """The areas of which something is typed, in the catalogue's order."""
    codes = [entry.code for entry in get_catalogue().areas]
    return [code for code in codes if form.values.get(f"minutes_{code}") or form.values.get(f"price_{code}")]


def reject(form: Form, error: ValidationError | InvalidFields, currency: str) -> None:
    """Puts the errors of the nested input at the form's own fields."""
    refusal = error if isinstance(error, InvalidFields) else InvalidFields.from_pydantic(error)
    for item in refusal.errors:
        field, words = _place(form, item, currency)
        form.errors.setdefault(field, words)


def _place(form: Form, item: FieldError, currency: str) -> tuple[str, str]:
    first, *rest = item.field.split(".")
    if first == "areas":
        return _place_of_area(form, item, rest, currency)
    if first == "course" and rest and rest[0] == "price":
        return "course_price", led(N_("Price of the whole course"), _price_words(item, currency))
    if first == "protocol" and rest:
        return _place_of_care(item, rest)
    if first in {"course", "phases"} and rest:
        return rest[0], named(item, _LABELS, rest[0])
    if first in _NOBODY_NAMED:
        return first, item.message if rest else _NOBODY_NAMED[first]
    words = "Choose at least one concern." if first == "concerns" else named(item, _LABELS, first)
    return first, words


def _place_of_care(item: FieldError, rest: list[str]) -> tuple[str, str]:
    name, *inner = rest
    if name == "aftercare" and inner:
        words = N_("Write it as days, a colon and what to do, such as 1-2: No make-up.")
        line = gettext("Line {n}").format(n=int(inner[0]) + 1)
        return name, led(line, words if item.code == "missing" else item.message)
    if name in _CARE_DAYS and item.code == "wrong-type":
        words = N_("Write days as numbers, separated by commas, such as 1, 3, 7.")
        return name, led(_LABELS[name], words)
    return name, named(FieldError(name, item.code, item.message), _LABELS, name)


def _place_of_area(form: Form, item: FieldError, rest: list[str], currency: str) -> tuple[str, str]:
    if not rest:
        return "areas", "Fill in minutes and price of at least one area."
    code = typed_areas(form)[int(rest[0])]
    name = gettext(next(entry.name for entry in get_catalogue().areas if entry.code == code))
    if len(rest) > 1 and rest[1] == "price":
        return f"price_{code}", led(gettext("{area}, price").format(area=name), _price_words(item, currency))
    return f"minutes_{code}", named(item, {item.field: gettext("{area}, minutes").format(area=name)})


def _price_words(item: FieldError, currency: str) -> str:
    if item.code == "missing":
        return gettext("Fill in what one session costs.")
    if item.code == "wrong-type":
        whole_alone = get_currency_precision(currency) == 0
        words = (
            N_("Type it as a number, such as 180.")
            if whole_alone
            else N_("Type it as a number, such as 180 or 180.50.")
        )
        return gettext(words)
    return item.message


def _money(typed: str, currency: str) -> dict[str, Any]:
    try:
        amount: object = minor_units(typed, get_currency_precision(currency))
    except ValueError:
        amount = _UNREADABLE
    return {"amount": amount, "currency": currency}


def _whole_price(values: dict[str, Any], currency: str) -> dict[str, Any] | None:
    """Left empty in a change: the sessions at the price of the first area that has one."""
    prices = [
        values[f"price_{entry.code}"] for entry in get_catalogue().areas if values.get(f"price_{entry.code}")
    ]
    try:
        price = minor_units(prices[0], get_currency_precision(currency))
        amount = default_course_price(int(values.get("sessions", "")), price)
    except (ValueError, IndexError):
        return None
    return {"amount": amount, "currency": currency}
