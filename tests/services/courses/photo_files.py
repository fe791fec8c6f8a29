"""Photos as telephones take them, and the hostile ones by name."""

from __future__ import annotations

import struct
from functools import lru_cache
from io import BytesIO

from PIL import Image
from pillow_heif import register_heif_opener

from tests.services.clinics.photos import BOMBS_OF_PARTS, PLACE, SCRIPT, SVG, ZIP, bomb, moving, photo

register_heif_opener(thumbnails=False)


@lru_cache(maxsize=8)
def heic(width: int = 900, height: int = 600, colour: str = "#b7cdc4", *, place: bool = False) -> bytes:
    """A HEIC, with the place where it was taken if that is wanted."""
    exif = Image.Exif()
    if place:
        exif[0x013B] = "Ana Ruiz"
        exif.get_ifd(0x8825)[1] = PLACE.decode()
    written = BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "HEIF", quality=40, exif=exif.tobytes())
    return written.getvalue()


def heic_saying(width: int, height: int) -> bytes:
    """A small HEIC whose properties say that it is that large."""
    said = struct.pack(">II", 900, 600)
    return heic().replace(
        b"ispe\x00\x00\x00\x00" + said, b"ispe\x00\x00\x00\x00" + struct.pack(">II", width, height)
    )


def heic_with_a_box_too_large() -> bytes:
    """A HEIC one of whose inner boxes says that it goes on beyond what it lies in."""
    whole = heic()
    at = whole.index(b"iprp") - 4
    return whole[:at] + struct.pack(">I", 0x7FFFFFFF) + whole[at + 4 :]


def heic_without_sense() -> bytes:
    """A HEIC whole from outside, whose picture is nonsense."""
    whole = heic()
    at = whole.index(b"mdat") + 4
    return whole[:at] + b"\x5a" * (len(whole) - at)


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing in it": (b"", "empty"),
    "more than twenty megabytes": (photo() + b"x" * 20_000_000, "too-large"),
    "wrong type: a program with a photo's name": (b"MZ\x90\x00" + b"\x00" * 900, "wrong-type"),
    "wrong type: a GIF": (photo("GIF"), "wrong-type"),
    "wrong type: a WebP": (photo("WEBP"), "wrong-type"),
    "wrong type: an AVIF's brand": (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf", "wrong-type"),
    "script in SVG": (SVG, "wrong-type"),
    "polyglot: a page that is a photo further on": (b"<html>" + SCRIPT + photo(), "wrong-type"),
    "polyglot: a PDF with a photo in it": (b"%PDF-1.4\n" + photo() + b"%%EOF", "wrong-type"),
    "polyglot: a ZIP with a photo in it": (ZIP + photo(), "wrong-type"),
    "polyglot: a JPEG's first bytes before a script": (b"\xff\xd8\xff" + SCRIPT, "damaged"),
    "truncated JPEG": (photo()[:-2], "damaged"),
    "truncated PNG": (photo("PNG")[:-5], "damaged"),
    "truncated HEIC": (heic()[:-9], "damaged"),
    "HEIC: no more than its brand": (heic()[:28], "damaged"),
    "HEIC with bad boxes": (heic_with_a_box_too_large(), "damaged"),
    "HEIC that says it has no size": (heic_saying(0, 0), "damaged"),
    "animated PNG": (moving("PNG"), "animated"),
    "moving HEIC": (heic().replace(b"ftypheic", b"ftyphevc", 1), "animated"),
    **BOMBS_OF_PARTS,
    "bomb: a thousand million pixels in a few hundred bytes": (bomb(30_000, 30_000), "too-many-pixels"),
    "bomb: a HEIC that says it is a thousand million pixels": (
        heic_saying(30_000, 30_000),
        "too-many-pixels",
    ),
    "huge dimensions: over 9,000 wide": (bomb(9_001, 4_000), "too-many-pixels"),
    "huge dimensions: over 52 megapixels": (bomb(8_900, 5_900), "too-many-pixels"),
    "too small to compare": (photo(width=599, height=400), "too-small"),
    "a narrow strip": (photo(width=1_000, height=200), "too-narrow"),
}
# Whole and harmless from outside: what comes of them is made anew, so that nothing of this is left.
CLEANED: dict[str, bytes] = {
    "polyglot: a JPEG with a ZIP behind it": photo() + ZIP,
    "polyglot: a PNG with a page behind it": photo("PNG") + b"<html>" + SCRIPT,
    "polyglot: a HEIC with a page behind it": heic() + b"<html>" + SCRIPT,
    "script in a JPEG's comment": photo(comment=SCRIPT),
    "GPS in EXIF of a HEIC": heic(place=True),
}
