"""What a clinic's own words in messages may hold: its own addresses, and the client's name where it is filled in."""

from __future__ import annotations

import pytest

from services.notices.words_rules import foreign_addresses, unknown_holes

OWN = ("https://needlewise.test/c/linden", "desk@linden.test")


@pytest.mark.parametrize(
    ("words", "foreign"),
    [
        ("See you soon. Bring a hat, and 2.5 litres of water!", []),
        ("Write to desk@linden.test, or to DESK@Linden.test.", []),
        ("All of it: https://needlewise.test/c/linden.", []),
        ("All of it: needlewise.test/c/linden/prices!", []),
        ("needlewise.test/c/lindenberg", ["needlewise.test/c/lindenberg"]),
        ("Pay at https://pay.example/now, today", ["https://pay.example/now"]),
        ("www.other.example", ["www.other.example"]),
        ("Ask me@other.example; or call.", ["me@other.example"]),
        ("other.example/x", ["other.example/x"]),
        ("10.0.0.1:8080/x and 127.0.0.1", ["10.0.0.1:8080/x", "127.0.0.1"]),
        ("(a.example) b.example:", ["a.example", "b.example"]),
    ],
)
def test_addresses_that_are_not_the_clinics_are_found(words: str, foreign: list[str]) -> None:
    assert foreign_addresses(words, OWN) == foreign


def test_without_an_address_of_its_own_every_address_is_foreign() -> None:
    assert foreign_addresses("desk@linden.test", ()) == ["desk@linden.test"]


@pytest.mark.parametrize(
    ("words", "named", "unknown"),
    [
        ("Dear {name},", True, []),
        ("Dear {name},", False, ["{name}"]),
        ("Dear {Name} {}", True, ["{Name}", "{}"]),
        ("an open { brace, and } one", True, ["{ brace, and }"]),
        ("half {open", True, ["{open"]),
        ("half} open", True, ["}"]),
    ],
)
def test_what_is_filled_in_by_nobody_is_found(words: str, unknown: list[str], *, named: bool) -> None:
    assert unknown_holes(words, named=named) == unknown
