"""Tables of notices: every outgoing message as a row with a state."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.kernel.tables import WorkRow, instant, json_column, one_of


class NoticeState(StrEnum):
    QUEUED = "queued"
    INFLIGHT = "inflight"
    SENT = "sent"
    FAILED = "failed"


class Notice(WorkRow, table=True):
    """One message to one person; unique by subject, kind and version, so that nothing is said twice."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("subject_id", "notice_kind", "version"),
        one_of("state", NoticeState),
        Index("ix_notice_sent_at", "sent_at"),
        Index("ix_notice_recipient", "recipient"),
    )
    id: UUID = Field(primary_key=True)
    notice_kind: str
    subject_id: UUID
    version: int = 0
    recipient: str
    title: str
    text_body: str
    html_body: str
    attachments: list[dict[str, str]] = json_column(default_factory=list)
    state: str = Field(default=NoticeState.QUEUED)
    attempts: int = 0
    created_at: datetime = instant()
    sent_at: datetime | None = instant(default=None, nullable=True)
    error: str | None = None
