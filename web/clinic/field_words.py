"""Errors that name their field, so that a summary of several can be read on its own."""

from __future__ import annotations

from collections.abc import Mapping

from services.kernel.errors import FieldError
from web.locale import gettext

_GENERAL = frozenset({"missing", "wrong-type", "too-long", "too-short", "out-of-range"})


def led(label: str, words: str) -> str:
    """What is wrong, with what it is about before it, both in the page's language: `Sessions: fill this in`."""
    said = gettext(words)
    return f"{gettext(label)}: {said[:1].lower()}{said[1:]}"


def named(error: FieldError, labels: Mapping[str, str], field: str | None = None) -> str:
    """The error's words, with the field's label before those that fit any field, as in `Sessions: fill this in`."""
    label = labels.get(field or error.field)
    if label is None or error.code not in _GENERAL:
        return error.message
    return led(label, error.message)
