"""Addresses of calendars elsewhere, and when they are read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.kernel.errors import InvalidFields
from services.scheduling.external_rules import Read, host_of, next_pause, spans_that_count

MINUTE = timedelta(minutes=1)
NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)


def span(begins: int, ends: int) -> tuple[datetime, datetime]:
    """So many hours after noon."""
    return NOON + timedelta(hours=begins), NOON + timedelta(hours=ends)


def test_what_is_ours_counts_where_it_is_not_known() -> None:
    ours = {UUID(int=1): [span(1, 2)], UUID(int=2): [span(2, 3), span(8, 9)]}
    read = Read([span(-1, 0), span(5, 6)], ours, 0)
    assert spans_that_count(read, ours.keys()) == [span(-1, 0), span(5, 6)]
    assert spans_that_count(read, {UUID(int=1)}) == [span(-1, 0), span(2, 3), span(5, 6), span(8, 9)]
    assert spans_that_count(read, ()) == [span(-1, 0), span(1, 3), span(5, 6), span(8, 9)]


def test_what_touches_is_one_span_and_a_long_one_is_in_pieces() -> None:
    read = Read([span(3, 28), span(0, 2), span(1, 3)], {}, 0)
    assert spans_that_count(read, ()) == [span(0, 12), span(12, 24), span(24, 28)]
    assert spans_that_count(Read([span(0, 3), span(1, 2), span(4, 16)], {}, 0), ()) == [
        span(0, 3),
        span(4, 16),
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Calendar.example.test/a.ics?x=1#top", "https://Calendar.example.test/a.ics?x=1"),
        ("webcal://calendar.example.test/a.ics", "https://calendar.example.test/a.ics"),
        ("webcals://calendar.example.test:8443/a", "https://calendar.example.test:8443/a"),
    ],
)
def test_an_address_is_kept_as_https(given: str, kept: str) -> None:
    assert host_of(given) == ("calendar.example.test", kept)


@pytest.mark.parametrize(
    ("given", "host", "kept"),
    [
        (
            "webcal://Müller.example:8443/ü.ics?q=ö%20%C3%BC",
            "xn--mller-kva.example",
            "https://xn--mller-kva.example:8443/%C3%BC.ics?q=%C3%B6%20%C3%BC",
        ),
        ("https://faß.example/a", "xn--fa-hia.example", "https://xn--fa-hia.example/a"),
        ("https://a_b.example./x", "a_b.example.", "https://a_b.example./x"),
        # Names that stand for others are checked, and asked for, as those.
        ("https://１２７.0.0.1/a", "127.0.0.1", "https://127.0.0.1/a"),
        ("https://[2001:DB8::1]:8443/a", "2001:db8::1", "https://[2001:DB8::1]:8443/a"),
    ],
)
def test_other_letters_are_kept_as_a_server_is_asked(given: str, host: str, kept: str) -> None:
    assert host_of(given) == (host, kept)


@pytest.mark.parametrize(
    "given",
    [
        "http://calendar.example.test/a.ics",
        "ftp://calendar.example.test/a",
        "file:///etc/passwd",
        "calendar.example.test/a.ics",
        "https:///a.ics",
        "https://ana:secret@calendar.example.test/a.ics",
        "https://calendar.example.test/a b.ics",
        "https://calendar.example.test:99999/a.ics",
        "https://[::1/a.ics",
        "https://[elsewhere]/a.ics",
        "https://ana:secret@müller.example/a.ics",
        "https://a..b/x.ics",
        f"https://{'a' * 70}.example/x.ics",
        f"https://{'ü' * 70}.example/x.ics",
        f"https://{'a.' * 127}example/x.ics",
        "https://exam%41ple.test/a.ics",
        "https://☃️‍.example/a.ics",
        "https://müller..example/a.ics",
    ],
)
def test_what_cannot_be_an_address_is_refused(given: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        host_of(given)
    assert [(error.field, error.code) for error in refused.value.errors] == [("address", "invalid")]


def test_readings_are_15_to_60_minutes_apart_and_further_after_failures() -> None:
    assert (next_pause(0, 0), next_pause(0, 1), next_pause(0, 0.5)) == (
        15 * MINUTE,
        60 * MINUTE,
        37.5 * MINUTE,
    )
    assert [next_pause(failures, 0) for failures in (1, 2, 3)] == [30 * MINUTE, 60 * MINUTE, 120 * MINUTE]
    assert next_pause(6, 1) == next_pause(10_000, 0) == timedelta(days=1)
