"""A clinic's own words go into its messages, within limits."""

from __future__ import annotations

import pytest

from services.kernel.errors import InvalidFields
from services.kernel.work import Database
from services.notices.own_words import OwnWordsIn, choose_words, get_words, preview
from services.notices.words_rules import PARAGRAPHS, foreign_addresses, unknown_holes
from tests.factories import book_one, live_clinic
from tests.services.notices.visits import sent

OWN = ("http://127.0.0.1:8000/c/linden", "desk@linden.test")
WORDS = OwnWordsIn(
    greeting="Dear {name},",
    signature="Mira and all of us",
    paragraphs={"booking.confirmed.client": "Park behind the house.\nRing twice."},
)


async def test_they_stand_in_what_is_sent_and_titles_stay_ours(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await choose_words(work, WORDS)
        assert await get_words(work) == WORDS.words()
    await book_one(database, world)
    (told,) = await sent(database, "booking.confirmed.client")
    for words in ("Dear Ana", "Park behind the house.", "Ring twice.", "Mira and all of us"):
        assert words in told.text
        assert words in told.html
    assert told.subject == "Confirmed: your appointment at Linden Skin"
    (team,) = await sent(database, "booking.confirmed.clinic")
    assert "Park behind" not in team.text
    async with database.begin(world.scope) as work:
        await choose_words(work, OwnWordsIn())
        assert (await get_words(work)).paragraphs == {}


@pytest.mark.parametrize("kind", sorted(PARAGRAPHS))
async def test_each_can_be_seen_with_an_example(database: Database, kind: str) -> None:
    world = await live_clinic(database)
    given = OwnWordsIn.model_validate({"paragraphs": {kind: "Our own line."}})
    async with database.begin(world.scope) as work:
        shown = await preview(work, kind, given.words())  # type: ignore[arg-type]  # one of the kinds
    assert "Our own line." in shown.text
    assert shown.kind == kind
    assert await sent(database, kind) == []


async def test_links_away_and_holes_are_refused_at_their_part(database: Database) -> None:
    world = await live_clinic(database)
    given = OwnWordsIn(
        greeting="Hi {first}",
        signature="www.elsewhere.test",
        paragraphs={"aftercare": "Ask {name} at our-shop.com/now."},
    )
    with pytest.raises(InvalidFields) as refused:
        async with database.begin(world.scope) as work:
            await choose_words(work, given)
    assert sorted((one.field, one.code) for one in refused.value.errors) == [
        ("greeting", "unknown-hole"),
        ("paragraphs.aftercare", "foreign-link"),
        ("paragraphs.aftercare", "unknown-hole"),
        ("signature", "foreign-link"),
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Come at 9.30. See you", []),
        ("See http://127.0.0.1:8000/c/linden.", []),
        ("See 127.0.0.1:8000/c/linden/book", []),
        ("Write to desk@linden.test, please", []),
        ("Write to us@other.test", ["us@other.test"]),
        ("http://127.0.0.1:8000/c/other", ["http://127.0.0.1:8000/c/other"]),
        ("http://127.0.0.1:8000/c/linden-two", ["http://127.0.0.1:8000/c/linden-two"]),
        ("Shop at Example.com!", ["Example.com"]),
        ("ftp://x.y", ["ftp://x.y"]),
    ],
)
def test_addresses_that_are_not_the_clinics_own(words: str, found: list[str]) -> None:
    assert foreign_addresses(words, OWN) == found


def test_only_a_name_is_filled_in_and_only_where_it_is() -> None:
    assert unknown_holes("Dear {name} {x} {", named=True) == ["{x}", "{"]
    assert unknown_holes("{name}", named=False) == ["{name}"]
