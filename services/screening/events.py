"""What screening announces."""

from __future__ import annotations

from services.kernel.events import EventKind

CONSENT_WITHDRAWN = EventKind("consent.withdrawn", "client_id", "consent_id", "purpose")
