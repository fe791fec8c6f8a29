"""What notices announce."""

from __future__ import annotations

from services.kernel.events import EventKind

# A change to a visit has stood for a while without another one.
SETTLED = EventKind("booking.settled", "booking_id")
UPKEEP_DUE = EventKind("course.upkeep_due", "course_id")
COMPLETION_SETTLED = EventKind("booking.completion_settled", "booking_id")
# A reminder that cannot go as a text message goes by e-mail.
REMINDER_NOT_TEXTED = EventKind("reminder.not_texted", "booking_id", "hours")
# Its person is erased, and the gateway may still hold it.
TEXT_ERASED = EventKind("notice.text_erased", "key")
QUEUED = EventKind("notice.queued", "notice_id")
