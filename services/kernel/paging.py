"""Keyset pages: a list with an opaque cursor to what follows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.kernel.errors import InvalidFields

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the next page or nothing."""

    items: list[T]
    next: str | None = None


def encode_cursor(*keys: Any) -> str:
    """The sort keys of the last item shown, as an opaque string."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parts: int) -> list[Any]:
    """The keys of `encode_cursor`. Raises a field error of `cursor` for anything else."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        keys = None
    if not isinstance(keys, list) or len(keys) != parts:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.")
    return keys


def page_of(found: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """A page from `limit + 1` found items: one more than shown means that there is a next page."""
    shown = list(found[:limit])
    more = len(found) > limit
    return Page(shown, encode_cursor(*key(shown[-1])) if more else None)
