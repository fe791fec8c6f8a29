"""What follow-ups announce."""

from __future__ import annotations

from services.kernel.events import EventKind

CHECK_IN_DUE = EventKind("check_in.due", "booking_id", "day")
CHECK_IN_ASKED = EventKind("check_in.asked", "check_in_id")
CHECK_IN_UNSEEN = EventKind("check_in.unseen", "check_in_id")
CHECK_IN_RED_FLAG = EventKind("check_in.red_flag", "check_in_id")
