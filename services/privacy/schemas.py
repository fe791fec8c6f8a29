"""What privacy takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.accounts.schemas import Email, Input, Language, Line

FORMAT = "needlewise-person/1"


class LinkAsked(Input):
    """The address of who asks for the way in to their data."""

    email: Email


class Erase(Input):
    """The confirmation of an erasure. `password` and `code` prove an account; a guest has the link.

    `cancel_bookings` says yes to cancelling what lies ahead; `keep_reviews` leaves the words of reviews, without a
    name.
    """

    password: str = Field(default="", max_length=200)
    code: Annotated[str, Line(max_length=40)] = ""
    understood: bool = False
    cancel_bookings: bool = False
    keep_reviews: bool = False

    @field_validator("understood", "cancel_bookings", "keep_reviews", mode="before")
    @classmethod
    def _ticked(cls, value: object) -> object:
        return value == "true" if isinstance(value, str) else value


class ConsentDecided(Input):
    """A consent given or withdrawn at a clinic. Giving is signed with the name."""

    clinic_id: UUID
    purpose: Annotated[str, Line(max_length=40)] = Field(description="treatment, photos or marketing")
    decision: Annotated[str, Line(max_length=40)] = Field(description="given or withdrawn")
    signed_name: Annotated[str, Line(max_length=120)] = ""
    language: Language = Field(default="en", description="That of the words that the person was shown.")


class RequestView(BaseModel):
    """A request about one's own data. `report` is in counts."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    kind: str
    state: str
    language: str
    asked_at: datetime
    done_at: datetime | None
    expires_at: datetime | None
    size_bytes: int
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What one clinic (or, without a name, the platform) holds of a person: rows by table, and visits ahead."""

    clinic_id: UUID | None
    clinic_name: str
    rows: dict[str, int]
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What retention did by a rule: on a day, for a clinic or for none."""

    ran_on: date
    rule: str
    what: str
    reason: str
    source: str
    erased: int
    kept: int
    kept_because: str
    clinic_id: UUID | None
