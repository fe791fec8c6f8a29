"""What anyone may see of a live clinic. Money is in minor units, instants are in the location's offset."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from pydantic import BaseModel, Field

from services.clinics.models import Weeks
from services.clinics.week_rules import Weekly
from services.marketplace.schemas import PictureShown, Price, RatingView


class HoursShown(BaseModel):
    """A span of opening, in the location's own time; 0 is Monday."""

    weekday: int
    opens: str
    closes: str
    weeks: Weeks = Field(description="In which weeks they hold; `days` has them by date.")
    valid_from: date | None
    valid_until: date | None

    @property
    def always(self) -> bool:
        """Whether they hold every week, without first and last day."""
        return self.weeks is Weeks.EVERY and self.valid_from is None and self.valid_until is None

    def holds_on(self, day: date) -> bool:
        """Whether they are a day's hours."""
        times = (time.fromisoformat(self.opens), time.fromisoformat(self.closes))
        days = (self.valid_from or date.min, self.valid_until or date.max)
        return Weekly(self.weekday, *times, self.weeks, *days).hold_on(day)


class SpanShown(BaseModel):
    """A span of opening on a day."""

    opens: str
    closes: str


class DayShown(BaseModel):
    """A local day with the hours it has, closures and extra hours included; closed where there are none."""

    on: date
    spans: list[SpanShown]


class OtherHours(BaseModel):
    """Other hours on local days soon: `closed` all day, or `taken` or `extra` time from `opens` to `closes`."""

    kind: str
    first_on: date
    last_on: date
    opens: str | None
    closes: str | None
    note: str


class Address(BaseModel):
    """Where a location is."""

    street: str
    city: str
    region: str
    postcode: str
    country: str


class LocationShown(BaseModel):
    """A place where the clinic treats."""

    id: UUID
    name: str
    time_zone: str
    address: Address
    latitude: float
    longitude: float
    phone: str
    accessibility: list[str]
    hours: list[HoursShown]
    other_hours: list[OtherHours]
    days: list[DayShown] = Field(
        description="This week and the next, from Monday on; those past as the week has them."
    )
    next_free_at: datetime | None


class CredentialShown(BaseModel):
    """A credential as the public sees it: `verified` only while a moderator's check holds, else not."""

    kind: str
    number: str
    issuer: str
    jurisdiction: str
    issued_on: date | None
    expires_on: date | None
    state: str = Field(description="verified, lapsed or unverified")
    verified_at: datetime | None
    verified_against: str


class PractitionerShown(BaseModel):
    """A person who treats; `sessions` is how many they say they have done."""

    id: UUID
    name: str
    title: str
    bio: str
    needling_since_year: int | None
    sessions: int
    location_ids: list[UUID]
    credentials: list[CredentialShown]
    portrait: PictureShown | None = None

    @property
    def checked(self) -> list[CredentialShown]:
        """Those whose check holds."""
        return [credential for credential in self.credentials if credential.state == "verified"]


class DeviceShown(BaseModel):
    """A device, with the clearance that the clinic states."""

    id: UUID
    location_id: UUID
    maker: str
    model: str
    modality: str
    clearance: str
    single_use_cartridges: bool

    @property
    def name(self) -> str:
        return f"{self.maker} {self.model}".strip()


class Policies(BaseModel):
    """What a client agrees to when booking."""

    cancellation_hours: int
    late_minutes: int
    deposit: Price | None = Field(
        description="Wanted for a booking, and paid at the clinic; null: none. Nothing is paid here."
    )
    notice_minutes: int
    horizon_days: int


class Sterilisation(BaseModel):
    """How the clinic works sterile, in its own words, and when it last checked."""

    protocol: str
    checked_on: date | None


class ClinicShown(BaseModel):
    """A live clinic."""

    slug: str
    name: str
    description: str
    country: str
    currency: str
    languages: list[str]
    locations: list[LocationShown]
    practitioners: list[PractitionerShown]
    devices: list[DeviceShown]
    policies: Policies
    sterilisation: Sterilisation
    business_checked_on: date | None = Field(
        description="When Needlewise had checked both business and insurance; null while one does not count."
    )
    rating: RatingView
    published_at: datetime | None
    cover: PictureShown | None = None
    pictures: list[PictureShown] = Field(default_factory=list)


class AreaShown(BaseModel):
    """One body area: minutes of needling, and the price of one session."""

    code: str
    minutes: int
    price: Price


class CourseShown(BaseModel):
    """The course: sessions, days between them, and the price of the whole."""

    sessions: int
    min_days: int
    target_days: int
    max_days: int
    weeks: int
    price: Price


class TreatmentShown(BaseModel):
    """A menu item of a live clinic. `on_label` is null where the device's label is not known."""

    id: UUID
    name: str
    description: str
    modality: str
    concerns: list[str]
    areas: list[AreaShown]
    course: CourseShown
    booking_mode: str
    preparation_minutes: int
    numbing_minutes: int
    finish_minutes: int
    downtime_days: int
    first_step: str = Field(description="What comes before the first session: none, consultation, patch_test")
    first_step_hours: int = Field(description="How many hours before, at least.")
    numbing_product: str
    topicals: list[str]
    device_id: UUID
    device: str
    location_id: UUID | None
    on_label: bool | None
    labels: dict[str, bool | None]
    any_of_kind: bool = Field(
        default=False,
        description="Whether another device of its kind may be used, whose label covers the same.",
    )

    @property
    def used_on_skin(self) -> list[str]:
        """What is put on the skin, the numbing first."""
        return [*([self.numbing_product] if self.numbing_product else []), *self.topicals]
