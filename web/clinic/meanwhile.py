"""What happened to a booking while somebody looked at an older page of it, in words."""

from __future__ import annotations

from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, Step
from web.filters import clock_time, moment_soon

_BY = {"client": "the client", "clinic": "your team"}
_DEEDS = {
    "requested": "was asked for",
    "confirmed": "was confirmed",
    "arrived": "was marked as arrived",
    "completed": "was completed",
    "no_show": "was marked as not come",
    "cancelled": "was cancelled",
    "declined": "was declined",
    "expired": "expired without an answer",
}


def is_done(step: Step, booking: BookingView) -> bool:
    """Whether the step was taken already: a second press, or a colleague was quicker."""
    return TRANSITIONS[step].target == booking.status


def said_twice(booking: BookingView) -> str:
    """The step was taken already: nothing more to do."""
    return f"It {_DEEDS[booking.status]} already, {_when(booking)}. Nothing more to do."


def said_changed(booking: BookingView) -> str:
    """What the booking has become since, and by whom."""
    by = _BY.get(booking.changed_by)
    words = f"Meanwhile this booking {_DEEDS.get(booking.status, 'changed')}"
    return f"{words}{f' by {by}' if by else ''}, {_when(booking)}. Nothing was changed now."


def said_moved(booking: BookingView) -> str:
    """The booking has another time than the page showed."""
    by = _BY.get(booking.changed_by, "somebody")
    now = moment_soon(booking.starts_at, booking.time_zone)
    return f"Meanwhile {by} moved it: it is on {now} now. Nothing was changed; look again."


def _when(booking: BookingView) -> str:
    return f"at {clock_time(booking.changed_at, booking.time_zone)}"
