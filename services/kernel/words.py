"""Words of people, made equal for comparing."""

from __future__ import annotations

import unicodedata

_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}


def fold(text: str) -> str:
    """Text in lower case, without accents, of letters and digits alone, with single spaces."""
    if text.isascii():
        return " ".join(text.translate(_PLAIN).split())
    # Twice: what a sign is made of may be a capital (℡), and what is folded may be made of more than one sign.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())
