"""What the marketplace announces."""

from __future__ import annotations

from services.kernel.events import EventKind

LISTING_DUE = EventKind("listing.due", "clinic_id")
"""The first free time that a listing shows has passed, or is six hours old: it is looked at again."""
