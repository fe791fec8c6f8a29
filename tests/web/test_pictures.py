"""Covers: a clinic keeps its own, in the house's colours, and nothing in them comes from outside; uploaded ones."""

from __future__ import annotations

import re
from uuid import UUID
from xml.etree import ElementTree as ET

from services.marketplace.schemas import PictureFile, PictureShown
from tests.web.test_components import NASTY, Tags, render
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


def test_an_uploaded_picture_keeps_its_room_fits_the_screen_and_is_said_in_words() -> None:
    files = [
        PictureFile(url=f"/c/s/files/{wide}.{end}", content_type=kind, width=wide, height=wide // 2)
        for wide in (400, 900)
        for kind, end in (("image/webp", "webp"), ("image/jpeg", "jpg"))
    ]
    shown = PictureShown(id=UUID(int=1), alt=NASTY, caption="", files=files)
    tags = Tags(render("{{ photos.cover(p, 's', 'nw-cover', '50vw') }}", p=shown))
    assert tags.broken == []
    (source,), (img,) = tags.of("source"), tags.of("img")
    assert source["srcset"] == "/c/s/files/400.webp 400w, /c/s/files/900.webp 900w"
    assert img["srcset"] == "/c/s/files/400.jpg 400w, /c/s/files/900.jpg 900w"
    assert (img["width"], img["height"], img["loading"], img["alt"]) == ("900", "450", "lazy", NASTY)
    assert "loading" not in Tags(render("{{ photos.photo(p, '1rem', eager=True) }}", p=shown)).of("img")[0]
    assert Tags(render("{{ photos.portrait(p, 'Ana') }}", p=shown)).of("img")[0]["alt"] == "Portrait of Ana"
    for html in ("{{ photos.cover(none, 's', 'x', '1rem') }}", "{{ photos.portrait(none, 'Ana') }}"):
        assert [tag for tag, _ in Tags(render(html)).tags].count("svg") == 1
