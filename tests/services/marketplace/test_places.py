"""Places by name from the packaged register."""

from __future__ import annotations

import pytest

from services.kernel.errors import InvalidFields
from services.marketplace.places import find_namesakes, find_places, find_similar, get_place


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("Leeds", "Leeds, GB"),
        ("  LEEDS ", "Leeds, GB"),
        ("leeds uk", "Leeds, GB"),
        ("Leeds, United Kingdom", "Leeds, GB"),
        ("Austin, US", "Austin, TX, US"),
        ("Austin TX", "Austin, TX, US"),
        ("austin, tx, us", "Austin, TX, US"),
        ("Sao Paulo", "São Paulo, BR"),
        ("münchen", "Munich, DE"),
        ("London", "London, GB"),
        ("London, CA", "London, CA"),
        ("York", "York, GB"),
        ("Cologne", "Köln, DE"),
        ("Keighley", "Keighley, GB"),
        ("new york", "New York City, NY, US"),
        ("castle upon tyne", "Newcastle upon Tyne, GB"),
        ("LS1 4AA Leeds", "Leeds, GB"),
        ("28001 Madrid", "Madrid, ES"),
    ],
)
def test_a_place_is_understood(typed: str, label: str) -> None:
    assert get_place(typed).label == label


def test_names_that_begin_so_come_by_population() -> None:
    found = find_places("Springf", 5)
    assert len(found) == 5
    assert [place.population for place in found] == sorted(
        (place.population for place in found), reverse=True
    )


@pytest.mark.parametrize("typed", ["", "x", "Nowhereatall", "Leeds, Atlantis"])
def test_what_is_no_place_is_said_at_the_field(typed: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        get_place(typed)
    assert [(error.field, error.code) for error in refused.value.errors] == [("place", "unknown-place")]


def test_a_postcode_alone_is_said_to_be_one() -> None:
    with pytest.raises(InvalidFields) as refused:
        get_place("LS1 4AA")
    assert "postcodes" in refused.value.errors[0].message


@pytest.mark.parametrize(("typed", "label"), [("Leads", "Leeds, GB"), ("Manchestr", "Manchester, GB")])
def test_a_place_that_is_written_wrongly_is_guessed(typed: str, label: str) -> None:
    assert label in [city.label for city in find_similar(typed)]


def test_other_places_of_a_name_are_known_where_it_alone_was_typed() -> None:
    assert get_place("valencia").country == "VE"
    assert find_namesakes("valencia")[0].label == "Valencia, ES"
    for typed in ("Valencia, ES", "valencia spain", "", "xqzzqx"):
        assert find_namesakes(typed) == ()


@pytest.mark.parametrize("typed", ["", "xqzzqx"])
def test_what_is_like_no_place_is_not_guessed(typed: str) -> None:
    assert find_similar(typed) == ()
