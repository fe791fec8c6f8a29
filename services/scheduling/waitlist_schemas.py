"""What the waitlist takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from services.accounts.schemas import Input, Line
from services.clients.schemas import ClientIn
from services.clinics.models import ClinicStatus
from services.scheduling.preference_rules import WeekTimes
from services.scheduling.schemas import Start
from services.scheduling.time_schemas import WeekTimesIn
from services.scheduling.waitlist_rules import Window


class WishTimes(WeekTimesIn):
    """When a visit may begin: local days, weekdays among them, times of day."""

    first_on: date | None = Field(default=None, description="The first local day; left out: today.")
    last_on: date = Field(description="The last local day.", examples=["2026-12-24"])


class NewWish(WishTimes, ClientIn):
    """Who waits, and for what."""

    area: Annotated[str, Line()] | None = Field(
        default=None, description="May be left out where there is one.", examples=["face"]
    )
    practitioner_id: UUID | None = Field(default=None, description="Left out: anyone.")
    language: Literal["en", "es"] = Field(default="en", description="Of the messages.")
    invitation: Annotated[str, Line(max_length=400)] | None = Field(
        default=None, description="As for a booking."
    )


class OfferIn(Input):
    """A free time that the clinic offers by hand."""

    starts_at: Start = Field(description="With its offset.", examples=["2026-11-30T10:00:00-05:00"])
    practitioner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish with the names around it. Instants in UTC; days and times of day are the location's."""

    id: UUID
    clinic_id: UUID
    account_id: UUID | None
    treatment_id: UUID
    area: str
    practitioner_id: UUID | None
    first_on: date
    last_on: date
    weekdays: int
    from_time: time
    until_time: time
    name: str
    email: str
    phone: str
    language: str
    state: str
    created_at: datetime
    changed_at: datetime
    clinic_name: str
    clinic_slug: str
    clinic_status: str
    treatment_name: str
    practitioner_name: str | None
    time_zone: str
    offered: bool
    # Whether its link was ever opened: who never did was perhaps never asked to wait.
    proved: bool
    # Whether the clinic's menu still has the treatment, and the area of it.
    on_menu: bool
    # Whether who is waited for still gives it; so where anybody is.
    with_them: bool

    @property
    def lost(self) -> Literal["clinic", "menu", "person", ""]:
        """What is gone for good of what is waited for."""
        if self.clinic_status == ClinicStatus.CLOSED:
            return "clinic"
        if not self.on_menu:
            return "menu"
        return "" if self.with_them else "person"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def window(self) -> Window:
        times = WeekTimes(self.weekdays, self.from_time, self.until_time)
        return Window(self.first_on, self.last_on, times)

    @property
    def days(self) -> list[int]:
        """The weekdays that would do; 0 is Monday."""
        return self.window.times.days

    @property
    def at_any_time(self) -> bool:
        """Whether no time of day was asked for."""
        return self.window.times.at_any_time

    @property
    def is_open(self) -> bool:
        return self.state in {"unproven", "waiting"}


@dataclass(frozen=True, slots=True)
class OfferView:
    """A time that was offered; it stands while it is held. Instants in UTC."""

    id: UUID
    wish_id: UUID
    practitioner_id: UUID
    location_id: UUID
    starts_at: datetime
    ends_at: datetime
    until_at: datetime
    offered_at: datetime
    offered_by: str
    answer: str
    practitioner_name: str
    location_name: str
    street: str
    city: str
    time_zone: str
    held: bool

    def stands(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.held and not self.answer and self.until_at > now


@dataclass(frozen=True, slots=True)
class OwnWish:
    """A person's wish, seen over all clinics."""

    clinic_id: UUID
    wish_id: UUID
