"""Input and output of follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.courses.followup_rules import LONGEST_DOWNTIME, MOST_DISCOMFORT, RED_FLAGS


class CheckInAnswer(BaseModel):
    """How it went since the visit. What is left out of the last four counts as no."""

    downtime_days: Annotated[int, Field(ge=0, le=LONGEST_DOWNTIME)] = Field(
        description="Days until the skin could be shown as usual, so far."
    )
    discomfort: Annotated[int, Field(ge=0, le=MOST_DISCOMFORT)] = Field(description="0 none, 10 the worst.")
    spreading_redness: bool = Field(default=False, description="Redness that spreads, or pus.")
    fever: bool = False
    blisters: bool = Field(default=False, description="Blisters or cold sores.")
    lasting_dark_spots: bool = Field(default=False, description="Dark spots that stay.")
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""

    def red_flags(self) -> dict[str, bool]:
        """The four signs, by code."""
        return {code: bool(getattr(self, code)) for code in RED_FLAGS}


class Handled(BaseModel):
    """What the clinic did about an answer."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] = Field(
        description="Sealed with the client's own key.", examples=["Called; comes in tomorrow at 9."]
    )


@dataclass(frozen=True, slots=True)
class CheckInView:
    """A check-in with the visit it asks about; answers stay sealed."""

    id: UUID
    booking_id: UUID
    client_id: UUID
    day: int
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    red_flag: bool
    downtime_days: int | None
    discomfort: int | None
    handled_at: datetime | None
    handled_by: str

    @property
    def needs_answer(self) -> bool:
        """Whether somebody of the clinic has to look at it, and nobody has."""
        return self.red_flag and self.handled_at is None


@dataclass(frozen=True, slots=True)
class CheckInPage:
    """What the person who answers sees."""

    check_in: CheckInView
    clinic_name: str
    clinic_slug: str
    clinic_phone: str
    clinic_email: str
    reference: str
    visited_at: datetime
    time_zone: str
    client_name: str
    client_email: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CheckInRead:
    """A check-in as those who treat read it: the answers, and what was done about them."""

    page: CheckInPage
    answer: CheckInAnswer | None
    note: str
