"""Input and output of clinics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

import pycountry
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from services.accounts.schemas import Email, Input, Line
from services.clinics.models import EditSubject, Role, RoomKind
from services.clinics.rules import ACCESSIBILITY, GRID_MINUTES
from services.clinics.week_schemas import HoursSpan
from services.kernel.language import gettext
from services.kernel.money import LARGEST_AMOUNT

# Codes of ISO 4217 that begin with X are metals, funds and tests, except these of several countries.
_SHARED_CURRENCIES = frozenset({"XAF", "XOF", "XPF", "XCD"})


def _country(value: str) -> str:
    code = value.upper()
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError("Use a country's two letters, such as ES or US (ISO 3166-1).")
    return code


def _currency(value: str) -> str:
    code = value.upper()
    known = pycountry.currencies.get(alpha_3=code) is not None
    if not known or (code.startswith("X") and code not in _SHARED_CURRENCIES):
        raise ValueError("Use a currency's three letters, such as EUR or USD (ISO 4217).")
    return code


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("Use the name of a time zone, such as Europe/Madrid (IANA).")
    return value


def _language(value: str) -> str:
    code = value.lower()
    if pycountry.languages.get(alpha_2=code) is None:
        raise ValueError("Use a language's two letters, such as en or es (ISO 639-1).")
    return code


def _access(value: str) -> str:
    if value not in ACCESSIBILITY:
        raise ValueError(gettext("Choose one of: {codes}.", codes=", ".join(ACCESSIBILITY)))
    return value


def _grid(value: int) -> int:
    if value not in GRID_MINUTES:
        raise ValueError(gettext("Choose one of: {codes}.", codes=", ".join(map(str, GRID_MINUTES))))
    return value


def _line(most: int, least: int = 0) -> Any:
    return Line(min_length=least, max_length=most)


Country = Annotated[str, _line(2, 1), AfterValidator(_country)]
Currency = Annotated[str, _line(3, 1), AfterValidator(_currency)]
TimeZone = Annotated[str, _line(64, 1), AfterValidator(_zone)]
Language = Annotated[str, _line(2, 1), AfterValidator(_language)]
Name = Annotated[str, _line(120, 1)]
Short = Annotated[str, _line(120)]
Postcode = Annotated[str, _line(20)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9+()./ -]*$")]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Access = Annotated[str, AfterValidator(_access)]
GridMinutes = Annotated[int, AfterValidator(_grid)]
# The catalogue's codes, which a test compares: the catalogue lives in a higher slice.
Modality = Literal["pen", "roller", "stamp", "rf_needling"]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A clinic that an account works for."""

    clinic_id: UUID
    slug: str
    name: str
    role: str
    is_public: bool = False


class View(BaseModel):
    """What services give out: loaded, and not to be changed."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class ClinicNamed(View):
    """What a clinic is called."""

    clinic_id: UUID
    slug: str
    name: str


class Patch(Input):
    """Some fields of something; what is left out stays. Null is not a value of any of them."""

    @field_validator("*", mode="before")
    @classmethod
    def _given_means_filled(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("Leave this out, or give it a value.")
        return value

    def changes(self) -> dict[str, Any]:
        """Only what was given."""
        return self.model_dump(exclude_unset=True)


class ClosedClinic(Input):
    """The clinic's own name, typed by whoever closes it."""

    name: Short


class NewClinic(Input):
    """A clinic to begin with; the rest comes step by step."""

    name: Name = Field(examples=["Linden Skin"])
    country: Country = Field(description="ISO 3166-1 alpha-2.", examples=["ES"])
    currency: Currency = Field(description="ISO 4217.", examples=["EUR"])
    email: Email | None = Field(default=None, description="Where clients write to; else the owner's address.")


class ClinicPatch(Patch):
    """What a clinic says of itself, and its policies."""

    name: Name = Field(default_factory=str)
    country: Country = Field(default_factory=str)
    currency: Currency = Field(default_factory=str)
    email: Email = Field(default_factory=str)
    description: Long = ""
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)] = Field(
        default_factory=list, description="ISO 639-1 codes.", examples=[["es", "en"]]
    )
    cancellation_hours: Annotated[int, Field(ge=0, le=336)] = Field(
        default=24, description="Until how many hours before a client may cancel or move."
    )
    late_minutes: Annotated[int, Field(ge=0, le=120)] = Field(
        default=15, description="How late a client may come and still be treated."
    )
    deposit_amount: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)] = Field(
        default=0,
        description="Deposit wanted for a booking, in minor units of the currency, paid at the clinic; 0: none.",
    )
    notice_minutes: Annotated[int, Field(ge=0, le=20160)] = Field(
        default=120, description="How soon before its begin a time can still be booked."
    )
    horizon_days: Annotated[int, Field(ge=7, le=730)] = Field(
        default=120, description="How far ahead a first visit can be booked."
    )
    grid_minutes: GridMinutes = Field(
        default=15, description="Visits begin every so many minutes: 5, 10, 15, 20, 30 or 60.", examples=[15]
    )
    check_in_hours: Annotated[int, Field(ge=1, le=24)] = Field(
        default=4, description="Within how many hours of the day a check-in with a red flag is looked at."
    )
    waitlist_minutes: Annotated[int, Field(ge=15, le=720)] = Field(
        default=120,
        description="How many minutes of the day somebody who waits has to answer an offered time.",
    )
    sterilisation_protocol: Long = Field(default="", description="How instruments and rooms are made safe.")
    sterilisation_checked_on: date | None = Field(
        default=None, description="When the protocol was last gone through."
    )

    @field_validator("languages")
    @classmethod
    def _once_each(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class ClinicView(View):
    """Everything a clinic says of itself, and where it stands."""

    clinic_id: UUID
    slug: str
    name: str
    country: str
    currency: str
    email: str
    description: str
    languages: list[str]
    cancellation_hours: int
    late_minutes: int
    deposit_amount: int
    notice_minutes: int
    horizon_days: int
    grid_minutes: int
    check_in_hours: int
    waitlist_minutes: int
    sterilisation_protocol: str
    sterilisation_checked_on: date | None
    status: str
    changes_requested: list[dict[str, str]]
    created_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None


class NewLocation(Input):
    """A place where the clinic treats. Missing coordinates and zone are looked up by the city."""

    name: Name = Field(examples=["Linden Skin Chamberi"])
    street: Name = Field(examples=["Calle de Alcala 1"])
    city: Name = Field(examples=["Madrid"])
    country: Country | None = Field(default=None, description="ISO 3166-1 alpha-2; else the clinic's.")
    region: Short = ""
    postcode: Postcode = ""
    phone: Phone = ""
    accessibility: Annotated[list[Access], Field(max_length=len(ACCESSIBILITY))] = Field(
        default_factory=list, examples=[["step_free"]]
    )
    time_zone: TimeZone | None = Field(default=None, description="IANA name.", examples=["Europe/Madrid"])
    latitude: Latitude | None = Field(default=None, examples=[40.4189])
    longitude: Longitude | None = Field(default=None, examples=[-3.6934])


class LocationPatch(Patch):
    """Some fields of a location."""

    name: Name = Field(default_factory=str)
    street: Name = Field(default_factory=str)
    city: Name = Field(default_factory=str)
    country: Country = Field(default_factory=str)
    region: Short = ""
    postcode: Postcode = ""
    phone: Phone = ""
    accessibility: Annotated[list[Access], Field(max_length=len(ACCESSIBILITY))] = Field(
        default_factory=list, examples=[["step_free"]]
    )
    time_zone: TimeZone = Field(default_factory=str)
    latitude: Latitude = 0
    longitude: Longitude = 0


class LocationView(View):
    """A location with its opening hours."""

    id: UUID
    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    phone: str
    accessibility: list[str]
    hours: list[HoursSpan] = []


class NewRoom(Input):
    """A room of a location; one client at a time."""

    location_id: UUID
    name: Name = Field(examples=["Room 1"])
    room_kind: RoomKind = Field(
        default=RoomKind.ANY, description="What it is for: clients numb in it, are treated in it, or both."
    )


class RoomPatch(Patch):
    """Some fields of a room."""

    name: Name = Field(default_factory=str)
    room_kind: RoomKind = RoomKind.ANY


class RoomView(View):
    id: UUID
    location_id: UUID
    name: str
    room_kind: RoomKind


class TravelWay(View):
    """Minutes between two locations, the same in both directions."""

    location_id: UUID
    other_id: UUID
    minutes: Annotated[int, Field(ge=1, le=240)] = Field(examples=[25])


class TravelIn(Input):
    """How long it takes between the clinic's locations; pairs that are left out take no time."""

    ways: Annotated[list[TravelWay], Field(max_length=1000)]


class NewDevice(Input):
    """A needling device."""

    location_id: UUID
    maker: Name = Field(examples=["Crown Aesthetics"])
    model: Name = Field(examples=["SkinPen Precision"])
    modality: Modality = Field(examples=["pen"])
    clearance: Annotated[str, _line(300)] = Field(
        default="",
        description="The regulatory clearance, as the clinic states it.",
        examples=["FDA DEN160029"],
    )
    single_use_cartridges: bool = True


class DevicePatch(Patch):
    """Some fields of a device."""

    location_id: UUID = UUID(int=0)
    maker: Name = Field(default_factory=str)
    model: Name = Field(default_factory=str)
    modality: Modality = "pen"
    clearance: Annotated[str, _line(300)] = ""
    single_use_cartridges: bool = True


class DeviceView(View):
    id: UUID
    location_id: UUID
    maker: str
    model: str
    modality: str
    clearance: str
    single_use_cartridges: bool


class NewMember(Input):
    """Someone for the team, by their address."""

    email: Email
    role: Role


class InvitationView(View):
    """An open invitation to the team."""

    id: UUID
    email: str
    role: Literal["owner", "manager", "practitioner", "front_desk"]
    invited_by: str
    sent: int
    invited_at: datetime
    expires_at: datetime
    expired: bool = False


class MemberPatch(Input):
    """Another role for a member."""

    role: Role


class MemberView(View):
    """Someone of the team."""

    id: UUID
    account_id: UUID
    name: str
    email: str
    role: Literal["owner", "manager", "practitioner", "front_desk"]
    booking_notices: Literal["", "all", "own", "none"] = ""
    created_at: datetime


class NoticesChoice(Input):
    """Which bookings a member hears of by mail."""

    booking_notices: Literal["all", "own", "none"]


class HeldEditView(View):
    """A sensitive edit that waits for a moderator: values before and after, by field."""

    id: UUID
    subject_kind: EditSubject
    subject_id: UUID
    label: str
    before: dict[str, Any]
    after: dict[str, Any]
    asked_by: str
    asked_at: datetime


class AuditView(View):
    """Who did what to what, when."""

    id: UUID
    at: datetime
    by_kind: str
    by_account_id: UUID | None
    by_label: str
    action: str
    subject_kind: str
    subject_id: UUID
    detail: dict[str, Any]
