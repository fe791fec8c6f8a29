"""What notices announce."""

from __future__ import annotations

from services.kernel.events import EventKind

# A change to a visit has stood for a while without another one.
SETTLED = EventKind("booking.settled", "booking_id")
UPKEEP_DUE = EventKind("course.upkeep_due", "course_id")
COMPLETION_SETTLED = EventKind("booking.completion_settled", "booking_id")
QUEUED = EventKind("notice.queued", "notice_id")
