"""Chance with a seed: the same seed makes the same world, ids and references included."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from uuid import UUID

_READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIGNS = 10
_ALL_REFERENCES = len(_READABLE) ** _SIGNS
_STRIDE = 362_797_056_121_331  # shares no factor with 30, so that no reference comes twice


class Chance(random.Random):
    """A stream of chance. Streams of different names under one seed know nothing of each other."""

    def __init__(self, seed: int, name: object) -> None:
        super().__init__(f"{seed}/{name}")

    def id_at(self, at: datetime) -> UUID:
        """A UUIDv7 of that instant (RFC 9562)."""
        bits = self.getrandbits(74)
        high, low = bits >> 62, bits & (1 << 62) - 1
        return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | high << 64 | 2 << 62 | low)

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def near(self, middle: float, spread: float, least: float, most: float) -> float:
        """A number around the middle, inside the bounds."""
        return min(most, max(least, self.gauss(middle, spread)))


def references(seed: int) -> Iterator[str]:
    """Booking references, each once."""
    number = random.Random(f"{seed}/references").randrange(_ALL_REFERENCES)  # noqa: S311  nothing is secret here
    while True:
        number = (number + _STRIDE) % _ALL_REFERENCES
        yield "".join(_READABLE[number // 30**place % 30] for place in range(_SIGNS))


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """The total in whole shares by weight; they add up to it."""
    sums = list(accumulate(weights))
    ends = [round(total * so_far / sums[-1]) for so_far in sums]
    return [end - begin for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
