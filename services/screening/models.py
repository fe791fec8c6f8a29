"""Tables of screening: encrypted answers with their outcome, and consents, which are only ever added to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.kernel.language import DEFAULT
from services.kernel.tables import APPEND_ONLY, TenantRow, instant, one_of, sealed, tenant_key


class Outcome(StrEnum):
    CLEAR = "clear"
    ASK_CLINICIAN = "ask_clinician"
    NOT_NOW = "not_now"


class Purpose(StrEnum):
    """What one consents to; each apart from the others (GDPR Article 7(2))."""

    TREATMENT = "treatment"
    PHOTOS = "photos"
    MARKETING = "marketing"


class ConsentDecision(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ScreeningAnswer(TenantRow, table=True):
    """Answers to one version of the question set, shown in one language, sealed with the client's key."""

    __tablename__ = "screening_answer"
    __table_args__ = (
        tenant_key("client_id", "client"),
        one_of("outcome", Outcome),
        Index("ix_screening_answer_client", "clinic_id", "client_id", "answered_at"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    app_changes: ClassVar[tuple[str, ...]] = ("client_id",)  # two records may turn out to be one person's
    id: UUID = Field(primary_key=True)
    client_id: UUID
    question_set: str
    # The version that still runs while this is migrated does not name it, and shows the questions in English alone.
    language: str = Field(default=DEFAULT, sa_column_kwargs={"server_default": text("'en'")})
    answers: bytes = sealed()
    outcome: str
    answered_at: datetime = instant()


class Consent(TenantRow, table=True):
    """What a person consented to or withdrew, which version of the words, and the name they signed with (sealed).

    Rows are only added: the latest of a purpose is what holds. `language` is that of the words that were shown; nothing
    in rows that are older than this column.
    """

    __tablename__ = "consent"
    __table_args__ = (
        tenant_key("client_id", "client"),
        one_of("decision", ConsentDecision),
        Index("ix_consent_client", "clinic_id", "client_id", "signed_at"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    app_changes: ClassVar[tuple[str, ...]] = ("client_id",)  # two records may turn out to be one person's
    id: UUID = Field(primary_key=True)
    client_id: UUID
    purpose: str
    text_version: str
    language: str | None = None
    signed_name: bytes = sealed()
    signed_at: datetime = instant()
    # The version that still runs while this is migrated does not name it.
    decision: str = Field(default=ConsentDecision.GIVEN, sa_column_kwargs={"server_default": text("'given'")})
