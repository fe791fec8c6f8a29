"""Input of pausing and stopping a course."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.accounts.schemas import Input
from services.courses.schemas import TrueOrFalse
from services.courses.state_rules import STOP_REASONS
from services.kernel.language import gettext


def _known_reason(value: str) -> str:
    if value not in STOP_REASONS:
        raise ValueError(gettext("Choose one of: {codes}.", codes=", ".join(STOP_REASONS)))
    return value


class PauseIn(Input):
    """Until when nobody is asked to go on; sessions that are booked stay booked."""

    until: date = Field(description="The day on which it goes on by itself.", examples=["2027-02-01"])


class StopIn(Input):
    """Why a course ends before its last session, and what becomes of the sessions that are booked."""

    reason: Annotated[str, AfterValidator(_known_reason)] = Field(
        description="One of: " + ", ".join(STOP_REASONS) + ".", examples=["client_wish"]
    )
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        default="", description="To the client, where sessions are cancelled."
    )
    cancel_booked: TrueOrFalse | None = Field(
        default=None, description="Cancels what is booked; needed where something is."
    )
