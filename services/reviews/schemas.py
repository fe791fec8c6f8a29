"""Input and output of reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.accounts.schemas import Input, Line
from services.reviews.rules import HIGHEST, LOWEST, QUESTIONS, day_of

RATINGS = ("result", "comfort", "cleanliness", "explanation", "value")
LONGEST_TEXT, LONGEST_REPLY, LONGEST_DOWNTIME = 4000, 2000, 60

Rating = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
ReplyWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REPLY)]


class Ratings(Input):
    """Five ratings, 1 (poor) to 5 (very good)."""

    result: Rating = Field(description="What it has done so far.")
    comfort: Rating = Field(description="Pain and comfort during the visit.")
    cleanliness: Rating = Field(description="Hygiene of room, tools and hands.")
    explanation: Rating = Field(description="How well risks and aftercare were explained.")
    value: Rating = Field(description="What it was worth for the price.")

    @property
    def total(self) -> int:
        """5 to 25."""
        return self.result + self.comfort + self.cleanliness + self.explanation + self.value


class NewReview(Input):
    """What a client says of a completed visit."""

    ratings: Ratings
    concern: Annotated[str, Line()] | None = Field(
        default=None, description="One of the treatment's concerns.", examples=["acne-scars"]
    )
    downtime_days: Annotated[int, Field(ge=0, le=LONGEST_DOWNTIME)] | None = None
    text: Words = ""


class NewReply(Input):
    """The clinic's public answer to a review."""

    text: ReplyWords


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a review: how they are called and reached, and in which language."""

    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review as it is shown; `stars` is the mean of its five ratings."""

    id: UUID
    author: str
    stage: str
    ratings: dict[str, int]
    stars: float
    concern: str | None
    downtime_days: int | None
    text: str
    treatment_id: UUID
    treatment_name: str
    practitioner_id: UUID
    practitioner_name: str
    location_id: UUID
    created_at: datetime
    reply: str | None
    replied_at: datetime | None
    state: str

    @property
    def result_day(self) -> int | None:
        """So many days after the last session the result is reviewed; nothing where something else is."""
        return day_of(self.stage)


@dataclass(frozen=True, slots=True)
class InvitationView:
    """What somebody is asked to review."""

    id: UUID
    booking_id: UUID
    stage: str
    invited_at: datetime
    expires_at: datetime
    answered: bool
    clinic_name: str
    clinic_slug: str
    treatment_name: str
    practitioner_name: str
    location_name: str
    visited_at: datetime
    time_zone: str
    client_name: str
    client_email: str
    concerns: tuple[str, ...]


def stars(total: int) -> float:
    """A review's stars from its total."""
    return total / QUESTIONS
