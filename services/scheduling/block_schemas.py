"""Input and output of blocked time: a practitioner, a room or a device that cannot be booked for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from services.accounts.schemas import Input
from services.clinics.schemas import Short
from services.clinics.week_schemas import LocalDay, LocalTime
from services.kernel.language import gettext

LONGEST_BLOCK_DAYS = 92


class NewBlock(Input):
    """Who or what cannot be booked, on which local days, and between which times of each of them."""

    resource_id: UUID = Field(description="A practitioner, a room or a device.")
    first_on: LocalDay = Field(examples=["2027-08-02"])
    last_on: Annotated[LocalDay | None, Field(description="The last day, included; else one day.")] = None
    opens: LocalTime = Field(description="From when.", examples=["13:00"])
    closes: LocalTime = Field(description="Until when.", examples=["15:00"])
    note: Short = Field(default="", examples=["Maintenance"])

    @property
    def until_on(self) -> date:
        """The last day."""
        return self.last_on or self.first_on

    @property
    def days(self) -> list[date]:
        """The days, in order."""
        return [
            self.first_on + timedelta(days=number)
            for number in range((self.until_on - self.first_on).days + 1)
        ]

    @model_validator(mode="after")
    def _in_order(self) -> NewBlock:
        if self.until_on < self.first_on:
            raise ValueError("The last day must not lie before the first.")
        if (self.until_on - self.first_on).days >= LONGEST_BLOCK_DAYS:
            raise ValueError(gettext("Block at most {most} days at once.", most=LONGEST_BLOCK_DAYS))
        if self.closes <= self.opens:
            raise ValueError("Give both times, the earlier one first.")
        return self


@dataclass(frozen=True, slots=True)
class Block:
    """Blocked time as a whole, in local days and times: between the same hours on each day."""

    id: UUID
    name: str
    first_on: date
    last_on: date
    opens: time
    closes: time
    note: str
    blocked_by: str


@dataclass(frozen=True, slots=True)
class BlockedSpan:
    """A time in which a room or a device is out of use, and since when that is said. Instants in UTC."""

    blocked_id: UUID
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    note: str
    blocked_by: str
    created_at: datetime
