"""Events: what a slice announces, past tense, ids only. Each kind is declared once, in its slice's `events.py`.

An event is announced through a unit of work (`work.announce`) or, with a time, set as a timer
(`services.kernel.timers`): a timer that falls due becomes the event of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    name: str
    payload: dict[str, str]


class EventKind:
    """A kind of event with the names of its ids; calling it makes an event."""

    known: ClassVar[dict[str, EventKind]] = {}

    def __init__(self, name: str, *ids: str) -> None:
        if name in self.known:
            raise ValueError(f"event {name} is declared twice")
        self.name = name
        self.ids = ids
        self.known[name] = self

    def __call__(self, **ids: UUID | str) -> Event:
        if set(ids) != set(self.ids):
            raise TypeError(f"{self.name} takes {self.ids}, got {tuple(ids)}")
        return Event(self.name, {key: str(value) for key, value in ids.items()})
