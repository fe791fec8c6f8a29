"""What scheduling announces."""

from __future__ import annotations

from services.kernel.events import EventKind

BOOKING_CONFIRMED = EventKind("booking.confirmed", "group_id")
BOOKING_REQUESTED = EventKind("booking.requested", "group_id")
BOOKING_RESCHEDULED = EventKind("booking.rescheduled", "booking_id")
# Another time that a client asked for (moving.py).
MOVE_ASKED = EventKind("booking.move_asked", "move_id")
MOVE_REFUSED = EventKind("booking.move_refused", "move_id")
BOOKING_CANCELLED = EventKind("booking.cancelled", "booking_id")
BOOKING_DECLINED = EventKind("booking.declined", "booking_id")
BOOKING_EXPIRED = EventKind("booking.expired", "booking_id")
BOOKING_COMPLETED = EventKind("booking.completed", "booking_id")
BOOKING_NO_SHOW = EventKind("booking.no_show", "booking_id")
# `to` is the address, sealed: what waits in queues tells nobody who asked.
LINKS_ASKED = EventKind("booking.links_asked", "to", "language")
BOOKING_UNDONE = EventKind("booking.undone", "booking_id")
HOLD_PLACED = EventKind("hold.placed", "hold_id")
HOLD_ENDED = EventKind("hold.ended", "hold_id")
WISH_MADE = EventKind("waitlist.wished", "wish_id")
WISH_PROVED = EventKind("waitlist.proved", "wish_id")
WISH_ENDED = EventKind("waitlist.ended", "wish_id")
TIME_OFFERED = EventKind("waitlist.offered", "offer_id")
PERSON_TIME_CHANGED = EventKind("person.time_changed", "person_id", "clinic_id")
TIME_ELSEWHERE_CHANGED = EventKind("practitioner.time_elsewhere_changed", "practitioner_id")
TIME_BLOCKED = EventKind("time.blocked", "blocked_id")
TIME_UNBLOCKED = EventKind("time.unblocked", "blocked_id")

REMINDER_DUE = EventKind("booking.reminder_due", "booking_id", "hours")
TEXTS_CHOSEN = EventKind("booking.texts_chosen", "group_id")
REMINDERS_CHOSEN = EventKind("reminders.chosen", "clinic_id")
REQUEST_EXPIRES = EventKind("booking.request_expires", "booking_id")
MOVE_EXPIRES = EventKind("booking.move_expires", "move_id")
HOLD_EXPIRES = EventKind("hold.expires", "hold_id")
WISH_ENDS = EventKind("waitlist.ends", "wish_id")
NIGHT_OVER = EventKind("waitlist.night_over", "clinic_id")
EXTERNAL_CALENDAR_DUE = EventKind("external_calendar.due", "calendar_id", "run")
BUSY_ELSEWHERE_CHANGED = EventKind("external_calendar.changed", "practitioner_id")
