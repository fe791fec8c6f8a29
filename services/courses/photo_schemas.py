"""Input and output of clinical photos."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.accounts.schemas import Input, Language, Line
from services.clinics.schemas import View
from services.courses.models import PhotoMoment, PhotoState
from services.courses.photo_rules import Comparable, Pose
from services.treatments.schemas import Area

Name = Annotated[str, Line(max_length=120)]


class NewPhoto(Input):
    """What is said of a photo when it is uploaded; the first one comes with the consent to photos."""

    pose: Pose = Field(
        description="From where the area is seen, by the person's own sides.", examples=["front"]
    )
    area: Area | None = Field(
        default=None, description="Left out: the area that was booked.", examples=["face"]
    )
    taken_on: date | None = Field(default=None, description="A local day, today or before; left out: today.")
    consent: bool = Field(
        default=False, description="Gives the consent to photos, where it does not hold yet."
    )
    signed_name: Name = Field(default="", description="The name that this consent is signed with.")
    language: Language = Field(default="en", description="That of the words that the person was shown.")


class ReleaseDecided(Input):
    """A client's word on showing one photo to the public."""

    release: bool = Field(description="True gives the consent, false takes it back.")
    signed_name: Name = Field(default="", description="Needed to give it.")
    language: Language = Field(default="en", description="That of the words that the person was shown.")


class PhotoSize(View):
    """One file of a photo; always JPEG."""

    size: str = Field(examples=["medium"])
    width: int
    height: int


class PhotoView(View):
    """A photo with its state. `day`: days after the session at `position`; `is_released`: it may be shown in public."""

    id: UUID
    client_id: UUID
    booking_id: UUID
    group_id: UUID
    position: int
    moment: PhotoMoment
    day: int
    area: str
    pose: Pose
    taken_on: date
    by_client: bool
    state: PhotoState
    problem: str = Field(description="Why it could not be prepared, in words.")
    sizes: list[PhotoSize]
    added_at: datetime
    is_released: bool

    @property
    def as_comparable(self) -> Comparable:
        return Comparable(self.group_id, self.area, self.pose, self.taken_on)

    def nearest(self, size: str) -> PhotoSize | None:
        """The file of that size, or the largest there is; nothing before it is ready."""
        return next((one for one in self.sizes if one.size == size), self.sizes[-1] if self.sizes else None)


class ResultView(View):
    """Two released photos of one person that a clinic shows, and what lies between them."""

    id: UUID
    treatment_id: UUID
    treatment_name: str
    area: str
    pose: Pose
    weeks: int
    sessions: int
    before: PhotoView
    after: PhotoView
    taken_down_at: datetime | None = Field(
        default=None, description="Since when a moderator keeps it from the public."
    )
    taken_down_why: str | None = None

    @property
    def name(self) -> str:
        """The pair in a few words."""
        return (
            f"{self.treatment_name}, {self.before.taken_on.isoformat()} and {self.after.taken_on.isoformat()}"
        )


class SeenPhoto(View):
    """A photo as moderators need it: nothing of whose it is."""

    id: UUID
    area: Area
    pose: Pose
    taken_on: date


class SeenResult(View):
    """A pair as moderators judge it."""

    id: UUID
    treatment_name: str
    weeks: int
    sessions: int
    before: SeenPhoto
    after: SeenPhoto
    taken_down_at: datetime | None


class NewResult(Input):
    """The two photos that are to be shown beside each other."""

    before_id: UUID
    after_id: UUID
