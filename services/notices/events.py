"""What notices announce."""

from __future__ import annotations

from services.kernel.events import EventKind

QUEUED = EventKind("notice.queued", "notice_id")
