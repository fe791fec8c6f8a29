"""Names found by a part of them, as people write it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, func, literal_column

from services.kernel.words import fold


def holds_folded(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a name has the text in it; case, accents and signs that are no letters or digits apart, as in `fold`.

    No index is asked: for the lists of those who run the platform.
    """
    wanted = fold(text)
    if not wanted:
        return false()
    plain = func.unaccent(func.lower(func.normalize(column, literal_column("NFKC"))))
    return func.regexp_replace(plain, "[^[:alnum:]]+", " ", "g").contains(wanted, autoescape=True)
