"""What every part of a clinic is made with: its plot, where its rows go, its own chance, and what all clinics share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from infra.ops.seed.chance import Chance
from infra.ops.seed.plots import Plot
from infra.ops.seed.sheets import Sheets, Values
from infra.ops.seed.towns import Town
from services.kernel.tables import Row
from services.kernel.vault import Keyring


@dataclass(frozen=True, slots=True)
class Shared:
    """For all clinics: their seed, a hash that no password has, keys, and the instant."""

    seed: int
    password_hash: str
    keyring: Keyring
    now: datetime


@dataclass(frozen=True, slots=True)
class Making:
    """One clinic in the making."""

    clinic_id: UUID
    plot: Plot
    sheets: Sheets
    chance: Chance
    references: Iterator[str]
    shared: Shared

    @property
    def town(self) -> Town:
        return self.plot.town

    @property
    def now(self) -> datetime:
        return self.shared.now

    def add(self, model: type[Row], /, **values: Any) -> Values:
        """Adds a row of the clinic; gives it whole."""
        values["clinic_id"] = self.clinic_id
        return self.sheets.add(model, values)

    def name(self) -> str:
        """Somebody's name, as people are called there."""
        words = self.town.country.words
        return f"{self.chance.choice(words.first)} {self.chance.choice(words.last)}"
