"""Money: an amount in minor units with its currency; never a float, never a bare number."""

from __future__ import annotations

import re
from dataclasses import dataclass

LARGEST_AMOUNT = 2_000_000_000  # in minor units: what an integer column holds
_ISO_4217 = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` is in minor units (cents, pence); `currency` is an ISO 4217 code."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if not _ISO_4217.fullmatch(self.currency):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def times(self, count: int) -> Money:
        """The same money `count` times."""
        return Money(self.amount * count, self.currency)

    def as_json(self) -> dict[str, object]:
        """The form of the HTTP contract."""
        return {"amount": self.amount, "currency": self.currency}
