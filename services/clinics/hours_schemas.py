"""Input and output of other hours on single days: extra and taken time, closures, public holidays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_serializer, model_validator

from services.accounts.schemas import Input
from services.clinics.rules import LONGEST_EXCEPTION_DAYS
from services.clinics.schemas import Short, View
from services.clinics.week_schemas import LocalDay, LocalTime
from services.kernel.language import gettext

ExceptionKind = Literal["extra", "taken", "closed"]


class NewException(Input):
    """Other hours on the days from `first_on` to `last_on`: extra or taken time, or closed for all day."""

    kind: ExceptionKind = Field(examples=["closed"])
    first_on: LocalDay = Field(description="A local day.", examples=["2027-08-02"])
    last_on: Annotated[LocalDay | None, Field(description="The last day, included; else one day.")] = None
    opens: LocalTime | None = Field(default=None, description="From when, for extra or taken time.")
    closes: LocalTime | None = Field(default=None, description="Until when, for extra or taken time.")
    note: Short = Field(default="", examples=["Summer break"])

    @property
    def until_on(self) -> date:
        """The last day."""
        return self.last_on or self.first_on

    @model_validator(mode="after")
    def _fits_together(self) -> NewException:
        if self.until_on < self.first_on:
            raise ValueError("The last day must not lie before the first.")
        if self.until_on - self.first_on > timedelta(days=LONGEST_EXCEPTION_DAYS):
            raise ValueError(gettext("Give at most {most} days at once.", most=LONGEST_EXCEPTION_DAYS))
        if self.kind == "closed":
            if self.opens or self.closes:
                raise ValueError("Closed is for all day: leave the times out, or take time instead.")
        elif self.opens is None or self.closes is None or self.opens >= self.closes:
            raise ValueError("Give both times, the earlier one first.")
        return self


class ExceptionView(View):
    """Other hours of a location on some days. A closure on a public holiday names it."""

    id: UUID
    location_id: UUID
    kind: ExceptionKind
    first_on: date
    last_on: date
    opens: LocalTime | None
    closes: LocalTime | None
    note: str
    holiday: str | None = None

    @field_serializer("opens", "closes")
    def _short(self, value: LocalTime | None) -> str | None:
        return value.strftime("%H:%M") if value else None


class HolidayView(View):
    """A public holiday at a location: `proposed` (open until the clinic says so), `closed`, or `open`."""

    on: date
    name: str
    state: Literal["proposed", "closed", "open"]


class HolidayChoice(Input):
    """Whether the location is closed on a public holiday."""

    closed: bool
