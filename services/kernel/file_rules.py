"""Decisions over uploaded files: their type by what their bytes show, their size, and a name that is safe to show."""

from __future__ import annotations

import re
import struct
import unicodedata

from services.kernel.errors import FieldError

LARGEST_EVIDENCE = 10_000_000
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
_LONGEST_STEM = 80
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = 0xDA
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def type_of(content: bytes) -> str | None:
    """The media type that the bytes themselves show: PDF, JPEG or PNG, whole; nothing for anything else."""
    if _is_pdf(content):
        return PDF
    if _is_jpeg(content):
        return JPEG
    return PNG if _is_png(content) else None


def _is_pdf(content: bytes) -> bool:
    tail = content[-1024:]
    return re.match(rb"%PDF-[12]\.\d", content) is not None and b"startxref" in tail and b"%%EOF" in tail


def _is_png(content: bytes) -> bool:
    """Begins with its header and ends whole; width and height, at byte 16, are 1 to 2^31 - 1 (ISO/IEC 15948)."""
    if not (content.startswith(_PNG_START) and content.endswith(_PNG_END)):
        return False
    sides: tuple[int, int] = struct.unpack_from(">ii", content, 16)
    return min(sides) > 0


def _is_jpeg(content: bytes) -> bool:
    """Walks the segments from the start to the picture's data: a frame must come before it."""
    if not content.startswith(b"\xff\xd8\xff") or b"\xff\xd9" not in content[-4096:]:
        return False
    at, framed = 2, False
    while at + 4 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004  every marker begins so
        marker = content[at + 1]
        if marker == _JPEG_SCAN:
            return framed
        framed = framed or marker in _JPEG_FRAMES
        at += 2 if marker in _JPEG_BARE else 2 + max(int.from_bytes(content[at + 2 : at + 4]), 2)
    return False


def clean_filename(name: str, content_type: str) -> str:
    """A name that is safe to show and to save under, with the ending of its true type."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    stem = last.rpartition(".")[0] or last
    kept = re.sub(r"[^\w ().-]", "_", stem)
    kept = re.sub(r"[ _]*_[ _]*", "_", " ".join(kept.split())).strip(" ._")
    return (kept[:_LONGEST_STEM].rstrip(" ._") or "evidence") + EXTENSIONS[content_type]


def evidence_problem(content: bytes) -> FieldError | None:
    """What is wrong with an uploaded file: nothing in it, too much, or not a PDF, JPEG or PNG by its content."""
    if not content:
        return FieldError("file", "empty", "The file is empty.")
    if len(content) > LARGEST_EVIDENCE:
        return FieldError("file", "too-large", "The file is larger than 10 MB. Send a smaller scan.")
    if type_of(content) is None:
        words = "The file is not a whole PDF, JPEG or PNG, whatever its name says."
        return FieldError("file", "wrong-type", words)
    return None
