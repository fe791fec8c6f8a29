"""What law and retention rules say, read from packaged data with source, date and version."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Law:
    """Why rows stay after an erasure. `years` is 0 where there is no end."""

    code: str
    text: str
    period: str
    years: int
    grounds: str
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What retention erases after `days`; with `keeps`, what it only counts, and the law for which it stays."""

    code: str
    what: str
    days: int
    reason: str
    source: str
    keeps: str = ""

    @property
    def after(self) -> timedelta:
        return timedelta(days=self.days)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("services.privacy.data").joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def laws() -> dict[str, Law]:
    """Every law by its code."""
    return {item["code"]: Law(**item) for item in _read("law.toml")["laws"]}


@lru_cache(maxsize=1)
def law_version() -> tuple[str, date]:
    """The version of the laws, and its day."""
    data = _read("law.toml")
    return data["version"], data["dated_on"]


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every retention rule by its code, in order."""
    return {item["code"]: Rule(**item) for item in _read("retention.toml")["rules"]}


@lru_cache(maxsize=1)
def rules_version() -> tuple[str, date]:
    """The version of the retention rules, and its day."""
    data = _read("retention.toml")
    return data["version"], data["dated_on"]
