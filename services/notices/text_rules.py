"""Rules of text messages: how many segments they take, and how one is made to fit.

A text in the alphabet of GSM 03.38 (3GPP TS 23.038) has 160 signs in one segment, 153 in each of several; any other is
UCS-2 and has 70 or 67. Signs of the extension table count twice; UCS-2 counts UTF-16 units.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MOST_SEGMENTS = 2
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_GSM_SIGNS, _UCS_SIGNS = (160, 153), (70, 67)
_PLAIN = str.maketrans("‘’“”–—…·", "''\"\"--..")


def is_gsm(text: str) -> bool:
    """Whether every sign is in the short alphabet."""
    return all(sign in _BASIC or sign in _EXTENDED for sign in text)


def segments(text: str) -> int:
    """How many segments the text takes."""
    if is_gsm(text):
        # A sign of two septets is never split over two segments.
        return _count((2 if sign in _EXTENDED else 1 for sign in text), *_GSM_SIGNS)
    return _count((len(sign.encode("utf-16-be")) // 2 for sign in text), *_UCS_SIGNS)


def _count(lengths: Iterable[int], alone: int, joined: int) -> int:
    sizes = list(lengths)
    if sum(sizes) <= alone:
        return 1
    count, room = 1, joined
    for size in sizes:
        if size > room:
            count, room = count + 1, joined
        room -= size
    return count


def plain(text: str) -> str:
    """The text in the short alphabet, as near as it gets: signs that it lacks lose their accents."""
    return "".join(sign if is_gsm(sign) else _bare(sign) for sign in text.translate(_PLAIN))


def _bare(sign: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", sign) if is_gsm(one))


def fitting(texts: Iterable[str]) -> str | None:
    """The first text that fits, each tried as it is and then in the short alphabet; nothing where none does.

    A name in another writing system is nothing in the short alphabet, so what lost more than accents is not taken.
    """
    for text in texts:
        if segments(text) <= MOST_SEGMENTS:
            return text
        bare = plain(text)
        if len(bare) >= len(text) and segments(bare) <= MOST_SEGMENTS:
            return bare
    return None
