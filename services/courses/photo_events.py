"""What clinical photos announce."""

from __future__ import annotations

from services.kernel.events import EventKind

PHOTO_ADDED = EventKind("photo.added", "photo_id")
PHOTO_DEVELOPED = EventKind("photo.developed", "photo_id")
PHOTO_REMOVED = EventKind("photo.removed", "photo_id")
