"""How values read on a page."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from web.audit_words import deed
from web.filters import country, language, moment, moment_soon, span_of_days, town


@pytest.mark.parametrize(
    ("country", "region", "postcode", "line"),
    [
        ("US", "TX", "78701", "Austin, TX 78701"),
        ("US", "", "78701", "Austin 78701"),
        ("GB", "", "", "Austin"),
        ("ES", "", "78701", "78701 Austin"),
        ("DE", "Hessen", "78701", "78701 Austin, Hessen"),
    ],
)
def test_an_address_reads_as_in_its_country(country: str, region: str, postcode: str, line: str) -> None:
    place = SimpleNamespace(city="Austin", country=country, region=region, postcode=postcode)
    assert town(place) == line


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), "23 to 29 November 2026"),
        (date(2026, 11, 28), date(2026, 12, 4), "28 November to 4 December 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 December 2026 to 3 January 2027"),
    ],
)
def test_a_span_of_days_says_month_and_year_once(first: date, last: date, words: str) -> None:
    assert span_of_days(first, last) == words


def test_a_moment_of_the_next_weeks_needs_no_year() -> None:
    instant = "2026-03-04T20:30:00+00:00"
    assert moment(instant, "America/Chicago") == "Wed 4 Mar 2026, 14:30"
    assert moment_soon(instant, "America/Chicago") == "Wed 4 Mar, 14:30"


def test_codes_are_names() -> None:
    assert (country("GB"), language("es"), country("QQ")) == ("United Kingdom", "Spanish", "QQ")


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("credential.add", "Credential added"),
        ("case.claimed", "Case taken"),
        ("check_in.read", "Check-in looked at"),
        ("clinic.standing", "Clinic status changed"),
        ("rocket.launch_twice", "Rocket launch twice"),
    ],
)
def test_an_audit_event_reads_as_what_was_done(action: str, words: str) -> None:
    assert deed(action) == words
