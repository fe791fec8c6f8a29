"""Telephone numbers: what takes text messages, in E.164."""

from __future__ import annotations

import pytest

from services.kernel.phones import NotReached, can_be_rung, mobile_number, region_of, shown_number


@pytest.mark.parametrize(
    ("typed", "region", "expected"),
    [
        ("(212) 555-0100", "US", "+12125550100"),
        ("+34 612 345 678", "US", "+34612345678"),
        ("612 345 678", "ES", "+34612345678"),
        ("0412 345 678", "AU", "+61412345678"),
        ("020 7946 0018", "GB", NotReached.NO_MOBILE),
        ("912 345 678", "ES", NotReached.NO_MOBILE),
        ("212 555 0100 ext. 5", "US", NotReached.NO_NUMBER),
        ("12", "US", NotReached.NO_NUMBER),
        ("", "US", NotReached.NO_NUMBER),
    ],
)
def test_what_is_typed_becomes_a_number_or_a_reason(typed: str, region: str, expected: str) -> None:
    assert mobile_number(typed, region) == expected


@pytest.mark.parametrize(
    ("typed", "region", "rung"),
    [
        ("(212) 555-0100", "US", True),
        ("+34 612 345 678", "US", True),
        ("020 7946 0018", "GB", True),
        ("+49 30 12345", "US", True),
        ("555 0100", "US", True),
        ("212 555 010", "US", False),
        ("+34 612 345 67", "ES", False),
        ("12", "US", False),
        ("+999 1234567", "US", False),
        ("+", "US", False),
        ("--", "US", False),
    ],
)
def test_a_number_to_ring_is_as_long_as_those_of_its_country(typed: str, region: str, *, rung: bool) -> None:
    assert can_be_rung(typed, region) is rung


def test_a_number_is_shown_as_people_write_it() -> None:
    assert shown_number("+34612345678") == "+34 612 34 56 78"
    assert region_of("+34612345678") == "ES"
