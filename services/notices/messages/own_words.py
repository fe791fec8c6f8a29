"""A clinic's own words, put into a letter: its greeting, a paragraph for the kind, and its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.notices.messages.letter import Letter
from services.notices.words_rules import NAME


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a clinic says in its own words; empty where it says nothing. Paragraphs by kind of message."""

    greeting: str = ""
    signature: str = ""
    paragraphs: Mapping[str, str] = field(default_factory=dict)

    def put_into(self, letter: Letter, kind: str, name: str) -> Letter:
        """The letter with the words for its kind; what the letter says itself stays."""
        greeting = self.greeting.replace(NAME, name) if self.greeting else letter.greeting
        own = tuple(line for line in self.paragraphs.get(kind, "").splitlines() if line.strip())
        signed = tuple(line for line in self.signature.splitlines() if line.strip())
        return replace(letter, greeting=greeting, closing=(*own, *letter.closing, *signed))
