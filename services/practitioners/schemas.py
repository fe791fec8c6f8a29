"""Input and output of practitioners."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_serializer,
    field_validator,
    model_validator,
)

from services.accounts.schemas import Input, Line
from services.clinics.hours_schemas import ExceptionKind, NewException
from services.clinics.week_schemas import WeeklySpan
from services.kernel.language import gettext
from services.kernel.private_files import PrivateFileView
from services.practitioners.kinds import kind_codes
from services.practitioners.models import CredentialState


def _known_kind(value: str) -> str:
    if value not in kind_codes():
        raise ValueError(gettext("Choose one of: {codes}.", codes=", ".join(sorted(kind_codes()))))
    return value


Kind = Annotated[str, AfterValidator(_known_kind)]
Name = Annotated[str, Line(min_length=1, max_length=120)]
Number = Annotated[str, Line(min_length=1, max_length=60)]
Short = Annotated[str, Line(max_length=120)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
DailyMaximum = Annotated[int, Field(ge=1, le=50)]


class View(BaseModel):
    """What services give out: loaded, and not to be changed."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Patch(Input):
    """Some fields of something; what is left out stays as it is.

    Fields have factories, not defaults: the API's document then says that they can be left out, and no value.
    """

    def changes(self) -> dict[str, Any]:
        """Only what was given."""
        return self.model_dump(exclude_unset=True)


class NewPractitioner(Input):
    """A person who treats at the clinic."""

    name: Name = Field(examples=["Dr Ana Ruiz"])
    title: Short = Field(default="", description="As clients read it.", examples=["Dermatologist"])
    bio: Long = Field(default="", description="Training and experience in a few sentences; no promises.")
    needling_since_year: int | None = Field(
        default=None, description="The year in which they began to needle.", examples=[2018]
    )
    sessions_before: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=0, description="Sessions performed before those recorded here, as the clinic states."
    )
    daily_maximum: DailyMaximum | None = Field(
        default=None, description="Visits a local day at most; null: no limit.", examples=[8]
    )
    follows_opening_hours: bool = Field(
        default=True, description="Copies the opening hours of every location as the person's own hours."
    )


class PractitionerPatch(Patch):
    """Some fields of a practitioner."""

    name: Name = Field(default_factory=str)
    title: Short = Field(default_factory=str)
    bio: Long = Field(default_factory=str)
    needling_since_year: int | None = None
    sessions_before: Annotated[int, Field(ge=0, le=100_000)] = Field(default_factory=int)
    daily_maximum: DailyMaximum | None = None


class PractitionerSpan(WeeklySpan):
    """A span of work on a weekday, in the location's local time. One location need not be named."""

    location_id: UUID | None = None

    @model_validator(mode="after")
    def _opens_first(self) -> PractitionerSpan:
        if self.opens >= self.closes:
            raise ValueError("Work must begin before it ends.")
        return self


class PractitionerHoursIn(Input):
    """The working hours of a week; several spans a day are allowed, where they do not overlap."""

    hours: Annotated[list[PractitionerSpan], Field(max_length=400)]


class SpanView(WeeklySpan):
    """A span of work on a weekday (0 is Monday), in the location's local time."""

    location_id: UUID


class NewCredential(Input):
    """A credential as it is claimed; a moderator checks it against its register."""

    kind: Kind = Field(
        description="A code of the catalogue's `credential_kinds`.", examples=["registered_nurse"]
    )
    number: Number = Field(description="The licence or registration number.", examples=["RN-204981"])
    issuer: Name = Field(description="Who issued it; for an NPI, say NPPES.", examples=["Nursys"])
    jurisdiction: Name = Field(description="Where it holds.", examples=["Arizona, US"])
    issued_on: date | None = Field(default=None, examples=["2019-05-01"])
    expires_on: date | None = Field(default=None, description="It counts through this day.")


class CredentialPatch(Patch):
    """Some fields of a credential. A change means that it has to be checked again."""

    kind: Kind = Field(default_factory=str)
    number: Number = Field(default_factory=str)
    issuer: Name = Field(default_factory=str)
    jurisdiction: Name = Field(default_factory=str)
    issued_on: date | None = None
    expires_on: date | None = None


class NewAbsence(NewException):
    """Other hours of a practitioner: `extra` time at a location, `taken` time, or `closed` for away all day."""

    location_id: UUID | None = None


class AbsenceView(View):
    """Other hours of a practitioner on some days; without a location they count everywhere."""

    id: UUID
    practitioner_id: UUID
    location_id: UUID | None
    kind: ExceptionKind
    first_on: date
    last_on: date
    opens: time | None
    closes: time | None
    note: str

    @field_serializer("opens", "closes")
    def _short(self, value: time | None) -> str | None:
        return value.strftime("%H:%M") if value else None


class LinkedMember(Input):
    """Which member of the team a practitioner is, by the member's id; null: none of them."""

    member_id: UUID | None


class EvidenceView(PrivateFileView):
    """A private file that proves a credential; its content is read on its own."""

    credential_id: UUID


class CredentialView(View):
    """A credential, what was found when it was checked, and its evidence."""

    id: UUID
    practitioner_id: UUID
    kind: str
    number: str
    issuer: str
    jurisdiction: str
    issued_on: date | None
    expires_on: date | None
    state: CredentialState
    verified_at: datetime | None
    verified_against: str
    renewal_issued_on: date | None = None
    renewal_expires_on: date | None = None
    evidence: list[EvidenceView] = []


class PractitionerView(View):
    """A practitioner with hours and credentials."""

    id: UUID
    name: str
    title: str
    bio: str
    needling_since_year: int | None
    sessions_before: int
    daily_maximum: int | None
    account_id: UUID | None
    hours: list[SpanView] = []
    credentials: list[CredentialView] = []

    def works_at(self, location_id: UUID, today: date) -> bool:
        """Whether there are hours at the location that are not over."""
        return any(span.location_id == location_id and span.days[1] >= today for span in self.hours)

    @field_validator("hours")
    @classmethod
    def _in_order(cls, value: list[SpanView]) -> list[SpanView]:
        return sorted(value, key=lambda span: (str(span.location_id), span.weekday, span.opens, span.days))
