"""The form of every message: a letter, as text and as HTML, from one pair of templates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.kernel.language import current_language, gettext


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
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    found.globals["_"] = gettext
    return found


def write(letter: Letter) -> tuple[str, str]:
    """The letter as text and as HTML, in the language that is spoken."""
    values: dict[str, Any] = {"letter": letter, "language": current_language()}
    text = _templates().get_template("letter.txt").render(values)
    return text, _templates().get_template("letter.html").render(values)
