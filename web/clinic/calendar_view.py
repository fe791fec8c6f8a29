"""What the calendar looks at, as it stands in the address: view, day, location, whom or what, and in which form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.clinics.schemas import LocationView
from services.kernel.language import N_
from services.scheduling.diary import Diary

PRACTITIONER, ROOM, DEVICE = "practitioner", "room", "device"
KINDS = (PRACTITIONER, ROOM, DEVICE)
DAY, WEEK = "day", "week"
GRID, LIST = "grid", "list"
DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class View:
    """A day or a week of one location; columns by `kind`, all of them or `only` one.

    `form` is empty where the room decides: a grid, or on a phone a list.
    """

    slug: str
    span: str
    day: date
    today: date
    location: LocationView
    kind: str = PRACTITIONER
    only: UUID | None = None
    form: str = ""

    @property
    def path(self) -> str:
        return f"/clinic/{self.slug}/calendar"

    @property
    def show(self) -> str:
        """Whom or what, as one field: `room`, or `room:` and an id."""
        return f"{self.kind}:{self.only}" if self.only else self.kind

    @property
    def days(self) -> list[date]:
        """The days that are looked at."""
        if self.span == DAY:
            return [self.day]
        monday = self.day - timedelta(days=self.day.weekday())
        return [monday + timedelta(days=number) for number in range(DAYS_OF_WEEK)]

    @property
    def step(self) -> timedelta:
        return timedelta(days=DAYS_OF_WEEK if self.span == WEEK else 1)

    def href(self, **changed: Any) -> str:
        """The address of this view with something changed."""
        other = replace(self, **changed)
        values = {
            "view": other.span,
            "day": other.day.isoformat(),
            "location_id": str(other.location.id),
            "show": other.show,
        }
        return f"{self.path}?{urlencode(values | ({'as': other.form} if other.form else {}))}"


def read_show(text: str) -> tuple[str, UUID | None]:
    """Kind and id of the field `show`; practitioners where it cannot be read."""
    kind, _, rest = text.partition(":")
    if kind not in KINDS:
        return PRACTITIONER, None
    try:
        return kind, UUID(rest) if rest else None
    except ValueError:
        return kind, None


def choices(diary: Diary) -> list[tuple[str, list[tuple[str, str]]]]:
    """The options of the field `show`, in groups; the page says their words in its language."""
    groups = (
        (N_("People"), PRACTITIONER, N_("Everyone"), [(one.id, one.name) for one in diary.people]),
        (N_("Rooms"), ROOM, N_("All rooms"), [(one.id, one.name) for one in diary.rooms]),
        (
            N_("Devices"),
            DEVICE,
            N_("All devices"),
            [(one.id, f"{one.maker} {one.model}") for one in diary.devices],
        ),
    )
    return [
        (title, [(kind, everything), *((f"{kind}:{one}", name) for one, name in found)])
        for title, kind, everything, found in groups
    ]


def chosen(locations: Sequence[LocationView], given: str) -> LocationView | None:
    """The location of that id, or the first one."""
    for place in locations:
        if str(place.id) == given:
            return place
    return locations[0] if locations else None
