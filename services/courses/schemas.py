"""What courses take and give: a booking as it is asked for, a session's record, a course with its progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.accounts.schemas import Input, Language, Line
from services.clients.schemas import ClientIn
from services.courses.state_rules import CourseState
from services.kernel.money import Money
from services.scheduling.course_rules import Window
from services.scheduling.preference_rules import AS_USUAL, Departure, Preferences
from services.scheduling.schemas import Start
from services.scheduling.time_schemas import PreferencesIn
from services.treatments.schemas import Area, MoneyIn


def _true_or_false(value: object) -> object:
    # A strict type would not do: the web validates bodies in a lax mode that overrides it.
    if not isinstance(value, bool):
        raise PydanticCustomError("bool_type", "This must be true or false.")
    return value


TrueOrFalse = Annotated[bool, BeforeValidator(_true_or_false)]
Version = Annotated[str, Line(min_length=1, max_length=40)]
SignedName = Annotated[str, Line(min_length=1, max_length=120)]
Lot = Annotated[str, Line(min_length=1, max_length=100)]
Topical = Annotated[str, Line(min_length=1, max_length=100)]
MOST_PASSES = 20
DEPTH_STEP_MM, DEEPEST_MM = Decimal("0.25"), Decimal("3.5")
"""Needling devices are set in steps of 0.25 mm (SkinPen's labelling); none cleared goes deeper than 3.5 mm."""


class ScreeningIn(Input):
    """Answers to one version of the questions: every code with true (yes) or false (no)."""

    version: Version = Field(examples=["2026-11"])
    language: Language = Field(default="en", description="That of the questions that the person was shown.")
    answers: dict[Annotated[str, Line()], TrueOrFalse] = Field(
        examples=[{"pregnant_or_nursing": False, "isotretinoin": False}]
    )


class ConsentIn(Input):
    """Which version of the words was consented to, and the name it was signed with."""

    version: Version = Field(examples=["2026-11"])
    language: Language = Field(default="en", description="That of the words that the person was shown.")
    signed_name: SignedName = Field(examples=["Ana Torres"])


class VisitIn(Input):
    """A visit or a whole course that is asked for."""

    treatment_id: UUID
    location_id: UUID | None = Field(default=None, description="May be left out where there is one.")
    area: Annotated[str, Line()] | None = Field(
        default=None, description="May be left out where there is one.", examples=["face"]
    )
    practitioner_id: UUID | None = Field(default=None, description="Left out: whoever is free.")
    starts_at: Start = Field(
        description="One of the free times, with its offset.", examples=["2026-11-30T10:00:00-05:00"]
    )
    client: ClientIn
    whole_course: TrueOrFalse = Field(
        default=False, description="Books every session of the usual course at once."
    )
    preferences: PreferencesIn | None = Field(
        default=None,
        description="For the sessions of a whole course after the first. Where a session's window has no time that "
        "suits them all, it gets the one that departs least, and says so in `departs`.",
    )
    plan: Annotated[str, Line(max_length=40)] | None = Field(
        default=None,
        description="From `POST .../plan`: books that plan of a whole course; 409 `plan-changed` where it is another "
        "by now.",
    )
    price: MoneyIn | None = Field(
        default=None,
        description="What the booker was shown for all that is booked; 409 `price-changed` where it is another by now. "
        "Left out, whatever it is.",
    )
    text_reminders: TrueOrFalse = Field(
        default=False,
        description="Reminders as text messages to the client's phone, instead of by e-mail; 409 where the clinic "
        "sends none.",
    )


class BookingIn(VisitIn):
    """A booking as a client asks for it."""

    clinic: Annotated[str, Line(min_length=1, max_length=100)] = Field(
        description="The clinic's slug.", examples=["aurum-skin"]
    )
    screening: ScreeningIn
    consent: ConsentIn
    invitation: Annotated[str, Line(max_length=400)] | None = Field(
        default=None,
        description="From the clinic's answer: books a treatment that is to be asked about first.",
    )
    news: bool = Field(
        default=False,
        description="Whether the clinic may write about more than the visits; it can be stopped any time.",
    )
    hold: Annotated[str, Line(max_length=400)] | None = Field(
        default=None, description="From `POST .../holds`: what is held becomes the visit."
    )


class DeskBookingIn(VisitIn):
    """A booking made at the desk; screening and consent may also be taken on arrival."""

    room_id: UUID | None = Field(
        default=None,
        description="Only in that room, each session of a course; left out: the first that is free.",
    )
    device_id: UUID | None = Field(
        default=None, description="Only with that device; left out: the first that is free."
    )
    screening: ScreeningIn | None = None
    consent: ConsentIn | None = None


@dataclass(frozen=True, slots=True)
class BookedSession:
    """One session of what was booked, and in what it departs from the preferences. Instants in UTC."""

    reference: str
    starts_at: datetime
    ends_at: datetime
    departs: tuple[Departure, ...] = ()


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked: the first session's reference, and the token that manages all sessions."""

    reference: str
    manage_token: str
    status: str
    course_id: UUID | None
    time_zone: str
    sessions: tuple[BookedSession, ...]


class SessionRecordIn(Input):
    """What was done in a visit."""

    areas: Annotated[list[Area], Field(min_length=1, max_length=9)] = Field(
        description="Codes of the catalogue's `areas`.", examples=[["face"]]
    )
    passes: Annotated[int, Field(ge=1, le=MOST_PASSES)] | None = Field(
        default=None, description="How often each area was gone over.", examples=[4]
    )
    depth_mm: Annotated[Decimal, Field(ge=0, le=DEEPEST_MM, multiple_of=DEPTH_STEP_MM)] = Field(
        description="The deepest setting, in steps of 0.25 mm.", examples=["1.50"]
    )
    depth_reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        default="",
        description="Why it went deeper than the device's label; needed then. Sealed with the client's own key.",
    )
    lot: Lot = Field(description="The cartridge's lot number.", examples=["LOT-2291"])
    recalled_lot_used: TrueOrFalse = Field(
        default=False, description="The lot was called back, and was really used; needed then."
    )
    topicals: Annotated[list[Topical], Field(max_length=20)] = Field(default_factory=list)
    practitioner_id: UUID | None = Field(
        default=None, description="Who treated; left out: with whom it was booked."
    )
    consent_seen: TrueOrFalse = Field(
        default=False, description="Whoever records has seen the client's signed consent."
    )
    notes: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = Field(
        default="", description="Sealed with the client's own key."
    )


class CorrectionIn(SessionRecordIn):
    """A record as it should have been: all of it, and why it is corrected."""

    version: Annotated[int, Field(ge=1)] = Field(description="The version that is corrected: the latest.")
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="Sealed with the client's own key.", examples=["The lot number was misread."]
    )


@dataclass(frozen=True, slots=True)
class SessionRecordView:
    """One version of a session's record, opened; `erased` where the client's key was destroyed and texts are gone.

    `why` is empty in the first version. What was not asked when it was recorded is null.
    """

    booking_id: UUID
    version: int
    practitioner_id: UUID | None
    practitioner_name: str
    areas: list[str]
    passes: int | None
    depth_mm: Decimal
    depth_reason: str
    lot: str
    topicals: list[str]
    notes: str
    consent_seen_at: datetime | None
    consent_seen_by: str
    why: str
    recorded_by: UUID | None
    recorded_name: str
    recorded_at: datetime
    erased: bool


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course with its progress: `done` sessions of `sessions`. Price in minor units."""

    id: UUID
    client_id: UUID
    client_name: str
    treatment_id: UUID
    treatment_name: str
    area: str
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    price: int
    currency: str
    status: str
    done: int
    created_at: datetime
    protocol_version: int
    time_zone: str
    state: CourseState
    paused_until: date | None
    stopped_at: datetime | None
    stopped_by: str
    stop_reason: str
    preferences: Preferences = AS_USUAL

    @property
    def window(self) -> Window:
        """The days between two sessions that it began with, whatever the menu says by now."""
        return Window(self.min_days, self.target_days, self.max_days)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)
