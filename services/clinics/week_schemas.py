"""Input and output of the hours of a week, which may hold for a time, or every other week."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

from services.accounts.schemas import Input
from services.clinics.models import Weeks
from services.clinics.week_rules import Weekly


def _no_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("This must be a time of day, such as 09:30, without an offset.")
    return value.replace(second=0, microsecond=0)


def _in_calendar(value: date) -> date:
    if value.year not in CALENDAR_YEARS:
        raise ValueError("The year must be between 2000 and 2199.")
    return value


CALENDAR_YEARS = range(2000, 2200)
"""In which visits and other hours can lie: far from the ends of what a date can be, which no sum of days may pass."""
LocalTime = Annotated[time, AfterValidator(_no_offset)]
LocalDay = Annotated[date, AfterValidator(_in_calendar)]
Weekday = Annotated[int, Field(ge=0, le=6)]


class Holding(BaseModel):
    """When the hours of a week hold: in which weeks, from and until which local day, both included."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    weeks: Weeks = Field(
        default=Weeks.EVERY,
        description="`every` week, or every other: `a` weeks have Monday, 1 January 2024.",
    )
    valid_from: date | None = Field(default=None, description="The first day; null: they always did.")
    valid_until: date | None = Field(default=None, description="The last day; null: no end.")

    @field_validator("valid_from", "valid_until", mode="before")
    @classmethod
    def _open_ended(cls, value: Any) -> Any:
        return None if value in (date.min, date.max) else value

    @model_validator(mode="after")
    def _in_order(self) -> Holding:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("The last day must not lie before the first.")
        return self

    @property
    def always(self) -> bool:
        """Whether they hold every week, without first and last day."""
        return self.weeks is Weeks.EVERY and self.valid_from is None and self.valid_until is None

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        return self.valid_from or date.min, self.valid_until or date.max


class WeeklySpan(Holding):
    """A span of a weekday, in a location's own time."""

    weekday: Weekday = Field(description="0 is Monday.", examples=[0])
    opens: LocalTime = Field(examples=["09:00"])
    closes: LocalTime = Field(examples=["17:00"])

    @field_serializer("opens", "closes")
    def _short(self, value: time) -> str:
        return value.strftime("%H:%M")

    def as_rule(self, place: object = None) -> Weekly:
        """The same for the rules."""
        return Weekly(self.weekday, self.opens, self.closes, self.weeks, *self.days, place)

    def columns(self) -> dict[str, Any]:
        """The same as a row of a table of weekly hours."""
        first, last = self.days
        times = {"weekday": self.weekday, "opens": self.opens, "closes": self.closes}
        return times | {"weeks": self.weeks.value, "valid_from": first, "valid_until": last}


class HoursSpan(WeeklySpan):
    """A span of opening on a weekday, in the location's own time."""

    @model_validator(mode="after")
    def _opens_first(self) -> HoursSpan:
        if self.opens >= self.closes:
            raise ValueError("It must open before it closes.")
        return self


class HoursIn(Input):
    """The opening hours of a week; several spans a day are allowed, where they do not overlap."""

    hours: Annotated[list[HoursSpan], Field(max_length=200)]
