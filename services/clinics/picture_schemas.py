"""Input and output of pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.accounts.schemas import Input, Line
from services.clinics.models import PictureState, PictureSubject
from services.clinics.picture_rules import MOST_PICTURES, is_shown
from services.clinics.schemas import Patch, View

Alt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=250)]
Caption = Annotated[str, Line(max_length=140)]


class NewPicture(Input):
    """What is said of a picture when it is uploaded."""

    alt: Alt = Field(
        default="",
        description="What it shows, for people who cannot see it; without these words it is not public.",
        examples=["A bright treatment room with one chair, a lamp and a washbasin"],
    )
    caption: Caption = Field(default="", description="A line under it, for everyone.", examples=["Room 1"])
    no_client: bool = Field(
        default=False, description="Confirms that no client can be recognised; without it nothing is taken."
    )


class PicturePatch(Patch):
    """Some of what is said of a picture."""

    alt: Alt = ""
    caption: Caption = ""
    position: Annotated[int, Field(ge=1, le=MOST_PICTURES)] = Field(
        default=1, description="Its place among the clinic's pictures, from 1."
    )
    is_cover: bool = Field(default=False, description="Whether it stands for the clinic in searches.")


class PictureFileView(View):
    """A file to show, without any data about where it came from."""

    name: str = Field(examples=["3f0c2d9b4a7e51c8d6f2a01b9e8c7d64.webp"])
    size: str = Field(examples=["medium"])
    content_type: str
    width: int
    height: int


class PictureView(View):
    """A picture with its state. The public sees it while it is ready, has its words, and was not taken down."""

    id: UUID
    subject_kind: PictureSubject
    subject_id: UUID
    state: PictureState
    problem: str = Field(description="Why it could not be prepared, in words.")
    alt: str
    caption: str
    position: int
    is_cover: bool
    content_type: str
    size_bytes: int
    width: int
    height: int
    files: list[PictureFileView]
    uploaded_at: datetime
    taken_down_at: datetime | None
    taken_down_why: str

    @property
    def is_shown(self) -> bool:
        """Whether the public sees it, at a live clinic."""
        return is_shown(self.state, self.alt, self.taken_down_at)

    def file(self, name: str) -> PictureFileView | None:
        """The file of that name."""
        return next((one for one in self.files if one.name == name), None)
