"""Input and output of protocols: what a course is made of and what follows each session, in versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from services.accounts.schemas import Input, Line
from services.kernel.language import gettext
from services.practitioners.schemas import Patch
from services.treatments import protocol_rules as rules


class AftercareIn(Input):
    """What to do on some days after a session; the day of the session is day 0."""

    from_day: Annotated[int, Field(ge=0, le=rules.LATEST_DAY)] = Field(examples=[1])
    to_day: Annotated[int, Field(ge=0, le=rules.LATEST_DAY)] = Field(examples=[2])
    text: Annotated[str, Line(min_length=1, max_length=300)] = Field(
        examples=["No make-up, no sport, no sauna."]
    )


def _in_order(steps: list[AftercareIn]) -> list[AftercareIn]:
    for number, step in enumerate(steps, start=1):
        if step.to_day < step.from_day:
            raise ValueError(gettext("Line {number} ends on a day before it begins.", number=number))
    return sorted(steps, key=lambda step: (step.from_day, step.to_day))


def _once_each(days: list[int]) -> list[int]:
    return sorted(set(days))


Aftercare = Annotated[list[AftercareIn], Field(min_length=1, max_length=30), AfterValidator(_in_order)]
_Day = Annotated[int, Field(ge=1, le=730)]
_DaySoon = Annotated[int, Field(ge=1, le=180)]
_DayFromVisit = Annotated[int, Field(ge=0, le=730)]
CheckInDays = Annotated[list[_DaySoon], Field(min_length=1, max_length=12), AfterValidator(_once_each)]
PhotoDays = Annotated[list[_DayFromVisit], Field(max_length=12), AfterValidator(_once_each)]
ReviewDays = Annotated[list[_Day], Field(max_length=6), AfterValidator(_once_each)]


def _usual_aftercare() -> list[AftercareIn]:
    return [AftercareIn(from_day=first, to_day=last, text=text) for first, last, text in rules.AFTERCARE]


class ProtocolIn(Input):
    """What follows each session. Days count from the session, those of `review_days` from the last one."""

    aftercare: Aftercare = Field(default_factory=_usual_aftercare)
    check_in_days: CheckInDays = Field(
        default_factory=lambda: list(rules.CHECK_IN_DAYS), description="When the client is asked how it goes."
    )
    photo_days: PhotoDays = Field(
        default_factory=lambda: list(rules.PHOTO_DAYS), description="When photos are taken."
    )
    review_days: ReviewDays = Field(
        default_factory=lambda: list(rules.REVIEW_DAYS),
        description="When the client is asked for a review of the result; day 90 is always one of them.",
    )


class ProtocolPatch(Patch):
    """Some parts of what follows each session; each replaces all of its kind."""

    aftercare: Aftercare = Field(default_factory=list)
    check_in_days: CheckInDays = Field(default_factory=list)
    photo_days: PhotoDays = Field(default_factory=list)
    review_days: ReviewDays = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProtocolView:
    """One version of a treatment's protocol. Version 0 is what is usual, where the clinic never said anything else."""

    version: int
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    aftercare: tuple[rules.Step, ...]
    check_in_days: tuple[int, ...]
    photo_days: tuple[int, ...]
    review_days: tuple[int, ...]
    written_by: str
    written_at: datetime | None

    @property
    def result_days(self) -> tuple[int, ...]:
        """The days after the last session on which a review of the result is asked for."""
        return tuple(sorted({*self.review_days, rules.RESULT_DAY}))

    def steps_of_day(self, day: int) -> list[str]:
        """What to do on a day after a session."""
        return rules.steps_of_day(self.aftercare, day)

    def content(self) -> dict[str, Any]:
        """Without who wrote it and when: what makes another version."""
        names = ("sessions", "min_days", "target_days", "max_days")
        care = ("check_in_days", "photo_days", "review_days")
        return {
            **{name: getattr(self, name) for name in names},
            **{name: list(getattr(self, name)) for name in care},
            "aftercare": [list(step) for step in self.aftercare],
        }
