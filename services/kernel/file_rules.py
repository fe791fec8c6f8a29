"""Decisions over uploaded files: their type by what their bytes show, their size, and a name that is safe to show."""

from __future__ import annotations

import re
import unicodedata

from services.kernel.errors import FieldError
from services.kernel.picture_head_rules import JPEG, PDF, PNG, read_picture

LARGEST_EVIDENCE = 10_000_000
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
_LONGEST_STEM = 80
_MOST_AFTER_JPEG = 4094


def type_of(content: bytes) -> str | None:
    """The media type that the bytes themselves show: PDF, JPEG or PNG, whole; nothing for anything else.

    Cameras add a little after a JPEG; nothing follows the end of a PNG.
    """
    if _is_pdf(content):
        return PDF
    picture = read_picture(content)
    if picture is None or picture.content_type not in EXTENSIONS:
        return None
    after = len(content) - picture.ends_at
    return (
        picture.content_type if after <= (_MOST_AFTER_JPEG if picture.content_type == JPEG else 0) else None
    )


def _is_pdf(content: bytes) -> bool:
    tail = content[-1024:]
    return re.match(rb"%PDF-[12]\.\d", content) is not None and b"startxref" in tail and b"%%EOF" in tail


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
