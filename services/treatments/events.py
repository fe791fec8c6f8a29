"""What treatments announce."""

from __future__ import annotations

from services.kernel.events import EventKind

CHANGED = EventKind("treatment.changed", "treatment_id")
