"""What a search looks like, apart from its values: searches of one shape share a statement, built once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.marketplace import rules
from services.marketplace.schemas import Circle, SearchQuery

COURSE_PARTS = ("concern", "area", "modality")
OTHER_PARTS = ("credential", "language", "accessibility")
FACETS = {
    "concerns": "concern",
    "areas": "area",
    "modalities": "modality",
    "credentials": "credential",
    "languages": "language",
    "accessibility": "accessibility",
}
LIST_OF = {part: facet for facet, part in FACETS.items()}
COURSE_FACETS = tuple(LIST_OF[part] for part in COURSE_PARTS)
_PLAIN = ("max_course_price", "currency", "min_rating", "free_from", "free_to")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after these keys, in this phase of the order."""

    phase: int
    keys: tuple[Any, ...]
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """A search made ready: the query, its circle and words, the instant it counts from, how mistyped a word may be."""

    query: SearchQuery
    circle: Circle | None
    words: tuple[str, ...]
    at: datetime
    likeness: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions there are, the order, how many words, how many ranges of longitude (none without a place)."""

    sort: str
    given: frozenset[str]
    words: int
    ranges: int

    @property
    def chosen(self) -> tuple[str, ...]:
        """What one and the same course has to fit."""
        return tuple(part for part in COURSE_PARTS if part in self.given)

    @property
    def others(self) -> tuple[str, ...]:
        """Credential, language and access, where they were asked for."""
        return tuple(part for part in OTHER_PARTS if part in self.given)

    @property
    def has_price(self) -> bool:
        return "max_course_price" in self.given

    @property
    def has_place(self) -> bool:
        return self.ranges > 0


def shape_of(asked: Asked) -> Shape:
    """The search's shape."""
    names = (*COURSE_PARTS, *OTHER_PARTS, *_PLAIN)
    given = frozenset(name for name in names if getattr(asked.query, name) not in (None, []))
    return Shape(asked.query.sort, given, len(asked.words), len(_longitudes(asked.circle)))


def values_of(asked: Asked) -> dict[str, Any]:
    """What the statements of its shape are given, by name."""
    shape = shape_of(asked)
    values: dict[str, Any] = {name: getattr(asked.query, name) for name in shape.given}
    values |= {f"word_{number}": word for number, word in enumerate(asked.words)}
    values |= {f"begins_{number}": rules.begins_at(word) for number, word in enumerate(asked.words)}
    values |= {f"least_{number}": least for number, least in enumerate(asked.likeness)}
    values["at"] = asked.at
    if asked.circle is not None:
        values |= _circle_values(asked.circle)
    chosen = {part: values[part] for part in shape.chosen}
    values |= {
        pattern_name(left): course_pattern({part: code for part, code in chosen.items() if part != left})
        for left in (None, *COURSE_PARTS)
    }
    return values


def course_pattern(chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """A course as JSON that holds what was chosen, for containment."""
    return {LIST_OF[part]: [code] for part, code in chosen.items()}


def pattern_name(left: str | None) -> str:
    """The name of the pattern with one part left out, or of the whole one."""
    return "pattern" if left is None else f"pattern_without_{left}"


def _circle_values(circle: Circle) -> dict[str, Any]:
    box = rules.box_around(circle.latitude, circle.longitude, circle.radius_km)
    values: dict[str, Any] = {
        "latitude": circle.latitude,
        "longitude": circle.longitude,
        "radius": round(circle.radius_km * 1000),
        "south": box.south,
        "north": box.north,
    }
    for number, (west, east) in enumerate(box.longitudes()):
        values |= {f"west_{number}": west, f"east_{number}": east}
    return values


def _longitudes(circle: Circle | None) -> tuple[tuple[float, float], ...]:
    if circle is None:
        return ()
    return rules.box_around(circle.latitude, circle.longitude, circle.radius_km).longitudes()
