"""Covers of clinics: quiet drawings made from the slug alone, so that each clinic keeps its own on every page.

Shapes carry the classes of the design system, which colour them by day and by night; nothing is fetched.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from functools import lru_cache

from markupsafe import Markup

_WIDE, _HIGH = 320, 240
_TONES = 3
_KEPT = 4096


@lru_cache(maxsize=_KEPT)
def cover(key: str) -> Markup:
    """The cover that belongs to a key, as inline SVG."""
    chance = random.Random(f"cover {key}")  # noqa: S311  a drawing, not a secret
    shapes = "".join(chance.choice(_MOTIFS)(chance))
    # Safe: numbers and the words of this file alone; the key only chooses among them.
    return Markup(  # noqa: S704
        f'<svg class="nw-art nw-tone-{chance.randrange(_TONES)}" viewBox="0 0 {_WIDE} {_HIGH}" '
        'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">'
        f'<rect class="ground" width="{_WIDE}" height="{_HIGH}"></rect>{shapes}</svg>'
    )


def _circle(name: str, x: float, y: float, radius: float, more: str = "") -> str:
    return f'<circle class="{name}" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"{more}></circle>'


def _path(name: str, data: str, more: str = "") -> str:
    return f'<path class="{name}" d="{data}"{more}></path>'


def _wave(chance: random.Random, height: float, swing: float) -> str:
    """A smooth line from edge to edge at about that height."""
    pace, begin = chance.uniform(0.7, 1.6) * math.tau / _WIDE, chance.uniform(0, math.tau)
    step, reach = 40, 40 / 3
    line = f"M0 {height + swing * math.sin(begin):.1f}"
    for x in range(0, _WIDE, step):
        here, there = begin + pace * x, begin + pace * (x + step)
        leaving = height + swing * (math.sin(here) + pace * reach * math.cos(here))
        coming = height + swing * (math.sin(there) - pace * reach * math.cos(there))
        end = height + swing * math.sin(there)
        line += f"C{x + reach:.1f} {leaving:.1f} {x + step - reach:.1f} {coming:.1f} {x + step} {end:.1f}"
    return line


def _hills(chance: random.Random) -> Iterator[str]:
    """Layers like skin or land, with a sun by day and a moon by night."""
    yield _circle("sky", chance.randint(56, 264), chance.randint(40, 78), chance.randint(18, 32))
    top, gap = chance.randint(88, 120), chance.randint(34, 50)
    for number, name in enumerate(("soft", "warm", "deep")):
        wave = _wave(chance, top + number * gap, chance.uniform(6, 20))
        yield _path(name, f"{wave}V{_HIGH}H0z", ' opacity=".75"' if name == "deep" else "")


def _stones(chance: random.Random) -> Iterator[str]:
    """Smooth stones, one on another."""
    y, wide = float(_HIGH - chance.randint(14, 30)), float(chance.randint(92, 124))
    middle = chance.randint(120, 200)
    for name in ("warm", "soft", "deep", "warm")[: chance.randint(3, 4)]:
        high = wide * chance.uniform(0.24, 0.34)
        y -= high
        x = middle + chance.randint(-14, 14)
        yield f'<ellipse class="{name}" cx="{x}" cy="{y:.0f}" rx="{wide:.0f}" ry="{high:.0f}"></ellipse>'
        y -= high * 0.78
        wide *= chance.uniform(0.62, 0.76)


def _grasses(chance: random.Random) -> Iterator[str]:
    """Thin stems over a slope, as regular as needles and as loose as grass."""
    count = chance.randint(9, 15)
    lean = chance.randint(-14, 14)
    stems = "".join(
        f'<path d="M{x:.0f} {_HIGH}q{lean / 2:.0f} -{high / 2:.0f} {lean} -{high}"></path>'
        for x, high in (
            (20 + number * (_WIDE - 40) / (count - 1), chance.randint(92, 176)) for number in range(count)
        )
    )
    yield _circle("soft", chance.randint(70, 250), chance.randint(70, 120), chance.randint(44, 70))
    yield f'<g class="line-warm" opacity=".7">{stems}</g>'
    yield _path("warm", f"{_wave(chance, chance.randint(176, 200), 10)}V{_HIGH}H0z")


def _arches(chance: random.Random) -> Iterator[str]:
    """A doorway within a doorway."""
    middle, wide, high = chance.randint(130, 190), chance.randint(120, 150), chance.randint(20, 56)
    for name in ("warm", "soft", "paper"):
        left, right = middle - wide, middle + wide
        yield _path(name, f"M{left} {_HIGH}V{high + wide}A{wide} {wide} 0 0 1 {right} {high + wide}V{_HIGH}z")
        wide -= chance.randint(34, 42)
        high += chance.randint(22, 36)


def _pores(chance: random.Random) -> Iterator[str]:
    """A field of dots that swell and shrink, and one that stands out."""
    across, down = chance.randint(6, 8), chance.randint(4, 5)
    turn, begin = chance.uniform(0.5, 1.1), chance.uniform(0, math.tau)
    dots = [
        (
            (column + 0.5 + row % 2 / 2) * _WIDE / (across + 0.5),
            (row + 0.5) * _HIGH / down,
            8 + 5 * math.sin(begin + turn * (column + row)),
        )
        for row in range(down)
        for column in range(across)
    ]
    chosen = chance.randrange(len(dots))
    for number, (x, y, radius) in enumerate(dots):
        yield _circle("teal-soft" if number == chosen else "warm", x, y, 20 if number == chosen else radius)


def _ripples(chance: random.Random) -> Iterator[str]:
    """Rings from a point near the edge, over still water."""
    x, y = chance.choice((chance.randint(30, 90), chance.randint(230, 290))), chance.randint(90, 170)
    yield _path("soft", f"{_wave(chance, y + chance.randint(10, 40), 8)}V{_HIGH}H0z")
    for number in range(chance.randint(4, 6)):
        yield _circle(
            "line", x, y, 18 + number * chance.randint(22, 28), f' opacity="{0.6 - number * 0.09:.2f}"'
        )
    yield _circle("deep", x, y, 7)


_MOTIFS: tuple[Callable[[random.Random], Iterator[str]], ...] = (
    _hills,
    _stones,
    _grasses,
    _arches,
    _pores,
    _ripples,
)
