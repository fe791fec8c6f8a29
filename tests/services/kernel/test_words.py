"""Words made equal for comparing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.words import fold


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  São-Paulo,  CAFÉ 9 ", "sao paulo cafe 9"),
        ("St. Gallen_West", "st gallen west"),
        ("MÜNCHEN", "munchen"),
        ("Straße", "strasse"),
        ("Łódź", "łodz"),
        ("℡", "tel"),
        (" ~ ", ""),
    ],
)
def test_texts_are_made_equal(text: str, plain: str) -> None:
    assert fold(text) == plain


@given(st.text())
def test_what_is_equal_stays_equal(text: str) -> None:
    assert fold(fold(text)) == fold(text)
