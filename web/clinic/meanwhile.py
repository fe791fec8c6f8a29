"""What happened to a booking while somebody looked at an older page of it, in words."""

from __future__ import annotations

from services.kernel.language import N_
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import TRANSITIONS, Step
from web.filters import clock_time, moment_soon
from web.locale import gettext

_BY = {"client": N_("the client"), "clinic": N_("your team")}
_DEEDS = {
    "requested": N_("was asked for"),
    "confirmed": N_("was confirmed"),
    "arrived": N_("was marked as arrived"),
    "completed": N_("was completed"),
    "no_show": N_("was marked as not come"),
    "cancelled": N_("was cancelled"),
    "declined": N_("was declined"),
    "expired": N_("expired without an answer"),
}


def is_done(step: Step, booking: BookingView) -> bool:
    """Whether the step was taken already: a second press, or a colleague was quicker."""
    return TRANSITIONS[step].target == booking.status


def said_twice(booking: BookingView) -> str:
    """The step was taken already: nothing more to do."""
    words = gettext("It {deed} already, at {time}. Nothing more to do.")
    return words.format(deed=gettext(_DEEDS[booking.status]), time=_time(booking))


def said_changed(booking: BookingView) -> str:
    """What the booking has become since, and by whom."""
    by, deed = _BY.get(booking.changed_by), gettext(_DEEDS.get(booking.status, N_("changed")))
    if by is None:
        words = gettext("Meanwhile this booking {deed}, at {time}. Nothing was changed now.")
        return words.format(deed=deed, time=_time(booking))
    words = gettext("Meanwhile this booking {deed} by {who}, at {time}. Nothing was changed now.")
    return words.format(deed=deed, who=gettext(by), time=_time(booking))


def said_moved(booking: BookingView) -> str:
    """The booking has another time than the page showed."""
    by = gettext(_BY.get(booking.changed_by, N_("somebody")))
    now = moment_soon(booking.starts_at, booking.time_zone)
    words = gettext("Meanwhile {who} moved it: it is on {when} now. Nothing was changed; look again.")
    return words.format(who=by, when=now)


def _time(booking: BookingView) -> str:
    return clock_time(booking.changed_at, booking.time_zone)
