"""Tables of privacy: what people asked for about their own data, and what retention did."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import GlobalRow, WorkRow, instant, json_column, one_of


class RequestKind(StrEnum):
    """`link`: a guest asked for the way in to what is held of their address."""

    LINK = "link"
    EXPORT = "export"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """`expired`: the file of an export is gone, or a link's time is over."""

    ASKED = "asked"
    DONE = "done"
    EXPIRED = "expired"


class PrivacyRequest(GlobalRow, table=True):
    """What a person asked for: known by account, by proven address, or (once erased) by nothing.

    `report` says in counts what an export holds, or what an erasure destroyed and kept; nothing of the person.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        one_of("request_kind", RequestKind),
        one_of("state", RequestState),
        Index("ix_privacy_request_account_id", "account_id"),
        Index("ix_privacy_request_email", text("lower(email)")),
    )
    id: UUID = Field(primary_key=True)
    request_kind: str
    account_id: UUID | None = None
    email: str | None = None
    language: str = "en"
    keep_reviews: bool = False
    state: str = Field(default=RequestState.ASKED)
    asked_at: datetime = instant()
    done_at: datetime | None = instant(default=None, nullable=True)
    expires_at: datetime | None = instant(default=None, nullable=True)
    size_bytes: int = 0
    report: dict[str, Any] = json_column(default_factory=dict)


class RetentionReport(WorkRow, table=True):
    """What retention did on a day by one rule: rows erased, and rows kept although their time is over."""

    __tablename__ = "retention_report"
    __table_args__ = (
        UniqueConstraint("clinic_id", "ran_on", "rule", postgresql_nulls_not_distinct=True),
        Index("ix_retention_report_ran_on", "ran_on"),
    )
    app_may: ClassVar[tuple[str, ...]] = ("SELECT",)
    id: UUID = Field(primary_key=True)
    ran_on: date
    rule: str
    version: str
    erased: int = Field(default=0, sa_type=BigInteger)
    kept: int = Field(default=0, sa_type=BigInteger)
    at: datetime = instant()
