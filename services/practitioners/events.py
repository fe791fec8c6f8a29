"""What practitioners announce, and what falls due for them."""

from __future__ import annotations

from services.kernel.events import EventKind

CHANGED = EventKind("practitioner.changed", "practitioner_id")
CREDENTIAL_CLAIMED = EventKind("credential.claimed", "credential_id")
CREDENTIAL_EXPIRES_SOON = EventKind("credential.expires_soon", "credential_id", "days")
CREDENTIAL_LAPSED = EventKind("credential.lapsed", "credential_id")
CREDENTIAL_LAPSES = EventKind("credential.lapses", "credential_id")
LINK_CHANGED = EventKind("practitioner.link_changed", "practitioner_id")
EVIDENCE_REMOVED = EventKind("evidence.removed", "evidence_id")
