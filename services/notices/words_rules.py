"""Rules of a clinic's own words in messages: which messages take them, how long they are, and no links away."""

from __future__ import annotations

import re

PARAGRAPHS = {
    "booking.confirmed.client": "Confirmation",
    "booking.rescheduled.client": "New time",
    "booking.cancelled.client": "Cancellation",
    "booking.reminder": "Reminder",
    "aftercare": "Aftercare",
}
LONGEST_GREETING, LONGEST_SIGNATURE, LONGEST_PARAGRAPH = 80, 200, 600
NAME = "{name}"
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?"
    r"|\b\d+(?:\.\d+){3}(?::\d+)?(?:/\S*)?",
    re.IGNORECASE,
)
_HOLE = re.compile(r"\{[^}]*\}?|\}")
_ENDS = ".,;:!?)"


def foreign_addresses(words: str, own: tuple[str, ...]) -> list[str]:
    """Addresses in the words that are not the clinic's own: its page, and its e-mail address."""
    found = (match[0].rstrip(_ENDS) for match in _ADDRESS.finditer(words))
    return [one for one in found if not any(_is_own(one.casefold(), mine.casefold()) for mine in own)]


def _is_own(found: str, mine: str) -> bool:
    names = {mine, mine.partition("://")[2] or mine}
    return any(found == name or found.startswith(f"{name}/") for name in names)


def unknown_holes(words: str, *, named: bool) -> list[str]:
    """What stands in braces and is not filled in; the client's name is, where the words are `named`."""
    return [match[0] for match in _HOLE.finditer(words) if not (named and match[0] == NAME)]
