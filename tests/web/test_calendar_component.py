"""The calendar's drawing and its list: blocks side by side, rows that the stylesheet has, the same ways in words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.test_components import Tags, render
from web.clinic.lanes import WIDTH, lay_out


def booking(start: int, end: int, client: str) -> dict[str, Any]:
    return {
        "from": start,
        "to": end,
        "client": client,
        "treatment": "Pen",
        "status": "confirmed",
        "href": "#",
    }


def test_two_clients_of_one_practitioner_at_a_time_stand_beside_each_other() -> None:
    bookings = lay_out([booking(540, 600, "A"), booking(570, 630, "B"), booking(660, 720, "C")])
    html = render(
        "{{ calendar.day_calendar([{'name': 'Nina', 'open': [(540, 1020)], 'bookings': b}], 540, 1020) }}",
        b=bookings,
    )
    blocks = [str(attrs["class"]) for attrs in Tags(html).of("a")]
    for block, place in zip(
        blocks, ("col-start-1 col-span-6", "col-start-7 col-span-6", "col-start-1 col-span-12"), strict=True
    ):
        assert place in block
    assert "row-start-1 row-span-12" in blocks[0]
    assert "row-start-7 row-span-12" in blocks[1]


@pytest.mark.parametrize("together", [1, 2, 3, 4, 5, 6, 7, 12, 14])
def test_any_number_of_blocks_share_the_width_of_a_column(together: int) -> None:
    laid = lay_out(booking(540, 600, str(number)) for number in range(together))
    assert all(block["col"] + block["cols"] <= WIDTH + 1 for block in laid)
    places = {block["col"] for block in laid}
    assert len(places) == min(together, WIDTH)


def test_the_calendar_uses_only_rows_that_the_stylesheet_has() -> None:
    bookings = [booking(0, 700, "Long"), booking(1380, 1440, "Late")]
    html = render(
        "{{ calendar.day_calendar([{'name': 'N', 'open': [(0, 1440)], 'bookings': b}], 0, 1440) }}",
        b=bookings,
    )
    assert max(int(row) for row in re.findall(r"row-start-(\d+)", html)) <= 193
    assert max(int(row) for row in re.findall(r"row-span-(\d+)", html)) <= 96


def test_a_column_in_words_names_every_visit_blocked_and_free_time_with_its_ways() -> None:
    visit = booking(540, 600, "Jo") | {
        "kind": "visit",
        "who": "Dr Mira Holm",
        "room": "Room 1",
        "late": True,
        "arrive": "/arrive",
        "phases": [{"kind": "numbing", "from": 545, "to": 575}],
    }
    blocked = {"kind": "blocked", "from": 600, "to": 660, "note": "Repair", "name": "", "href": "/b"}
    free = {"kind": "free", "from": 660, "to": 720, "href": "/book", "block_href": "/block"}
    column = {"name": "N", "open": [], "closed": "", "booked": 1, "rows": [visit, blocked, free]}
    html = render("{{ calendar.column_rows(c, back='/back') }}", c=column | {"bookings": [visit]})
    for part in ("09:00–10:00", "numbing 09:05", "Dr Mira Holm, Room 1", "late", "Repair", "1 booking"):
        assert part in html
    for way in ('action="/arrive"', 'value="/back"', 'href="/b"', 'href="/book"', 'href="/block"'):
        assert way in html
    assert "Nothing can be booked on this day" in html
