"""What clients announce."""

from __future__ import annotations

from services.kernel.events import EventKind

MERGED = EventKind("client.merged", "client_id")
READDRESSED = EventKind("client.readdressed", "client_id")
