"""Where pictures are developed: decoded once, turned upright, brought to sRGB, made smaller, and written anew.

What comes out has nothing of the file that came in but its pixels: no EXIF, no place where it was taken, no profile,
no comment, nothing hidden behind its end. Decoders are pointed at untrusted bytes here alone: the formats that an order
names, with limits checked again before a pixel is read.

Run as a program of its own by `developing`: `python -m services.clinics.darkroom` takes a line of JSON (the order),
then the file, and gives a line of JSON, then the files it made. The largest picture that is taken needs five seconds of
a processor and 1.2 gigabytes; it has thirty, and two. Heads are no bound: a HEIC may lay one of its pictures over
another as often as it likes, and each time it is decoded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps
from pillow_heif import register_heif_opener

from services.clinics import picture_rules as rules
from services.kernel.apart import keep_within
from services.kernel.picture_head_rules import JPEG, WEBP

DAMAGED = "The picture cannot be read: it is cut off or damaged. Remove it and send it again."
ENDINGS = {WEBP: "webp", JPEG: "jpg"}
_PAPER = (255, 253, 250)  # the page's ground, behind what is see-through
_SAVED_AS: dict[str, dict[str, Any]] = {
    WEBP: {"format": "WEBP", "quality": 80, "method": 4},
    JPEG: {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
}
register_heif_opener(thumbnails=False)
SECONDS, BYTES = 30, 2 * 1024 * 1024 * 1024


class Unreadable(Exception):  # noqa: N818  the name states the fact
    """The picture cannot be decoded; the message says why, for whoever uploaded it."""


@dataclass(frozen=True, slots=True)
class Print:
    """One file to show: its size's name, media type, pixels and bytes."""

    size: str
    content_type: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What is made of a picture: widths by name, in which media types; from which formats, within which limits."""

    widths: Mapping[str, int]
    kinds: tuple[str, ...]
    formats: tuple[str, ...]
    limits: rules.Limits

    @property
    def largest(self) -> int:
        return max(self.widths.values())


FOR_ANYONE = Order(rules.WIDTHS, (WEBP, JPEG), ("JPEG", "PNG", "WEBP"), rules.LIMITS)


def develop(content: bytes, order: Order = FOR_ANYONE) -> list[Print]:
    """The files to show of a picture, smallest first, each in every kind. Blocking. Raises `Unreadable`."""
    upright = _decode(content, order)
    return [
        Print(size, kind, *sides, _saved(upright, sides, kind))
        for size, sides in rules.sizes_of(*upright.size, order.widths).items()
        for kind in order.kinds
    ]


def _decode(content: bytes, order: Order) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=order.formats) as found:
            _check_size(found, order.limits)
            found.draft(
                None, (order.largest, order.largest)
            )  # a JPEG is decoded no larger than it will be shown
            found.load()
            return _on_paper(_in_srgb(ImageOps.exif_transpose(found)))
    except Unreadable:
        raise
    except Exception as error:  # decoders raise whatever damaged bytes lead them to
        raise Unreadable(DAMAGED) from error


def _check_size(image: Image.Image, limits: rules.Limits) -> None:
    problem = rules.size_problem(*image.size, limits)
    if problem is not None:
        raise Unreadable(problem.message)


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture's colours as sRGB by its own profile; one that is broken or of another kind is left out."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if turned is None else turned


def _on_paper(image: Image.Image) -> Image.Image:
    """Eight bits of red, green and blue; what is see-through lies on the page's ground."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    above = image.convert("RGBA")
    paper = Image.new("RGB", above.size, _PAPER)
    paper.paste(above, mask=above.getchannel("A"))
    return paper


def _saved(upright: Image.Image, sides: tuple[int, int], kind: str) -> bytes:
    """A copy in that size, drawn onto a new sheet so that none of the picture's own information goes along."""
    sheet = Image.new("RGB", sides)
    sheet.paste(upright.resize(sides, Image.Resampling.LANCZOS, reducing_gap=3.0))
    written = BytesIO()
    sheet.save(written, **_SAVED_AS[kind])
    return written.getvalue()


def main() -> None:
    """Reads the order and the picture, writes the answer."""
    keep_within(SECONDS, BYTES)
    asked = json.loads(sys.stdin.buffer.readline())
    order = Order(asked["widths"], asked["kinds"], asked["formats"], rules.Limits(**asked["limits"]))
    try:
        prints = develop(sys.stdin.buffer.read(), order)
        answer: dict[str, Any] = {"prints": [_described(one) for one in prints]}
    except Unreadable as refusal:
        prints, answer = [], {"problem": str(refusal)}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(one.content for one in prints))


def _described(one: Print) -> dict[str, Any]:
    return {
        "size": one.size,
        "content_type": one.content_type,
        "width": one.width,
        "height": one.height,
        "bytes": len(one.content),
    }


if __name__ == "__main__":
    main()
