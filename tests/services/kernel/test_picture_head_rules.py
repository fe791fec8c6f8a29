"""What pictures are by their bytes: kind, size in pixels, end, and whether they move."""

from __future__ import annotations

import pytest

from services.kernel.picture_head_rules import JPEG, PNG, WEBP, PictureHead, picture_type, read_picture
from tests.services.clinics.photos import bomb, chunk, in_crumbs, moving, photo, scanned_again
from tests.services.practitioners.papers import jpeg, pdf, png


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (photo("JPEG", 701, 502), JPEG),
        (photo("JPEG", 701, 502, progressive=True), JPEG),
        (photo("PNG", 701, 502), PNG),
        (photo("WEBP", 701, 502), WEBP),
        (photo("WEBP", 701, 502, lossless=True), WEBP),
        (photo("WEBP", 701, 502, exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"), WEBP),
    ],
)
def test_a_whole_picture_says_what_it_is_how_large_and_where_it_ends(content: bytes, kind: str) -> None:
    head = PictureHead(kind, 701, 502, len(content))
    assert picture_type(content) == kind
    assert read_picture(content) == head
    assert read_picture(content + b"PK\x03\x04 hidden behind its end") == head
    assert read_picture(content[:-1]) is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_that_moves_is_told_from_a_still_one(kind: str) -> None:
    found = read_picture(moving(kind))
    assert found is not None
    assert found.moves


def test_sizes_are_read_without_decoding_anything() -> None:
    for width, height in ((30_000, 30_000), (1, 1), (2**31 - 1, 7)):
        found = read_picture(bomb(width, height))
        assert found is not None
        assert (found.width, found.height) == (width, height)
    assert read_picture(bomb(0, 5)) is None
    assert read_picture(bomb(5, 2**31)) is None


def test_a_jpeg_is_followed_over_segments_fillings_and_scans_to_its_end() -> None:
    for between in (b"\xff", b"\xff\xff\xff", b"\xff\x01", b"\xff\xfe\x00\x04\xff\xd9", b"\xff\xd0\xff\xd7"):
        content = jpeg().replace(b"\xff\xc0", between + b"\xff\xc0")
        assert read_picture(content) == PictureHead(JPEG, 1, 1, len(content))
    in_scan = jpeg(end=False) + b"\xff\x00\xff\xd0\xff\xd7\x12\xff\xff\xd9"
    assert read_picture(in_scan) == PictureHead(JPEG, 1, 1, len(in_scan))
    twice = jpeg(end=False) + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x37\xff\xd9"
    assert read_picture(twice) == PictureHead(JPEG, 1, 1, len(twice))
    assert read_picture(jpeg(frame=False)) is None
    assert read_picture(jpeg(scan=False)) is None
    assert read_picture(jpeg().replace(b"\xff\xda", b"\x00\xda")) is None
    assert (
        read_picture(jpeg().replace(b"\xff\xc0\x00\x0b\x08\x00\x01", b"\xff\xc0\x00\x0b\x08\x00\x00")) is None
    )


def test_a_picture_of_far_more_parts_than_anybody_writes_has_no_head() -> None:
    own = photo("JPEG", progressive=True)
    scans = own.count(b"\xff\xda")
    assert scans == 10, "what libjpeg writes"
    for whole, one_more in (
        (scanned_again(36 - scans), scanned_again(37 - scans)),
        (in_crumbs("PNG", 10_000 - 1), in_crumbs("PNG", 10_000)),
        (in_crumbs("PNG", 500 - 1, b"tEXt"), in_crumbs("PNG", 500, b"tEXt")),
    ):
        found = read_picture(whole)
        assert found is not None
        assert found.ends_at == len(whole)
        assert read_picture(one_more) is None


def test_a_jpeg_of_more_than_a_thousand_segments_has_no_head() -> None:
    plain = jpeg()  # a beginning that every one has, three segments, the end
    for filling in (b"\xff\xfe\x00\x02", b"\xff", b"\xff\x01"):
        whole, one_more = (plain[:2] + filling * number + plain[2:] for number in (997, 998))
        assert read_picture(whole) == PictureHead(JPEG, 1, 1, len(whole))
        assert read_picture(one_more) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"RIFF\x04\x00\x00\x00WEBP",
        b"RIFF\x10\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x00",
        b"RIFF\x10\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x00\x00\x00\x00",
        b"RIFF\x10\x00\x00\x00WEBPABCD\x00\x00\x00\x00\x00\x00\x00\x00",
        photo("GIF"),
        pdf(),
        png()[:8] + chunk(b"IDAT", b"") + png()[8:],
        png().replace(b"IEND", b"IENX"),
    ],
)
def test_what_is_no_whole_picture_has_no_head(content: bytes) -> None:
    assert read_picture(content) is None
