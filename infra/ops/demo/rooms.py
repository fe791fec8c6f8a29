"""Pictures of the demo clinics: calm rooms and a few portraits, drawn by code in the palette of the pages."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from PIL import Image, ImageDraw

from services.clinics import pictures
from services.clinics.picture_schemas import NewPicture
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners

_WIDE, _HIGH = 1000, 750
_DRAWN, _REDUCED = 1.6, 2  # drawn finer than it is kept, 800 by 600
_INK, _PAPER, _TEAL, _TERRACOTTA = "#2a2320", "#fffdfa", "#0f5c57", "#b4532a"


@dataclass(frozen=True, slots=True)
class _Tone:
    """The colours of one clinic's rooms."""

    wall: str
    floor: str
    soft: str
    deep: str


_TONES = (
    _Tone("#f3e4d8", "#d9b99f", "#e9b9a0", "#b98a6d"),
    _Tone("#dfe9e3", "#a9bfb2", "#b7cdc4", "#7fa597"),
    _Tone("#efe6cf", "#cdb681", "#ddcca4", "#a98a4e"),
)


class _Sheet:
    """A drawing in thousandths of the picture's width, drawn finer than it is kept."""

    def __init__(self, tone: _Tone, floor_at: int = 520) -> None:
        self.tone = tone
        self._image = Image.new("RGB", (round(_WIDE * _DRAWN), round(_HIGH * _DRAWN)), tone.wall)
        self._pen = ImageDraw.Draw(self._image)
        self.box(0, floor_at, _WIDE, _HIGH, tone.floor)
        self.box(0, floor_at - 9, _WIDE, floor_at, _PAPER)

    def box(self, left: float, top: float, right: float, low: float, colour: str, round_: float = 0) -> None:  # noqa: PLR0917  four sides
        """A box with round corners."""
        corners = tuple(side * _DRAWN for side in (left, top, right, low))
        self._pen.rounded_rectangle(corners, round_ * _DRAWN, fill=colour)

    def disc(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        """An ellipse around a point."""
        self._pen.ellipse(
            tuple(side * _DRAWN for side in (x - wide, y - high, x + wide, y + high)), fill=colour
        )

    def shape(self, points: list[tuple[float, float]], colour: str) -> None:
        """A polygon."""
        self._pen.polygon([(x * _DRAWN, y * _DRAWN) for x, y in points], fill=colour)

    def plant(self, x: float, y: float, size: float, chance: random.Random) -> None:
        """Leaves in a pot that stands at a point."""
        for _ in range(7):
            lean, high = chance.uniform(-0.55, 0.55) * size, chance.uniform(0.7, 1.25) * size
            tip, middle = (x + lean, y - size * 0.5 - high), (x + lean * 0.62, y - size * 0.5 - high * 0.55)
            wide = size * 0.11
            root = (x, y - size * 0.45)
            self.shape([root, (middle[0] - wide, middle[1]), tip, (middle[0] + wide, middle[1])], _TEAL)
        self.shape(
            [
                (x - size * 0.34, y - size * 0.5),
                (x + size * 0.34, y - size * 0.5),
                (x + size * 0.24, y),
                (x - size * 0.24, y),
            ],
            _TERRACOTTA,
        )

    def window(self, left: float, top: float, wide: float, high: float) -> None:
        """A tall window with two panes, and its light on the floor."""
        self.box(left - 12, top - 12, left + wide + 12, top + high + 12, _PAPER, 8)
        self.box(left, top, left + wide, top + high, "#e6f0f2")
        self.disc(left + wide * 0.66, top + high * 0.3, wide * 0.13, wide * 0.13, "#f4d9a8")
        self.box(left + wide / 2 - 5, top, left + wide / 2 + 5, top + high, _PAPER)

    def written(self) -> bytes:
        """The picture as a JPEG."""
        content = BytesIO()
        self._image.reduce(_REDUCED).save(content, "JPEG", quality=88)
        return content.getvalue()


def _treatment_room(sheet: _Sheet, chance: random.Random) -> None:
    tone, left = sheet.tone, chance.randint(90, 150)
    sheet.window(left, 110, 210, 270)
    sheet.disc(560, 668, 330, 26, tone.deep)
    sheet.box(300, 560, 340, 664, _INK, 6)
    sheet.box(770, 560, 810, 664, _INK, 6)
    sheet.box(250, 500, 860, 574, _PAPER, 34)
    sheet.shape([(268, 512), (420, 512), (330, 372), (262, 386)], _PAPER)
    sheet.box(250, 548, 860, 574, tone.soft, 13)
    lamp = chance.randint(600, 680)
    sheet.box(lamp, 0, lamp + 8, 190, _INK)
    sheet.disc(lamp + 4, 208, 92, 34, _TEAL)
    sheet.disc(lamp + 4, 222, 70, 16, "#fbf0d4")
    sheet.box(880, 470, 966, 662, _PAPER, 10)
    for shelf in (520, 572, 624):
        sheet.box(890, shelf, 956, shelf + 6, tone.deep)
    sheet.disc(923, 452, 16, 20, _TEAL)


def _entrance(sheet: _Sheet, chance: random.Random) -> None:
    tone, middle = sheet.tone, chance.randint(470, 540)
    sheet.box(middle - 190, 70, middle + 190, 900, tone.deep, 190)
    sheet.box(middle - 168, 92, middle + 168, 900, _TEAL, 168)
    sheet.box(middle - 120, 150, middle + 120, 430, "#e6f0f2", 120)
    sheet.box(middle - 5, 150, middle + 5, 430, _TEAL)
    sheet.disc(middle + 132, 470, 11, 11, "#f4d9a8")
    sheet.box(0, 690, _WIDE, _HIGH, tone.floor)
    sheet.box(middle - 260, 690, middle + 260, _HIGH, tone.soft)
    sheet.plant(middle - 290, 690, 150, chance)
    sheet.plant(middle + 290, 690, 120, chance)
    sheet.box(middle + 240, 200, middle + 400, 262, _PAPER, 12)
    for line, wide in ((220, 120), (240, 80)):
        sheet.box(middle + 258, line, middle + 258 + wide, line + 8, tone.deep, 4)


def _waiting(sheet: _Sheet, chance: random.Random) -> None:
    tone = sheet.tone
    sheet.box(360, 110, 640, 330, _PAPER, 6)
    sheet.box(380, 130, 620, 310, tone.soft)
    sheet.disc(440 + chance.randint(0, 120), 230, 42, 42, _TERRACOTTA)
    sheet.shape([(380, 310), (380, 270), (470, 246), (560, 282), (620, 258), (620, 310)], _TEAL)
    for left, colour in ((150, _TEAL), (640, tone.deep)):
        sheet.disc(left + 105, 684, 130, 16, tone.deep if colour == _TEAL else tone.soft)
        sheet.box(left, 420, left + 210, 640, colour, 48)
        sheet.box(left + 26, 540, left + 184, 624, _PAPER, 26)
        for leg in (left + 26, left + 172):
            sheet.box(leg, 636, leg + 12, 684, _INK)
    sheet.box(420, 590, 580, 606, _INK, 8)
    sheet.box(494, 600, 506, 684, _INK)
    sheet.disc(470, 580, 22, 9, _PAPER)
    sheet.plant(930, 690, 170, chance)


def _basin(sheet: _Sheet, chance: random.Random) -> None:
    tone = sheet.tone
    sheet.disc(400, 230, 120, 120, _PAPER)
    sheet.disc(400, 230, 104, 104, "#e6f0f2")
    sheet.box(180, 440, 620, 700, _PAPER, 14)
    sheet.box(180, 440, 620, 474, tone.deep, 14)
    sheet.disc(400, 446, 110, 22, "#e6f0f2")
    sheet.box(392, 370, 404, 446, _INK, 6)
    sheet.box(392, 370, 452, 382, _INK, 6)
    for x in (300, 400, 500):
        sheet.box(x - 40, 520, x + 40, 640, tone.wall, 8)
    for shelf in (180, 300, 420):
        sheet.box(690, shelf, 920, shelf + 12, tone.deep, 4)
        for number in range(4):
            high = chance.randint(38, 74)
            colour = chance.choice((_TEAL, _TERRACOTTA, tone.soft, _PAPER))
            sheet.box(712 + number * 52, shelf - high, 746 + number * 52, shelf, colour, 8)


_ROOMS: tuple[tuple[Callable[[_Sheet, random.Random], None], str, str], ...] = (
    (_treatment_room, "A treatment room with a white couch, a hanging lamp and a tall window", "Room 1"),
    (
        _entrance,
        "A teal front door under a round arch, level with the street, a plant on each side",
        "Entrance",
    ),
    (_waiting, "Two armchairs and a small table in front of a framed picture", "Where you wait"),
    (_basin, "A washbasin under a round mirror, beside three shelves with bottles", ""),
)
# How many pictures the clinics have that have some; the others keep their drawn cover.
_HAVE = {0: 4, 3: 2, 6: 3, 9: 2}


_PORTRAITS = {(0, 0): ("#8d5a3c", "#2a2320"), (3, 0): ("#e8bfa0", "#a5563a"), (6, 0): ("#c98f68", "#3d2a20")}


async def hang_portrait(work: ClinicWork, number: int, index: int, practitioner_id: UUID) -> None:
    """Uploads the portrait of a demo clinic's person, where they have one."""
    if (number, index) not in _PORTRAITS:
        return
    skin, hair = _PORTRAITS[number, index]
    tone = _TONES[number % len(_TONES)]
    sheet = _Sheet(tone, floor_at=_HIGH)
    sheet.disc(500, 375, 330, 330, tone.soft)
    sheet.disc(500, 350, 158, 190, hair)
    sheet.box(342, 350, 658, 560, hair, 90)
    sheet.box(300, 600, 700, 1_000, _PAPER, 150)
    sheet.shape([(430, 600), (570, 600), (500, 730)], _TEAL)
    sheet.box(450, 480, 550, 640, skin, 48)
    sheet.disc(500, 380, 116, 150, skin)
    sheet.disc(470, 262, 128, 66, hair)
    given = NewPicture(no_client=True)
    await practitioners.set_portrait(work, practitioner_id, given, sheet.written())


async def hang_pictures(work: ClinicWork, number: int) -> None:
    """Uploads the pictures of the demo clinic of that number; the workers prepare them like any others."""
    tone, first = _TONES[number % len(_TONES)], number // 3
    for index in range(_HAVE.get(number, 0)):
        draw, alt, caption = _ROOMS[(first + index) % len(_ROOMS)]
        chance = random.Random(f"rooms {number} {index}")  # noqa: S311  a drawing, not a secret
        sheet = _Sheet(tone)
        draw(sheet, chance)
        await pictures.add_picture(
            work, NewPicture(alt=alt, caption=caption, no_client=True), sheet.written()
        )
