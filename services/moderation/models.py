"""Tables of moderation: cases, one open case a subject and kind, and what was decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.kernel.tables import WorkRow, instant, json_column, one_of


class CaseKind(StrEnum):
    NEW_LISTING = "new_listing"
    CREDENTIAL = "credential"
    CREDENTIAL_LAPSING = "credential_lapsing"
    PROOF = "proof"
    PROOF_LAPSED = "proof_lapsed"
    REVIEW_FLAGGED = "review_flagged"
    PUBLIC_REPORT = "public_report"
    SENSITIVE_EDIT = "sensitive_edit"
    VISIT_CONTESTED = "visit_contested"
    APPEAL = "appeal"


class CaseState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    DECIDED = "decided"


class Decision(StrEnum):
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    SUSPEND = "suspend"
    RESTORE = "restore"
    REMOVE = "remove"
    DISMISS = "dismiss"


class ModerationCase(WorkRow, table=True):
    """What a moderator decides: claimed by one, decided once, with a reason and words for the person."""

    __tablename__ = "moderation_case"
    __table_args__ = (
        one_of("case_kind", CaseKind),
        one_of("state", CaseState),
        one_of("decision", Decision),
        Index(
            "uq_moderation_case_open_subject",
            "subject_id",
            "case_kind",
            unique=True,
            postgresql_where=text(
                "state <> 'decided' AND case_kind IN "
                "('new_listing', 'credential', 'credential_lapsing', 'proof', 'proof_lapsed', 'appeal')"
            ),
        ),
        Index(
            "uq_moderation_case_edit",
            "subject_id",
            unique=True,
            postgresql_where=text("case_kind = 'sensitive_edit'"),
        ),
        Index("ix_moderation_case_queue", "state", "promised_by", "id"),
    )
    id: UUID = Field(primary_key=True)
    case_kind: str
    subject_id: UUID
    title: str
    detail: dict[str, Any] = json_column(default_factory=dict)
    state: str = Field(default=CaseState.OPEN)
    opened_at: datetime = instant()
    promised_by: datetime = instant()
    claimed_by: UUID | None = None
    claimed_at: datetime | None = instant(default=None, nullable=True)
    decision: str | None = None
    reason: str | None = None
    message: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
