"""What a file is by its bytes, whatever its name or sender says: pictures, how large they are and where they end.

Only headers are read, nothing is decoded, so that a small file which would unfold into gigabytes costs nothing. One of
far more parts than anybody writes is no picture either: each scan goes over all pixels again, each chunk is read apart.
Sources: ITU-T T.81 (JPEG), ISO/IEC 15948 (PNG), RFC 9649 (WebP).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_HEAD = b"\x00\x00\x00\x0dIHDR"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_START = b"\xff\xd8\xff"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
# Within a scan a byte of ones is followed by a nought or by a restart; anything else is the next marker.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# libjpeg's own script has 10 scans in colour and 18 in four inks (`jpeg_simple_progression`); cameras write one to ten.
_MOST_SCANS = 36
# A segment holds 64 KB, so that the largest file that is taken fills about 300; a filling byte counts as one as well.
_MOST_SEGMENTS = 1_000
# libpng writes pixels in pieces of 8 KB, about 2,500 in the largest file; of all else there are a few dozen chunks.
_MOST_PIECES, _MOST_CHUNKS = 10_000, 500
_WEBP_MOVES = 0x02


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What the head of a whole picture says. Width and height are in pixels, as stored; it ends before `ends_at`."""

    content_type: str
    width: int
    height: int
    ends_at: int
    moves: bool = False


def picture_type(content: bytes) -> str | None:
    """Which picture a file begins as, whole or not: JPEG, PNG or WebP."""
    if content.startswith(_JPEG_START):
        return JPEG
    if content.startswith(_PNG_START):
        return PNG
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def read_picture(content: bytes) -> PictureHead | None:
    """The head of a JPEG, PNG or WebP that is there to its end; what follows its end is not looked at."""
    readers = {JPEG: _read_jpeg, PNG: _read_png, WEBP: _read_webp}
    kind = picture_type(content)
    try:
        return None if kind is None else readers[kind](content)
    except (struct.error, IndexError):
        return None


def _read_png(content: bytes) -> PictureHead | None:
    """Steps from chunk to chunk up to the last one; `acTL` says that it is animated."""
    at, moves, pieces, chunks = len(_PNG_START), False, 0, 0
    if not content.startswith(_PNG_HEAD, at):
        return None
    width, height = struct.unpack_from(">ii", content, at + 8)
    while (kind := content[at + 4 : at + 8]) != b"IEND":
        moves = moves or kind == b"acTL"
        pieces, chunks = pieces + (kind == b"IDAT"), chunks + (kind != b"IDAT")
        if pieces > _MOST_PIECES or chunks > _MOST_CHUNKS:
            return None
        (length,) = struct.unpack_from(">I", content, at)
        at += 12 + length
    if not content.startswith(_PNG_END, at) or min(width, height) < 1:
        return None
    return PictureHead(PNG, width, height, at + len(_PNG_END), moves)


def _read_jpeg(content: bytes) -> PictureHead | None:
    """Steps from segment to segment, over each scan's data, up to the end; a frame comes before the first scan."""
    at, sides, scans, steps = 2, (0, 0), 0, 0
    while content[at] == 0xFF and steps <= _MOST_SEGMENTS and scans <= _MOST_SCANS:  # noqa: PLR2004  begins a marker
        steps += 1
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  filling before a marker
            at += 1
            continue
        if marker == _JPEG_END:
            return PictureHead(JPEG, *sides, at + 2) if scans else None
        if marker in _JPEG_BARE:
            at += 2
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            sides = (width, height)
        (length,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + max(length, 2)
        if marker == _JPEG_SCAN:
            following = _JPEG_MARKER.search(content, at) if min(sides) > 0 else None
            if following is None:
                return None
            at, scans = following.start(), scans + 1
    return None


def _read_webp(content: bytes) -> PictureHead | None:
    """Reads the first chunk: lossy, lossless, or the extended header with its flags."""
    (length,) = struct.unpack_from("<I", content, 4)
    ends_at = 8 + length + length % 2
    if ends_at > len(content):
        return None
    kind = content[12:16]
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", content, 26))
    elif kind == b"VP8L" and content[20] == 0x2F:  # noqa: PLR2004  its signature
        (bits,) = struct.unpack_from("<I", content, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        return PictureHead(WEBP, width, height, ends_at, bool(content[20] & _WEBP_MOVES))
    else:
        return None
    return PictureHead(WEBP, width, height, ends_at) if min(width, height) > 0 else None
