"""Paths of our own calendars, and what is kept of them."""

from __future__ import annotations

import hashlib

import pytest

from services.scheduling.feed_rules import kept_of, token_in


def test_the_secret_part_is_kept_as_its_hash() -> None:
    assert kept_of("a-B_1") == hashlib.sha256(b"a-B_1").hexdigest()


@pytest.mark.parametrize(
    ("path", "token"),
    [
        ("/feeds/a-B_1.ics", "a-B_1"),
        ("/feeds/a-B_1.icsx", None),
        ("/feeds/a-B_1xics", None),
        ("/feeds/.ics", None),
        ("/feeds/a/b.ics", None),
        ("/es/feeds/a-B_1.ics", None),
        ("/bookings/a-B_1/calendar.ics", None),
    ],
)
def test_only_a_calendars_path_has_one(path: str, token: str | None) -> None:
    assert token_in(path) == token
