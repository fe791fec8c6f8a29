"""The form of every message: a letter, as text and as HTML, from one pair of templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with short points under it, and where there is one a label and an absolute address."""

    heading: str
    points: tuple[str, ...]
    action: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says, in order. `action` is a label and an absolute address; `why` says why it was sent."""

    title: str
    greeting: str
    opening: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    action: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()
    why: str = ""


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def write(letter: Letter) -> tuple[str, str]:
    """The letter as text and as HTML."""
    values: dict[str, Any] = {"letter": letter}
    text = _templates().get_template("letter.txt").render(values)
    return text, _templates().get_template("letter.html").render(values)


def moment(value: datetime, zone: str) -> str:
    """An instant in a place's own time, labelled: `Tuesday 4 March 2026, 14:30 (New York time)`."""
    words = format_datetime(value.astimezone(ZoneInfo(zone)), "EEEE d MMMM y, HH:mm", locale=LOCALE)
    return f"{words} ({zone_words(zone)})"


def zone_words(zone: str) -> str:
    """A zone as people say it: `New York time`."""
    return f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"


def day(value: datetime, zone: str) -> str:
    """The local day of an instant: `4 March 2026`."""
    local: date = value.astimezone(ZoneInfo(zone)).date()
    return format_date(local, "d MMMM y", locale=LOCALE)
