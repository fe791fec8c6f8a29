"""Segments of text messages (3GPP TS 23.038), and how a text is made to fit."""

from __future__ import annotations

import pytest

from services.notices.text_rules import fitting, is_gsm, plain, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # a sign of two septets is not split
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("í" * 134, 2),
        ("í" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("í" + "🙂" * 66, 2),
        ("🙂" * 67, 3),  # 33 fit into a segment of 67 units
    ],
)
def test_segments(text: str, expected: int) -> None:
    assert segments(text) == expected


def test_the_short_alphabet_has_some_accents() -> None:
    assert is_gsm("Où est l'été, señor? ñ ü à Ä ¿ @ € [x]")
    assert not is_gsm("í")
    assert plain("Clínica “Ángel” – ñ") == 'Clinica "Angel" - ñ'


def test_the_first_that_fits_is_taken_and_a_name_is_never_lost() -> None:
    assert fitting(["í" * 135]) == "i" * 135
    assert fitting(["í" * 134]) == "í" * 134
    assert fitting(["Клиника " * 20, "Клиника"]) == "Клиника"
    assert fitting(["a" * 307, "b" * 306, "c"]) == "b" * 306
    assert fitting(["a" * 307]) is None
