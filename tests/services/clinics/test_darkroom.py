"""What is made of a picture: upright, in sRGB, in three sizes and two kinds, and nothing of the file that came in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from services.clinics.darkroom import Unreadable, develop
from tests.services.clinics.photos import PLACE, SCRIPT, ZIP, bomb, damaged, photo, with_place


def test_gps_in_exif_comment_author_and_profile_are_gone_and_the_picture_stands_upright() -> None:
    sent = with_place(900, 600)
    assert all(part in sent for part in (PLACE, SCRIPT, b"Ana Ruiz", b"ICC_PROFILE"))
    prints = develop(sent)
    assert [(one.size, one.content_type, one.width, one.height) for one in prints] == [
        ("small", "image/webp", 400, 600),
        ("small", "image/jpeg", 400, 600),
        ("medium", "image/webp", 600, 900),
        ("medium", "image/jpeg", 600, 900),
    ]
    for one in prints:
        assert not any(part in one.content for part in (PLACE, SCRIPT, b"Ana Ruiz", b"ICC_PROFILE", b"Exif"))
        with Image.open(BytesIO(one.content)) as shown:
            assert shown.size == (one.width, one.height)
            assert not set(shown.info) & {"exif", "icc_profile", "comment", "xmp"}
            assert dict(shown.getexif()) == {}


def test_what_hides_behind_a_pictures_end_does_not_come_out() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        for one in develop(photo(kind) + ZIP):
            assert b"PK\x03\x04" not in one.content
            assert SCRIPT not in one.content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_colour_becomes_red_green_and_blue(mode: str) -> None:
    written = BytesIO()
    white: Any = {"RGBA": (0, 0, 0, 0), "LA": (0, 0), "I;16": 65_535, "CMYK": (0, 0, 0, 0)}.get(mode, 255)
    Image.new(mode, (700, 500), white).save(written, "JPEG" if mode == "CMYK" else "PNG")
    (_, found, *_) = develop(written.getvalue())
    with Image.open(BytesIO(found.content)) as shown:
        assert shown.mode == "RGB"
        pixel = shown.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert mode == "P" or min(pixel) >= 248


def test_colours_are_turned_by_the_pictures_own_profile_and_a_broken_one_is_left_out() -> None:
    for profile in (b"no profile at all", b""):
        (_, found, *_) = develop(photo(colour="#804020", icc_profile=profile))
        with Image.open(BytesIO(found.content)) as shown:
            pixel = shown.getpixel((5, 5))
        assert isinstance(pixel, tuple)
        assert all(abs(one - other) < 4 for one, other in zip(pixel, (0x80, 0x40, 0x20), strict=True))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (damaged(), "cut off or damaged"),
        (bomb(900, 600)[:-60], "cut off or damaged"),
        (photo("PNG")[:-40], "cut off or damaged"),
        (photo("GIF"), "cut off or damaged"),
        (bomb(9_000, 900), "at most 8,000 on its long side"),
        (bomb(30_000, 30_000), "cut off or damaged"),
    ],
    ids=["nonsense", "truncated", "cut", "gif", "huge", "bomb"],
)
def test_what_cannot_be_decoded_is_told_in_words_and_limits_hold_here_as_well(
    content: bytes, words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        develop(content)
