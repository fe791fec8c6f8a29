"""Decisions over values: numbers with check digits, dates that make sense, files by their content, hours."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.kernel.errors import FieldError

LARGEST_EVIDENCE = 10_000_000
EARLIEST_YEAR = 1990
REMINDER_DAYS = (60, 30, 7)
REMINDED_AT = time(9)
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
_LONGEST_STEM = 80
_NPI_ISSUERS = re.compile(r"\bnpi\b|\bnppes\b|national provider identifier", re.IGNORECASE)
_NPI_PREFIX = "80840"
_NPI_DIGITS = 10
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = 0xDA
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before it (ISO/IEC 7812-1)."""
    values = (int(sign) * (2 if place % 2 else 1) for place, sign in enumerate(reversed(digits)))
    sums = (value - 9 if value > 9 else value for value in values)  # noqa: PLR2004  the sum of both digits
    return sum(sums) % 10 == 0


def is_npi(number: str) -> bool:
    """Whether it is a US National Provider Identifier: ten digits from 1 or 2, Luhn with prefix 80840.

    Source: CMS, 45 CFR 162.406 and the NPI check digit standard.
    """
    plain = number.isascii() and number.isdigit()
    known = plain and len(number) == _NPI_DIGITS and number.startswith(("1", "2"))
    return known and luhn_holds(_NPI_PREFIX + number)


def number_problem(issuer: str, number: str) -> FieldError | None:
    """What is wrong with a credential's number, where its register's numbers carry a check digit."""
    if _NPI_ISSUERS.search(issuer) and not is_npi(number.replace(" ", "").replace("-", "")):
        words = "This is not an NPI: check its ten digits, the last one does not fit the others."
        return FieldError("number", "check-digit", words)
    return None


def date_problems(issued_on: date | None, expires_on: date | None, today: date) -> list[FieldError]:
    """What is wrong with a credential's dates. A credential counts through the whole day of its expiry."""
    found = []
    if issued_on is not None and issued_on > today:
        found.append(FieldError("issued_on", "in-future", "The day of issue lies in the future."))
    if expires_on is not None and issued_on is not None and expires_on <= issued_on:
        found.append(FieldError("expires_on", "before-issue", "It must expire after it was issued."))
    elif expires_on is not None and has_expired(expires_on, today):
        words = "This credential has expired. Enter the renewed one."
        found.append(FieldError("expires_on", "in-past", words))
    return found


def has_expired(expires_on: date | None, today: date) -> bool:
    """Whether the day of expiry is over."""
    return expires_on is not None and expires_on < today


def is_early_renewal(changes: Mapping[str, object], expires_on: date | None, today: date) -> bool:
    """Whether a checked credential is renewed before its last day is over: later dates, and nothing else is changed."""
    later = changes.get("expires_on")
    if not isinstance(later, date) or expires_on is None or has_expired(expires_on, today):
        return False
    return set(changes) <= {"issued_on", "expires_on"} and later > expires_on


def state_on(state: str, expires_on: date | None, today: date) -> str:
    """A credential's state as it counts on that day: a verified one lapses when its last day is over."""
    return "lapsed" if state == "verified" and has_expired(expires_on, today) else state


def lapses_at(expires_on: date) -> datetime:
    """The instant from which a credential no longer counts: the end of its last day, in UTC."""
    return datetime.combine(expires_on + timedelta(days=1), time(), UTC)


def reminders(expires_on: date, now: datetime) -> list[tuple[int, datetime]]:
    """When the clinic is reminded of an expiry: (days left, instant), for those instants that still lie ahead."""
    planned = [
        (days, datetime.combine(expires_on - timedelta(days=days), REMINDED_AT, UTC))
        for days in REMINDER_DAYS
    ]
    return [(days, at) for days, at in planned if at > now]


def reminder_due(expires_on: date | None, today: date) -> int | None:
    """Which reminder fits the days that are left: 60, 30 or 7, the nearest one; none sooner, or once it is over."""
    if expires_on is None or has_expired(expires_on, today):
        return None
    left = (expires_on - today).days
    return min((days for days in REMINDER_DAYS if left <= days), default=None)


def since_year_problem(year: int | None, this_year: int) -> FieldError | None:
    """What is wrong with the year in which somebody began to needle."""
    if year is not None and not EARLIEST_YEAR <= year <= this_year:
        words = f"Give a year from {EARLIEST_YEAR} to {this_year}."
        return FieldError("needling_since_year", "out-of-range", words)
    return None


def overlapping(spans: Sequence[tuple[object, int, time, time]]) -> int | None:
    """The index of the first (place, weekday, opens, closes) that overlaps one before it at its place and day."""
    for index, (place, weekday, opens, closes) in enumerate(spans):
        for other, day, start, end in spans[:index]:
            if (other, day) == (place, weekday) and opens < end and start < closes:
                return index
    return None


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
