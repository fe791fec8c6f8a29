"""What reviews announce."""

from __future__ import annotations

from services.kernel.events import EventKind

ASSERTED = EventKind("visit.asserted", "booking_id")
INVITATION_DUE = EventKind("review_invitation.due", "booking_id", "stage")
INVITED = EventKind("review.invited", "invitation_id")
WRITTEN = EventKind("review.written", "review_id")
COUNTED = EventKind("review.counted", "review_id")
