"""What privacy announces."""

from __future__ import annotations

from services.kernel.events import EventKind

LINK_ASKED = EventKind("privacy.link_asked", "to", "language")
EXPORT_ASKED = EventKind("privacy.export_asked", "request_id")
EXPORT_OVER = EventKind("privacy.export_over", "request_id")
ERASURE_ASKED = EventKind("privacy.erasure_asked", "request_id")
RECEIPT_OVER = EventKind("privacy.receipt_over", "request_id")
CLIENT_ERASED = EventKind("privacy.client_erased", "request_id")
RETENTION_DUE = EventKind("privacy.retention_due", "ran_on")
