"""Input and output of follow-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.accounts.schemas import Input
from services.courses.followup_rules import LONGEST_DOWNTIME, MOST_DISCOMFORT, SCALES, SIGNS, RedFlag
from services.scheduling.schemas import BookingView

Scale = Annotated[int, Field(ge=0, le=MOST_DISCOMFORT)]


class CheckInAnswer(Input):
    """How it went since the visit. A sign that is left out counts as no, a scale as not answered."""

    downtime_days: Annotated[int, Field(ge=0, le=LONGEST_DOWNTIME)] = Field(
        description="Days until the skin could be shown as usual, so far."
    )
    discomfort: Scale = Field(description="0 none, 10 the worst.")
    redness: Scale | None = Field(default=None, description="0 none, 10 the worst.")
    pain: Scale | None = Field(default=None, description="0 none, 10 the worst.")
    swelling: Scale | None = Field(default=None, description="0 none, 10 the worst.")
    breathing: bool = Field(
        default=False, description="Trouble breathing, or swelling of lips, tongue or throat."
    )
    spreading_redness: bool = Field(default=False, description="Redness that spreads, or pus.")
    fever: bool = False
    blisters: bool = Field(default=False, description="Blisters or cold sores.")
    lasting_dark_spots: bool = Field(default=False, description="Dark spots that stay.")
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""

    def signs(self) -> dict[str, bool]:
        """What was asked with yes and no, by code."""
        return {code: bool(getattr(self, code)) for code in SIGNS}

    def scales(self) -> dict[str, int | None]:
        """The numbers from 0 to 10, by code; nothing where it was not answered."""
        return {code: getattr(self, code) for code in ("discomfort", *SCALES)}


class Handled(Input):
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
    look_by: datetime | None
    escalated_at: datetime | None
    rules_version: str

    def is_overdue(self, now: datetime) -> bool:
        """Whether somebody should have looked by now."""
        return self.needs_answer and self.look_by is not None and self.look_by <= now

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
    emergency: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingCheckIn:
    """A check-in that the clinic has to look at, with the visit it asks about."""

    check_in: CheckInView
    visit: BookingView

    @property
    def due_at(self) -> datetime | None:
        """What those that wait are in order of."""
        return self.check_in.look_by or self.check_in.answered_at

    @property
    def reference(self) -> str:
        return self.visit.reference

    @property
    def client_name(self) -> str:
        return self.visit.client_name

    @property
    def time_zone(self) -> str:
        return self.visit.time_zone


@dataclass(frozen=True, slots=True)
class CheckInRead:
    """A check-in as those who treat read it: the answers, the rules they met, and what was done about them."""

    page: CheckInPage
    answer: CheckInAnswer | None
    note: str
    reasons: tuple[RedFlag, ...] = ()
    client_phone: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sealed answer, and the codes of the rules that it met when it was given."""

    answer: CheckInAnswer
    reasons: tuple[str, ...]
