"""What accounts announce."""

from __future__ import annotations

from services.kernel.events import EventKind

SIGNED_UP = EventKind("account.signed_up", "account_id")
VERIFICATION_ASKED = EventKind("account.verification_asked", "account_id")
