"""What moderation announces."""

from __future__ import annotations

from services.kernel.events import EventKind

CASE_OPENED = EventKind("moderation.case_opened", "case_id")
DECIDED = EventKind("moderation.decided", "case_id")
