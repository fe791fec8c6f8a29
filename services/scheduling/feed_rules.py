"""Decisions about our own calendar addresses from values alone: what of one is kept, and which paths are such."""

from __future__ import annotations

import hashlib
import re

_PATH = re.compile(r"/feeds/([A-Za-z0-9_-]+)\.ics")


def kept_of(token: str) -> str:
    """What is kept of an address's secret part: its hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_in(path: str) -> str | None:
    """The secret part of a calendar's path; nothing for any other path."""
    found = _PATH.fullmatch(path)
    return found[1] if found else None
