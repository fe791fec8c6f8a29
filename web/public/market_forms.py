"""The search form's values as a search and as addresses, so that every result page can be shared."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from babel.numbers import get_currency_precision
from litestar.datastructures import MultiDict
from pydantic import ValidationError

from services.kernel.errors import InvalidFields
from services.marketplace import rules
from services.marketplace.schemas import SearchQuery

MOST_COMPARED = 4
RADII = (5, 10, 25, 50, 100, 200, 500)
FIELDS = (
    "concern",
    "area",
    "place",
    "lat",
    "lng",
    "radius_km",
    "budget",
    "currency",
    "credential",
    "modality",
    "min_rating",
    "language",
    "accessibility",
    "free_from",
    "free_to",
    "q",
    "sort",
)
_WIDENED = (
    "q",
    "free_to",
    "free_from",
    "min_rating",
    "budget",
    "credential",
    "language",
    "modality",
    "area",
    "concern",
    "accessibility",
)
_PLACE = ("place", "lat", "lng", "radius_km", "sort")


@dataclass(slots=True)
class SearchForm:
    """What was asked for, as typed; `compare` are the slugs on the tray."""

    values: dict[str, str]
    compare: list[str] = field(default_factory=list)
    cursor: str | None = None

    @classmethod
    def of(cls, params: MultiDict[Any]) -> SearchForm:
        """The form of an address; what is not known is left out."""
        values = {name: str(params[name]).strip() for name in FIELDS if str(params.get(name, "")).strip()}
        if "accessibility" in values:
            typed = ",".join(str(item) for item in params.getall("accessibility"))
            values["accessibility"] = ",".join(dict.fromkeys(filter(None, typed.split(","))))
        chosen = [str(slug) for slug in params.getall("clinic", [])]
        return cls(values, list(dict.fromkeys(chosen))[:MOST_COMPARED], params.get("cursor") or None)

    def query(self, currency: str) -> SearchQuery:
        """The search; the highest price was typed in whole units of `currency`. Raises `InvalidFields`."""
        given: dict[str, Any] = {name: value for name, value in self.values.items() if name != "budget"}
        if "accessibility" in given:
            given["accessibility"] = self.access
        if "budget" in self.values:
            given["currency"] = given.get("currency", currency)
            given["max_course_price"] = _minor_units(self.values["budget"], str(given["currency"]))
        try:
            return SearchQuery.model_validate({**given, "limit": 10, "cursor": self.cursor})
        except ValidationError as error:
            raise InvalidFields.from_pydantic(error) from error

    @property
    def access(self) -> list[str]:
        """The codes of access that were chosen; an address holds them with commas between."""
        return [code for code in self.values.get("accessibility", "").split(",") if code]

    @property
    def keep(self) -> list[tuple[str, str]]:
        """The asked-for as pairs, for forms that must not lose it."""
        return list(self.values.items())

    def href(self, *, without: tuple[str, ...] = (), cursor: str | None = None, **changed: str) -> str:
        """The address of this search with something changed or left out; a change begins at the first page."""
        values = {name: value for name, value in {**self.values, **changed}.items() if name not in without}
        pairs = [*values.items(), *(("clinic", slug) for slug in self.compare)]
        if cursor:
            pairs.append(("cursor", cursor))
        return "/search" + (f"?{urlencode(pairs)}" if pairs else "")

    def at(self, place: str) -> SearchForm:
        """The same search at another place."""
        return self._with(place=place)

    def wider(self) -> list[tuple[str, SearchForm]]:
        """Searches that ask for one thing less, each with its kind; radii are those that follow the present one."""
        found: list[tuple[str, SearchForm]] = []
        if self.has_place:
            radius = rules.wider_radius(_number(self.values.get("radius_km", "50")))
            while radius is not None:
                found.append(("radius", self._with(radius_km=f"{radius:g}")))
                radius = rules.wider_radius(radius)
            found.append(("place", self._without(*_PLACE)))
        return found + [(name, self._without(name)) for name in _WIDENED if name in self.values]

    def fewer(self) -> list[SearchForm]:
        """Searches that ask for less and less, for when one thing less is not enough."""
        forms, form = [], self
        for name in (*_WIDENED, "place"):
            if name in form.values or (name == "place" and form.has_place):
                form = form._without(*(_PLACE if name == "place" else (name,)))
                forms.append(form)
        return forms

    @property
    def has_place(self) -> bool:
        """Whether a place is asked for, by name or by degrees."""
        return "place" in self.values or "lat" in self.values

    def _with(self, **changed: str) -> SearchForm:
        return SearchForm({**self.values, **changed}, self.compare)

    def _without(self, *names: str) -> SearchForm:
        kept = {name: value for name, value in self.values.items() if name not in names}
        return SearchForm(kept, self.compare)


def _minor_units(typed: str, currency: str) -> int:
    plain = typed.replace(",", "").replace(" ", "")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:
        raise InvalidFields.one("budget", "wrong-type", "Write the price as a number, like 1200.") from error
    if not amount.is_finite() or amount < 0 or amount > Decimal(10) ** 7:
        raise InvalidFields.one("budget", "out-of-range", "Write a price between 0 and 10,000,000.")
    return int(amount * 10 ** get_currency_precision(currency))


def _number(typed: str) -> float:
    try:
        return float(typed)
    except ValueError:
        return 50.0
