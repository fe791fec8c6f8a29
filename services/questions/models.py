"""Tables of questions: a thread between a person and a clinic, and its messages, sealed with the thread's own key."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import APPEND_ONLY, TenantRow, clinic_key, instant, one_of, sealed, tenant_key


class QuestionState(StrEnum):
    """Whose turn it is."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


class Side(StrEnum):
    """Who wrote a message."""

    PERSON = "person"
    CLINIC = "clinic"


class Question(TenantRow, table=True):
    """A person's question, about a treatment or in general. Its id names the key that seals its messages."""

    __tablename__ = "question"
    __table_args__ = (
        clinic_key(),
        tenant_key("treatment_id", "treatment"),
        one_of("state", QuestionState),
        Index("ix_question_state", "clinic_id", "state", "changed_at", "id"),
    )
    id: UUID = Field(primary_key=True)
    treatment_id: UUID | None = None
    name: str
    email: str
    language: str = Field(default="en", sa_column_kwargs={"server_default": text("'en'")})
    state: str = Field(default=QuestionState.WAITING)
    asked_at: datetime = instant()
    changed_at: datetime = instant()


class QuestionMessage(TenantRow, table=True):
    """One message of a thread, sealed. What was written stays as it was written."""

    __tablename__ = "question_message"
    __table_args__ = (
        tenant_key("question_id", "question"),
        one_of("side", Side),
        UniqueConstraint("clinic_id", "question_id", "number"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    app_changes: ClassVar[tuple[str, ...]] = ("written_by",)  # a person who is erased is nobody any more
    id: UUID = Field(primary_key=True)
    question_id: UUID
    number: int
    side: str
    written_by: str
    written_at: datetime = instant()
    body: bytes = sealed()
    invites: bool = False
