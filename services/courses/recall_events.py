"""What recalls announce."""

from __future__ import annotations

from services.kernel.events import EventKind

LOT_RECALLED = EventKind("lot.recalled", "recall_id")
PLATFORM_RECALL_CONFIRMED = EventKind("lot.platform_recall_confirmed", "recall_id")
