"""What scheduling takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field

from services.accounts.schemas import Email, Input, Language
from services.clinics.rules import town_line
from services.clinics.week_schemas import CALENDAR_YEARS
from services.kernel.language import country_name
from services.kernel.money import Money
from services.scheduling.course_rules import Window
from services.scheduling.preference_rules import AS_USUAL, Departure, Preferences
from services.scheduling.status_rules import (
    UNDO_WITHIN,
    By,
    Step,
    has_come,
    is_late,
    is_too_late,
    may_move_back,
    may_step,
    may_undo,
)


def _in_calendar(value: datetime) -> datetime:
    if value.year not in CALENDAR_YEARS:
        raise ValueError("the year must be between 2000 and 2199")
    return value


Start = Annotated[AwareDatetime, AfterValidator(_in_calendar)]


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """Which free times: local days of the location, both included, at most 31 apart.

    `by_clinic`: asked by the clinic, which books without notice. `each_once`: each time once, with whoever is to be
    given it by fair distribution, instead of with everyone who is free.
    """

    treatment_id: UUID
    from_on: date
    to_on: date
    location_id: UUID | None = None
    area: str | None = None
    practitioner_id: UUID | None = None
    by_clinic: bool = False
    each_once: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time with all that it would take. Instants in UTC; `zone` is the location's."""

    starts_at: datetime
    ends_at: datetime
    practitioner_id: UUID
    location_id: UUID
    room_id: UUID
    device_id: UUID
    zone: ZoneInfo


@dataclass(frozen=True, eq=False)
class FreeTimes:
    """Free times in order, as one answer: while it is the same object, it is the same answer."""

    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class VisitWish:
    """A visit somebody wants; what is left out is chosen where there is no choice, or may be any."""

    treatment_id: UUID
    starts_at: datetime
    location_id: UUID | None = None
    area: str | None = None
    practitioner_id: UUID | None = None
    room_id: UUID | None = None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeldTime:
    """A time that is held until `until_at`, with the token that books or releases it. Instants in UTC."""

    token: str
    starts_at: datetime
    ends_at: datetime
    until_at: datetime
    practitioner_id: UUID
    location_id: UUID


@dataclass(frozen=True, slots=True)
class CourseWish:
    """A whole course instead of one visit: the window between sessions and each session's price in minor units."""

    window: Window
    prices: tuple[int, ...]
    preferences: Preferences = AS_USUAL


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session of a course as it would be booked, and in what it departs from the preferences. In UTC."""

    starts_at: datetime
    ends_at: datetime
    practitioner_id: UUID
    departs: tuple[Departure, ...] = ()


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking with the names that pages and messages show. Instants in UTC, price in minor units."""

    id: UUID
    clinic_id: UUID
    reference: str
    group_id: UUID
    position: int
    client_id: UUID
    account_id: UUID | None
    treatment_id: UUID
    area: str
    location_id: UUID
    practitioner_id: UUID
    room_id: UUID
    numbing_room_id: UUID | None
    device_id: UUID
    starts_at: datetime
    ends_at: datetime
    price: int
    currency: str
    status: str
    sequence: int
    answer_by: datetime | None
    cancelled_by: str
    cancel_reason: str
    created_at: datetime
    changed_at: datetime
    changed_by: str
    coming_at: datetime | None
    clinic_name: str
    clinic_slug: str
    clinic_email: str
    cancellation_hours: int
    late_minutes: int
    treatment_name: str
    location_name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    time_zone: str
    practitioner_name: str
    room_name: str
    numbing_room_name: str | None
    client_name: str
    client_email: str
    client_phone: str
    client_language: str = "en"
    texts_to: str = ""
    moved_from: Any = None  # a mapping (moving.py), where it was moved
    answered_at: datetime | None = None
    given_back: Any = None  # claims (claiming.py), where a move or a no-show gave them back
    reminder_hours: Sequence[int] = ()
    first_step: str = "none"
    first_step_hours: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def local_starts_at(self) -> datetime:
        """In the location's zone."""
        return self.starts_at.astimezone(self.zone)

    @property
    def local_ends_at(self) -> datetime:
        """In the location's zone."""
        return self.ends_at.astimezone(self.zone)

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)

    @property
    def address(self) -> str:
        """One line: name, street, city and postcode in the country's order, country in the language that is spoken."""
        town = town_line(self.country, self.city, self.region, self.postcode)
        parts = (self.location_name, self.street, town, country_name(self.country))
        return ", ".join(part for part in parts if part)

    def client_may_change(self, now: datetime) -> bool:
        """Whether the client can still cancel or move it by themselves."""
        return may_step(Step.CANCEL, self.status, "client") and not self.is_too_late("client", now)

    def may_say_coming(self, now: datetime) -> bool:
        """Whether the client can say that they will come: to a confirmed visit that lies ahead."""
        return self.status == "confirmed" and now < self.starts_at

    def has_come(self, step: Step, now: datetime) -> bool:
        """Whether the time for the clinic's step has come (`status_rules.has_come`)."""
        return has_come(step, self.status, now, starts_at=self.starts_at, zone=self.zone)

    def is_late(self, now: datetime) -> bool:
        """Whether the client is late by the clinic's own measure."""
        return is_late(self.status, now, starts_at=self.starts_at, late_minutes=self.late_minutes)

    def can_undo(self, now: datetime) -> bool:
        """Whether an arrival, a no-show or a move by the clinic can still be taken back."""
        return may_undo(self.status, now, changed_at=self.changed_at) or self.can_move_back(now)

    def can_move_back(self, now: datetime) -> bool:
        """Whether the clinic's last move of it can still be taken back: nothing else has happened to it since."""
        if not self._moved_by_clinic:
            return False
        moved_at = datetime.fromisoformat(self.moved_from["moved_at"])
        return self.changed_at == moved_at and may_move_back(self.status, now, moved_at=moved_at)

    @property
    def move_back_until(self) -> datetime | None:
        """Until when the clinic's last move can be taken back; nothing where something else has happened since."""
        if not self._moved_by_clinic:
            return None
        return datetime.fromisoformat(self.moved_from["moved_at"]) + UNDO_WITHIN

    @property
    def _moved_by_clinic(self) -> bool:
        before = self.moved_from
        return before is not None and before["by"] == "clinic" and before["sequence"] + 1 == self.sequence

    @property
    def moved_from_at(self) -> datetime | None:
        """When it was before it was moved last, in UTC; nothing where that is not known any more."""
        return datetime.fromisoformat(self.moved_from["starts_at"]) if self.moved_from else None

    def is_too_late(self, by: By, now: datetime) -> bool:
        """Whether the party can no longer change it (`status_rules.is_too_late`)."""
        return is_too_late(
            by,
            self.status,
            now,
            starts_at=self.starts_at,
            created_at=self.created_at,
            cancellation_hours=self.cancellation_hours,
        )


@dataclass(frozen=True, slots=True)
class Follower:
    """A later session of a course with the time (UTC) that it would get, and in what that departs from the wishes."""

    booking: BookingView
    starts_at: datetime
    practitioner_id: UUID
    departs: tuple[Departure, ...] = ()

    @property
    def with_another(self) -> bool:
        """Whether somebody else would give it."""
        return self.practitioner_id != self.booking.practitioner_id


@dataclass(frozen=True, slots=True)
class MovePreview:
    """What moving a visit would do now: where it would be, and which later sessions of its course would follow when.

    Instants in UTC.
    """

    booking: BookingView
    starts_at: datetime
    ends_at: datetime
    practitioner_id: UUID
    room_id: UUID
    device_id: UUID
    followers: tuple[Follower, ...] = ()

    @property
    def rest(self) -> tuple[tuple[BookingView, datetime], ...]:
        """Those that follow, each with its new time."""
        return tuple((one.booking, one.starts_at) for one in self.followers)


class LostLinks(Input):
    """The address with which somebody booked, who wants the links to their bookings again."""

    email: Email = Field(description="The one that was given when booking.", examples=["ana@example.com"])
    language: Language = Field(default="en", description="What the message is written in.")


@dataclass(frozen=True, slots=True)
class Reached:
    """What was booked together and lies ahead, by time, with the address at which its client manages it."""

    bookings: tuple[BookingView, ...]
    manage_url: str


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A person's booking, seen over all clinics: enough to open the clinic's scope and read the rest."""

    clinic_id: UUID
    booking_id: UUID
    group_id: UUID
    reference: str
    starts_at: datetime
    status: str


def alternative(slot: Slot) -> dict[str, Any]:
    """A free time as it stands in a refusal: instants with the location's offset."""
    return {
        "starts_at": slot.starts_at.astimezone(slot.zone).isoformat(),
        "ends_at": slot.ends_at.astimezone(slot.zone).isoformat(),
        "practitioner_id": str(slot.practitioner_id),
        "location_id": str(slot.location_id),
    }
