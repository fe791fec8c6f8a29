"""What clinics announce."""

from __future__ import annotations

from services.kernel.events import EventKind

CHANGED = EventKind("clinic.changed", "clinic_id")
PUBLISHED = EventKind("clinic.published", "clinic_id")
CLOSED = EventKind("clinic.closed", "clinic_id")
EDIT_HELD = EventKind("clinic.edit_held", "edit_id")
EDIT_WITHDRAWN = EventKind("clinic.edit_withdrawn", "edit_id")
PROOF_CLAIMED = EventKind("proof.claimed", "proof_id")
PROOF_EXPIRES_SOON = EventKind("proof.expires_soon", "proof_id", "days")
PROOF_LAPSES = EventKind("proof.lapses", "proof_id")
PROOF_LAPSED = EventKind("proof.lapsed", "proof_id")
PROOF_EVIDENCE_REMOVED = EventKind("proof.evidence_removed", "evidence_id")
INVITED = EventKind("team.invited", "invitation_id")
LEFT = EventKind("team.left", "account_id")
PICTURE_ADDED = EventKind("picture.added", "picture_id")
PICTURE_REMOVED = EventKind("picture.removed", "picture_id")
UNPUBLISHED = EventKind("clinic.unpublished", "clinic_id")
