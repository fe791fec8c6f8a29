"""How values read on a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import pytest

from services.kernel.language import money_words, speaking
from web.audit_words import deed
from web.filters import (
    country,
    day,
    language,
    moment,
    moment_soon,
    number,
    place,
    span_of_days,
    town,
    weekday,
)


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
    address = SimpleNamespace(city="Austin", country=country, region=region, postcode=postcode)
    assert town(address) == line


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), "23 to 29 November 2026"),
        (date(2026, 11, 28), date(2026, 12, 4), "28 November to 4 December 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 December 2026 to 3 January 2027"),
        (date(2026, 12, 2), date(2026, 12, 2), "2 December 2026"),
    ],
)
def test_a_span_of_days_says_month_and_year_once(first: date, last: date, words: str) -> None:
    assert span_of_days(first, last) == words


def test_a_moment_of_the_next_weeks_needs_no_year() -> None:
    instant = "2026-03-04T20:30:00+00:00"
    assert moment(instant, "America/Chicago") == "Wed 4 Mar 2026, 14:30"
    assert moment_soon(instant, "America/Chicago") == "Wed 4 Mar, 14:30"


def test_money_and_figures_read_as_in_english() -> None:
    assert (money_words(126_000, "GBP"), money_words(126_050, "USD"), money_words(1_200, "JPY")) == (
        "£1,260",
        "$1,260.50",
        "¥1,200",
    )
    assert (number(1260), number(4.25, 1), number(3, 1)) == ("1,260", "4.2", "3.0")


@pytest.fixture
def spanish() -> Iterator[None]:
    with speaking("es"):
        yield


@pytest.mark.usefixtures("spanish")
def test_money_figures_and_days_read_as_in_spanish() -> None:
    assert (money_words(126_000, "GBP"), money_words(126_050, "EUR")) == ("1.260\xa0£", "1.260,50\xa0€")
    assert (number(1260), number(4.3, 1)) == ("1.260", "4,3")
    assert day(date(2026, 3, 4)) == "4 de marzo de 2026"
    assert weekday(date(2026, 3, 4)) == "miércoles 4 de marzo"
    assert span_of_days(date(2026, 11, 28), date(2026, 12, 4)) == "28 de noviembre a 4 de diciembre de 2026"


def test_codes_are_names() -> None:
    assert (place("Leeds, GB"), place("Austin, TX, US")) == (
        "Leeds, United Kingdom",
        "Austin, TX, United States",
    )
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
