"""What scheduling refuses."""

from __future__ import annotations

from services.kernel.errors import Refusal


class SlotTaken(Refusal):
    """Somebody else has the time. `alternatives` are the nearest free times."""

    code = "slot-taken"
    message = "That time has just been taken. Choose one of the times nearby."


class TooManyHolds(Refusal):
    code = "too-many-holds"
    message = "You hold several times already. Book one of them, or let one go, before you hold another."


class TooManyWishes(Refusal):
    code = "too-many-wishes"
    message = "You wait for several times here already. Withdraw one of them, then add this one."


class WishOver(Refusal):
    code = "wrong-state"
    message = "This wish is not on the waitlist any more."


class OfferOver(Refusal):
    code = "offer-over"
    message = "This time is not kept for you any more. You are still on the waitlist."


class AskedAlready(Refusal):
    code = "asked-already"
    message = "They are being asked about another time. Wait for the answer, or until it runs out."


class TooLate(Refusal):
    code = "too-late"
    message = "It is too close to the visit to change it here. Call the clinic: they can still help."


class OutsideCourseWindow(Refusal):
    code = "outside-course-window"
    message = "That day is too close to, or too far from, the other sessions of the course."


class ClinicNotListed(Refusal):
    """The clinic is suspended, closed or gone from the market: new times are not given."""

    code = "clinic-not-listed"
    message = "This clinic takes no new times through Needlewise at present. Your booking stays as it is."


class BookingOver(Refusal):
    code = "wrong-state"
    message = "That is not possible any more for this booking."


class MoveOver(Refusal):
    code = "wrong-state"
    message = "That other time is not asked for any more."


class AskedOtherwise(Refusal):
    """What a client asks for could be had at another place or with somebody else alone: nobody agreed to that."""

    message = (
        "By now that would be at another place or with somebody else. Decline it, or move the visit yourself."
    )


class UndoTooLate(Refusal):
    code = "undo-too-late"
    message = "That can be taken back within ten minutes alone."


class TimeInUse(Refusal):
    """Visits are booked in the time that should be blocked: `references`, earliest first."""

    code = "time-in-use"
    message = "Visits are booked in that time. Move them first, then block it."


class NotToday(Refusal):
    code = "not-today"
    message = "The visit is on a later day."


class DayOver(Refusal):
    code = "day-over"
    message = "The day of this visit is over. Book another visit."


class NotStarted(Refusal):
    code = "not-started"
    message = "The visit has not begun yet."
