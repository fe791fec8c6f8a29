"""Pictures made in memory: whole ones of each kind, and the hostile ones by name."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

PLACE = b"N 40.4168"
SCRIPT = b"<script>alert(1)</script>"


@lru_cache(maxsize=64)
def photo(
    kind: str = "JPEG", width: int = 900, height: int = 600, colour: str = "#b7cdc4", **saved: Any
) -> bytes:
    """A plain picture of that kind and size."""
    written = BytesIO()
    Image.new("RGB", (width, height), colour).save(written, kind, **saved)
    return written.getvalue()


def with_place(width: int = 900, height: int = 600) -> bytes:
    """A JPEG lying on its side, with where it was taken, who by, a comment and a profile."""
    picture = Image.new("RGB", (width, height), "#123456")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x013B] = "Ana Ruiz"
    exif.get_ifd(0x8825)[1] = PLACE.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    written = BytesIO()
    picture.save(written, "JPEG", exif=exif, comment=SCRIPT, icc_profile=profile)
    return written.getvalue()


def moving(kind: str) -> bytes:
    """Two pictures in one file."""
    written, second = BytesIO(), Image.new("RGB", (900, 600), "#e9b9a0")
    Image.new("RGB", (900, 600)).save(written, kind, save_all=True, append_images=[second])
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is that large, and whose data would go on for long."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\x00" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def scanned_again(times: int) -> bytes:
    """A JPEG of few bytes whose last scan comes so many times more: each goes over all its pixels."""
    whole = photo("JPEG", progressive=True)
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * times + whole[-2:]


def in_crumbs(kind: str, number: int, of: bytes = b"IDAT") -> bytes:
    """A JPEG with so many empty comments, or a PNG with so many more empty chunks of a kind."""
    whole = photo(kind)
    if kind == "JPEG":
        return whole[:2] + b"\xff\xfe\x00\x02" * number + whole[2:]
    return whole[:-12] + chunk(of, b"") * number + whole[-12:]


def damaged() -> bytes:
    """A PNG whole from outside, whose pixels are nonsense."""
    head = struct.pack(">IIBBBBB", 900, 600, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"nonsense") + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600">' + SCRIPT + b"</svg>"
BOMBS_OF_PARTS: dict[str, tuple[bytes, str]] = {
    "bomb: a JPEG that goes over its pixels hundreds of times": (scanned_again(400), "damaged"),
    "bomb: a JPEG of thousands of empty segments": (in_crumbs("JPEG", 4_000), "damaged"),
    "bomb: a PNG whose pixels lie in crumbs": (in_crumbs("PNG", 12_000), "damaged"),
    "bomb: a PNG of a thousand other chunks": (in_crumbs("PNG", 1_000, b"tEXt"), "damaged"),
}
ZIP = b"PK\x03\x04" + b"\x00" * 26 + b"run.js" + SCRIPT
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing in it": (b"", "empty"),
    "more than ten megabytes": (photo() + b"x" * 10_000_000, "too-large"),
    "wrong type: a program with a picture's name": (b"MZ\x90\x00" + b"\x00" * 900, "wrong-type"),
    "wrong type: a GIF": (photo("GIF"), "wrong-type"),
    "script in SVG": (SVG, "wrong-type"),
    "polyglot: a page that is a picture further on": (b"<html>" + SCRIPT + photo(), "wrong-type"),
    "polyglot: a PDF with a picture in it": (b"%PDF-1.4\n" + photo() + b"%%EOF", "wrong-type"),
    "polyglot: a JPEG's first bytes before a script": (b"\xff\xd8\xff" + SCRIPT, "damaged"),
    "truncated JPEG": (photo()[:-2], "damaged"),
    "truncated PNG": (photo("PNG")[:-5], "damaged"),
    "truncated WebP": (photo("WEBP")[:-3], "damaged"),
    "animated PNG": (moving("PNG"), "animated"),
    "animated WebP": (moving("WEBP"), "animated"),
    **BOMBS_OF_PARTS,
    "bomb: a thousand million pixels in a few hundred bytes": (bomb(30_000, 30_000), "too-many-pixels"),
    "huge dimensions: over 8,000 wide": (bomb(8_001, 4_000), "too-many-pixels"),
    "huge dimensions: over fifty megapixels": (bomb(8_000, 6_300), "too-many-pixels"),
    "too small to look sharp": (photo(width=599, height=400), "too-small"),
    "a narrow strip": (photo(width=1_000, height=200), "too-narrow"),
}
