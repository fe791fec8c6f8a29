"""What a HEIC file is by its bytes: how large its picture is, whether it is whole, whether it moves.

Only boxes are walked, nothing is decoded. Sources: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF, brands, `ispe`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from services.kernel.picture_head_rules import PictureHead

HEIC = "image/heic"
_STILL, _MOVING = frozenset({b"heic", b"heix"}), frozenset({b"hevc", b"hevx", b"msf1"})
_NEUTRAL = frozenset({b"mif1", b"miaf"})
_SHORT_HEAD, _LONG_HEAD, _FULL = 8, 16, 4
_SIDES = 8


def is_heif(content: bytes) -> bool:
    """Whether a file begins as HEIC, whole or not, still or moving."""
    brands = _brands(content)
    return bool(brands) and (
        brands[0] in _STILL | _MOVING or (brands[0] in _NEUTRAL and bool(_STILL & {*brands}))
    )


def read_heif(content: bytes) -> PictureHead | None:
    """The head of a HEIC that is there to the end of its data; what follows is not looked at."""
    if not is_heif(content):
        return None
    try:
        found = {kind: (start, end) for kind, start, end in _boxes(content, 0, len(content), lenient=True)}
        if b"meta" not in found or b"mdat" not in found:
            return None
        meta_at, meta_end = found[b"meta"]
        sides = _largest(content, meta_at + _FULL, meta_end)
    except (struct.error, ValueError):
        return None
    if sides is None:
        return None
    moves = _brands(content)[0] in _MOVING or b"moov" in found
    return PictureHead(HEIC, *sides, max(end for _, end in found.values()), moves)


def _brands(content: bytes) -> list[bytes]:
    """The major brand, then the compatible ones; nothing for anything but a file of this family."""
    if content[4:8] != b"ftyp":
        return []
    (length,) = struct.unpack_from(">I", content)
    listed = content[8:12] + content[16 : min(length, len(content))]
    return [listed[at : at + 4] for at in range(0, len(listed) - 3, 4)]


def _boxes(content: bytes, at: int, until: int, *, lenient: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the contents of each box. Raises `ValueError` for one that leaves its own box.

    `lenient`: walking ends there instead, as cameras add what is no box behind the last one.
    """
    while at + _SHORT_HEAD <= until:
        length, kind = struct.unpack_from(">I4s", content, at)
        head = _SHORT_HEAD
        if length == 1:
            (length,), head = struct.unpack_from(">Q", content, at + _SHORT_HEAD), _LONG_HEAD
        elif length == 0:
            length = until - at
        if length < head or at + length > until:
            if lenient:
                return
            raise ValueError("a box is larger than what it lies in")
        yield kind, at + head, at + length
        at += length


def _largest(content: bytes, at: int, until: int) -> tuple[int, int] | None:
    """Width and height of the largest picture that the properties name; tiles and thumbnails are smaller."""
    found = [
        struct.unpack_from(">II", content, start + _FULL)
        for properties, first, last in _boxes(content, at, until)
        if properties == b"iprp"
        for group, begin, stop in _boxes(content, first, last)
        if group == b"ipco"
        for kind, start, end in _boxes(content, begin, stop)
        if kind == b"ispe" and end - start >= _FULL + _SIDES
    ]
    whole = [(width, height) for width, height in found if min(width, height) > 0]
    return max(whole, key=lambda sides: sides[0] * sides[1], default=None)
