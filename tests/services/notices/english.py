"""Finds English that is left over in a letter in another language, by its words and by what the catalogues know."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Row

from services.kernel.language import CATALOGUES
from tests.web.test_languages import catalogue_of
from tests.web.test_spanish_refusals import english_of

# Words of which any English sentence has one, and that Spanish does not have; days and months are in every date.
_WORDS = """
    the of and you your is was were have been this that these to with for from at by on not it its they their them
    will be in if there who what when which an or
    monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december
"""
_ENGLISH = frozenset(_WORDS.split())
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+")
_SHOWN = re.compile(r"^(?:SUMMARY|DESCRIPTION):(.*)$", re.MULTILINE)


def english_left(row: Row[Any], own: Collection[str]) -> list[str]:
    """The lines of a message that say something in English; `own` are names and what people wrote themselves."""
    files = [found for file in row.attachments for found in _SHOWN.findall(file["content"])]
    lines = [line for text in (row.title, row.text_body, *files) for line in str(text).splitlines()]
    return [line for line in lines if _is_english(_without(line, own))] + [
        text for text in english_of(row.html_body) if text not in own
    ]


def _without(line: str, own: Collection[str]) -> str:
    for words in own:
        line = line.replace(words, "")
    return _ADDRESS.sub("", line)


def _is_english(line: str) -> bool:
    words = {word.lower() for word in _WORD.findall(line)}
    return bool(words & _ENGLISH) or any(part.strip() in _labels() for part in (line, *line.split(":", 1)))


@cache
def _labels() -> frozenset[str]:
    """Texts, of one word too, that the catalogue of services says otherwise in Spanish."""
    known = [one for one in catalogue_of("es", CATALOGUES) if one.id]
    return frozenset(str(one.id) for one in known) - {str(one.string) for one in known}
