"""HEIC files, box by box: their brands, their sides, where they end, and what is refused."""

from __future__ import annotations

import struct

import pytest

from services.kernel.heif_head_rules import HEIC, is_heif, read_heif
from services.kernel.picture_head_rules import PictureHead


def box(kind: bytes, content: bytes = b"", *, form: str = "short") -> bytes:
    """A box whose length is written short, long (64 bits), or left open (0: to the end)."""
    if form == "long":
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 0 if form == "open" else 8 + len(content), kind) + content


def brands(*names: bytes) -> bytes:
    return box(b"ftyp", names[0] + bytes(4) + b"".join(names[1:]))


def sides(width: int, height: int, *, more: bytes = b"") -> bytes:
    return box(b"ispe", bytes(4) + struct.pack(">II", width, height) + more)


def meta(*properties: bytes, form: str = "short") -> bytes:
    held = box(b"iprp", box(b"ipco", b"".join(properties), form=form), form=form)
    return box(b"meta", bytes(4) + held, form=form)


HEAD, DATA = brands(b"heic", b"mif1"), box(b"mdat", b"picture")


@pytest.mark.parametrize("names", [(b"heic",), (b"heix",), (b"hevc",), (b"hevx",), (b"msf1",)])
def test_a_brand_of_its_own_is_enough(names: tuple[bytes, ...]) -> None:
    assert is_heif(brands(*names))


@pytest.mark.parametrize("major", [b"mif1", b"miaf"])
def test_a_brand_that_others_have_too_wants_a_still_one_beside_it(major: bytes) -> None:
    assert is_heif(brands(major, b"heic"))
    assert is_heif(brands(major, b"miaf", b"heix"))
    assert not is_heif(brands(major))
    assert not is_heif(brands(major, b"avif"))
    assert not is_heif(brands(major, b"hevc"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"heic",
        brands(b"avif", b"heic"),
        brands(b"isom", b"heic"),
        box(b"moov", b"heic" + bytes(4)),
        # The brand stands behind the box of brands, or where the version is.
        brands(b"mif1") + b"heic",
        box(b"ftyp", b"mif1heic"),
        # Not on the grid of four bytes.
        box(b"ftyp", b"mif1" + bytes(4) + b"xxheicxx"),
    ],
)
def test_other_files_are_not_of_this_kind(content: bytes) -> None:
    assert not is_heif(content)
    assert read_heif(content) is None


def test_the_last_of_the_brands_counts_also_where_the_file_is_cut_there() -> None:
    whole = brands(b"mif1", b"miaf", b"heic")
    assert is_heif(whole)
    assert not is_heif(whole[:-1])


@pytest.mark.parametrize("form", ["short", "long"])
def test_sides_and_end_are_read_from_boxes_of_either_length(form: str) -> None:
    content = HEAD + meta(sides(4032, 3024), form=form) + box(b"mdat", b"picture", form=form)
    assert read_heif(content) == PictureHead(HEIC, 4032, 3024, len(content), False)


def test_boxes_may_come_in_another_order_and_the_last_may_be_open() -> None:
    content = HEAD + DATA + box(b"free", b"1234") + meta(sides(8, 6))
    assert read_heif(content) == PictureHead(HEIC, 8, 6, len(content), False)
    content = HEAD + meta(sides(8, 6)) + box(b"mdat", b"to the end", form="open")
    assert read_heif(content) == PictureHead(HEIC, 8, 6, len(content), False)


def test_open_boxes_end_with_the_box_they_lie_in() -> None:
    inner = box(b"iprp", box(b"ipco", sides(640, 480), form="open"), form="open")
    content = HEAD + box(b"meta", bytes(4) + inner) + DATA
    assert read_heif(content) == PictureHead(HEIC, 640, 480, len(content), False)


def test_the_largest_picture_counts_by_its_area_and_one_without_sides_does_not() -> None:
    for order in (1, -1):
        found = [sides(512, 512), sides(1000, 300), sides(900, 600), sides(0, 9000), sides(9000, 0)][::order]
        head = read_heif(HEAD + meta(*found) + DATA)
        assert head is not None
        assert (head.width, head.height) == (900, 600)
    assert read_heif(HEAD + meta(sides(0, 9000), sides(9000, 0)) + DATA) is None
    head = read_heif(HEAD + meta(sides(1, 1)) + DATA)
    assert head is not None
    assert (head.width, head.height) == (1, 1)


def test_sides_too_short_to_be_some_are_passed_over_and_longer_ones_read() -> None:
    short = box(b"ispe", bytes(4) + struct.pack(">I", 7) + b"123")
    head = read_heif(HEAD + meta(short, box(b"irot", b"1"), sides(7, 5, more=b"more")) + DATA)
    assert head is not None
    assert (head.width, head.height) == (7, 5)
    assert read_heif(HEAD + meta(short) + DATA) is None


def test_sides_count_among_the_properties_alone() -> None:
    for place in (
        sides(9, 9),
        box(b"ipco", sides(9, 9)),
        box(b"iprp", sides(9, 9)),
        box(b"iprp", box(b"ipma", sides(9, 9))),
        box(b"iref", box(b"ipco", sides(9, 9))),
    ):
        assert read_heif(HEAD + box(b"meta", bytes(4) + place) + DATA) is None


@pytest.mark.parametrize("missing", [HEAD + DATA, HEAD + meta(sides(8, 6)), HEAD])
def test_without_its_description_or_its_data_it_is_not_whole(missing: bytes) -> None:
    assert read_heif(missing) is None


def test_what_a_camera_adds_behind_the_last_box_is_not_looked_at() -> None:
    content = HEAD + meta(sides(8, 6)) + DATA
    for added in (b"SEFH and more of it", b"\0\0\0\7free", b"1234567", struct.pack(">I4s", 99, b"free")):
        assert read_heif(content + added) == PictureHead(HEIC, 8, 6, len(content), False)


def test_cut_in_its_data_it_is_not_whole() -> None:
    content = HEAD + meta(sides(8, 6)) + DATA
    for cut in (1, 7, len(DATA) - 1):
        assert read_heif(content[:-cut]) is None
    assert read_heif(HEAD + meta(sides(8, 6)) + struct.pack(">I4sQ", 1, b"mdat", 99) + b"x") is None
    assert read_heif(HEAD + meta(sides(8, 6)) + struct.pack(">I4s", 1, b"mdat")) is None


@pytest.mark.parametrize(
    "inner",
    [
        struct.pack(">I4s", 64, b"iprp") + b"longer than what it lies in",
        struct.pack(">I4s", 7, b"iprp") + bytes(8),
        struct.pack(">I4sQ", 1, b"iprp", 15) + bytes(8),
        struct.pack(">I4s", 1, b"iprp"),
    ],
)
def test_a_box_that_leaves_its_own_box_or_is_shorter_than_its_head_is_refused(inner: bytes) -> None:
    described = box(b"meta", bytes(4) + inner + box(b"iprp", box(b"ipco", sides(8, 6))))
    assert read_heif(HEAD + described + DATA) is None


def test_empty_boxes_and_those_of_a_long_head_alone_are_boxes() -> None:
    for empty in (box(b"free"), box(b"free", form="long")):
        content = (
            HEAD
            + empty
            + box(b"meta", bytes(4) + empty + box(b"iprp", box(b"ipco", empty + sides(8, 6))))
            + DATA
        )
        assert read_heif(content) == PictureHead(HEIC, 8, 6, len(content), False)


@pytest.mark.parametrize("major", [b"hevc", b"hevx", b"msf1"])
def test_what_moves_by_its_brand_or_its_boxes_says_so(major: bytes) -> None:
    moving = read_heif(brands(major, b"heic") + meta(sides(8, 6)) + DATA)
    assert moving is not None
    assert moving.moves
    held = read_heif(HEAD + box(b"moov") + meta(sides(8, 6)) + DATA)
    assert held is not None
    assert held.moves
