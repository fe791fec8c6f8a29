"""Covers: a clinic keeps its own, in the house's colours, and nothing in them comes from outside."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from web.pictures import cover

KEYS = [f"clinic-{number}" for number in range(60)]
COLOURS = {"ground", "soft", "warm", "deep", "paper", "sky", "teal-soft", "line", "line-warm"}


def test_a_clinic_keeps_its_cover_and_no_two_look_the_same() -> None:
    assert [cover(key) for key in KEYS] == [cover.__wrapped__(key) for key in KEYS]
    assert len({cover(key) for key in KEYS}) == len(KEYS)
    assert len({re.search(r"nw-tone-\d", cover(key))[0] for key in KEYS}) == 3  # type: ignore[index]  # each has one


def test_covers_are_whole_drawings_coloured_by_the_theme_alone() -> None:
    for key in KEYS:
        drawing = ET.fromstring(cover(key))  # noqa: S314  our own drawing
        assert drawing.attrib["aria-hidden"] == "true"
        used = {
            part.attrib["class"] for part in drawing.iter() if "class" in part.attrib and part is not drawing
        }
        assert used <= COLOURS
        attributes = {name for part in drawing.iter() for name in part.attrib}
        assert not attributes & {"href", "style", "fill", "stroke", "src"}
        assert len(cover(key)) < 4000


def test_the_key_itself_is_nowhere_in_the_drawing() -> None:
    assert "script" not in cover("<script>alert(1)</script>")
