"""What packaged data says of check-ins: which answers are red flags, and whom to call in an emergency."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from services.courses.followup_rules import RedFlag


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("services.courses.data").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def red_flags() -> dict[str, RedFlag]:
    """Every rule by its code, in order."""
    return {item["code"]: RedFlag(**item) for item in _read("red_flags.toml")["rules"]}


@lru_cache(maxsize=1)
def rules_version() -> str:
    """The version that an answer is judged by now."""
    return str(_read("red_flags.toml")["version"])


@lru_cache(maxsize=1)
def _numbers() -> dict[str, tuple[str, ...]]:
    found = _read("emergency.toml")["numbers"]
    return {country: tuple(one["numbers"]) for one in found for country in one["countries"]}


def emergency_numbers(country: str) -> tuple[str, ...]:
    """The numbers that reach an ambulance in a country (ISO 3166-1), the first one first; none where we do not know."""
    return _numbers().get(country, ())
