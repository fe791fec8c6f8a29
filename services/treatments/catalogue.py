"""The catalogue of the field, read from packaged data: codes with names, cleared devices, templates of treatments."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pycountry
from babel import Locale

from services.practitioners.kinds import credential_kinds


@dataclass(frozen=True, slots=True)
class Entry:
    """A code with its name, where it is from and when that was looked up."""

    code: str
    name: str
    source: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class ClearedDevice:
    """A device's clearance: its number, and the uses (area, concern) that its label names.

    `maker` is empty where our sources do not name it, and `deepest_mm` nothing where the label names no depth.
    """

    number: str
    model: str
    modality: str
    label: str
    uses: frozenset[tuple[str, str]]
    source: str
    dated_on: date
    maker: str = ""
    deepest_mm: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TreatmentTemplate:
    """A treatment as the field offers it, to fill a form with; prices are the clinic's own."""

    code: str
    name: str
    description: str
    modality: str
    concerns: tuple[str, ...]
    areas: tuple[tuple[str, int], ...]
    preparation_minutes: int
    numbing_minutes: int
    finish_minutes: int
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    downtime_days: int
    source: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that has a code."""

    version: str
    concerns: tuple[Entry, ...]
    areas: tuple[Entry, ...]
    modalities: tuple[Entry, ...]
    credential_kinds: tuple[Entry, ...]
    languages: tuple[Entry, ...]
    devices: tuple[ClearedDevice, ...]
    templates: tuple[TreatmentTemplate, ...]

    def device(self, number: str) -> ClearedDevice | None:
        """The cleared device of that number, or nothing."""
        return next((item for item in self.devices if item.number == number), None)

    def template(self, code: str) -> TreatmentTemplate | None:
        """The template of that code, or nothing."""
        return next((item for item in self.templates if item.code == code), None)


@lru_cache(maxsize=1)
def get_catalogue() -> Catalogue:
    """The catalogue, read once a process."""
    data = tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8"))
    dated_on: date = data["dated_on"]
    return Catalogue(
        version=data["version"],
        concerns=tuple(Entry(**item, dated_on=dated_on) for item in data["concerns"]),
        areas=tuple(Entry(**item, dated_on=dated_on) for item in data["areas"]),
        modalities=tuple(Entry(**item, dated_on=dated_on) for item in data["modalities"]),
        credential_kinds=tuple(
            Entry(kind.code, kind.name, kind.source, kind.dated_on) for kind in credential_kinds()
        ),
        languages=_languages(dated_on),
        devices=tuple(_device(item, dated_on) for item in data["devices"]),
        templates=tuple(_template(item, dated_on) for item in data["templates"]),
    )


def _languages(dated_on: date) -> tuple[Entry, ...]:
    names = Locale("en").languages
    codes = [item.alpha_2 for item in pycountry.languages if hasattr(item, "alpha_2")]
    found = [Entry(code, names[code], "ISO 639-1, names of Unicode CLDR", dated_on) for code in codes]
    return tuple(sorted(found, key=lambda entry: entry.name))


def _device(item: dict[str, Any], dated_on: date) -> ClearedDevice:
    uses = frozenset((area, concern) for area, concern in item.pop("uses"))
    deepest = item.pop("deepest_mm", None)
    return ClearedDevice(
        **item, uses=uses, dated_on=dated_on, deepest_mm=None if deepest is None else Decimal(deepest)
    )


def _template(item: dict[str, Any], dated_on: date) -> TreatmentTemplate:
    phases, course = item.pop("phases"), item.pop("course")
    areas = tuple((area["code"], area["minutes"]) for area in item.pop("areas"))
    concerns = tuple(item.pop("concerns"))
    return TreatmentTemplate(**item, **phases, **course, areas=areas, concerns=concerns, dated_on=dated_on)
