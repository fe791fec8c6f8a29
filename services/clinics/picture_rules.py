"""Decisions over pictures from values alone: which files are taken, how large they are shown, what the public sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.kernel.errors import FieldError
from services.kernel.language import gettext
from services.kernel.picture_head_rules import picture_type, read_picture

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a picture may be in pixels: at least `shortest` and at most `longest` on its long side."""

    shortest: int
    longest: int
    pixels: int


LARGEST_PICTURE = 10_000_000
LIMITS = Limits(600, 8_000, 50_000_000)
MOST_PICTURES = 12
# The widths in pixels that are made of each picture, by the name they are kept under.
WIDTHS = {"small": 400, "medium": 800, "large": 1600}
_LONGEST_RATIO = 4


def file_problem(content: bytes) -> FieldError | None:
    """What is wrong with an uploaded picture, from its bytes alone; nothing is decoded."""
    if not content:
        return FieldError("file", "empty", "The file is empty.")
    if len(content) > LARGEST_PICTURE:
        return FieldError("file", "too-large", "The file is larger than 10 MB. Send a smaller copy.")
    if picture_type(content) is None:
        words = "The file is not a JPEG, PNG or WebP picture, whatever its name says."
        return FieldError("file", "wrong-type", words)
    head = read_picture(content)
    if head is None:
        words = "The file is cut off or damaged. Send it again, from where it was taken."
        return FieldError("file", "damaged", words)
    if head.moves:
        return FieldError("file", "animated", "The picture moves. Send a still one.")
    return size_problem(head.width, head.height)


def size_problem(width: int, height: int, limits: Limits = LIMITS) -> FieldError | None:
    """What is wrong with a picture's size in pixels."""
    long, short = max(width, height), min(width, height)
    has = gettext("The picture is {width} by {height} pixels.", width=f"{width:,}", height=f"{height:,}")
    if long > limits.longest:
        words = gettext("Send one of at most {most} on its long side.", most=f"{limits.longest:,}")
        return FieldError("file", "too-many-pixels", f"{has} {words}")
    if width * height > limits.pixels:
        words = gettext("Send one of at most {most} megapixels.", most=limits.pixels // 1_000_000)
        return FieldError("file", "too-many-pixels", f"{has} {words}")
    if long < limits.shortest:
        words = gettext("It needs at least {least} on its long side to look sharp.", least=limits.shortest)
        return FieldError("file", "too-small", f"{has} {words}")
    if short * _LONGEST_RATIO < long:
        words = "The picture is a narrow strip. Its long side may be four times its short one at most."
        return FieldError("file", "too-narrow", words)
    return None


def sizes_of(width: int, height: int, widths: Mapping[str, int] = WIDTHS) -> dict[str, tuple[int, int]]:
    """The sizes that are made of a picture, by name: never larger than it is, and none twice."""
    found: dict[str, tuple[int, int]] = {}
    for name, wanted in widths.items():
        wide = min(wanted, width)
        found[name] = (wide, max(round(height * wide / width), 1))
        if wanted >= width:
            break
    return found


def is_shown(state: str, alt: str, taken_down: object) -> bool:
    """Whether the public sees a picture of a live clinic: ready, described in words, not taken down."""
    return state == "ready" and bool(alt) and taken_down is None


def moved(ids: Sequence[T], one: T, to: int) -> list[T]:
    """The ids with one of them at another place, counted from 1; past an end it stays at that end."""
    rest = [other for other in ids if other != one]
    at = min(max(to - 1, 0), len(rest))
    return [*rest[:at], one, *rest[at:]]
