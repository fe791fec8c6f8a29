"""Words of people: made equal for comparing, put on one line, and which signs can be shown."""

from __future__ import annotations

import re
import unicodedata

NOT_SHOWN = "This holds signs that cannot be shown."
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BROKEN = re.compile(r"[\t\n\r\x85\u2028\u2029]")
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def is_showable(text: str) -> bool:
    """Whether no sign controls a machine, such as NUL, which no column takes; line breaks and tabs may be there."""
    return _UNSHOWABLE.search(text) is None


def is_one_line(text: str) -> bool:
    """Whether no sign of it breaks the line, nor is a tab."""
    return _BROKEN.search(text) is None


def in_one_line(text: str) -> str:
    """The text with a single space wherever lines break."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """Text in lower case, without accents, of letters and digits alone, with single spaces."""
    if text.isascii():
        return " ".join(text.translate(_PLAIN).split())
    # Twice: what a sign is made of may be a capital (℡), and what is folded may be made of more than one sign.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())
