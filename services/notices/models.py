"""Tables of notices: every outgoing message as a row with a state, and what was last said of a visit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Computed, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.kernel.tables import (
    GlobalRow,
    TenantRow,
    WorkRow,
    clinic_key,
    instant,
    json_column,
    one_of,
    tenant_key,
)


class NoticeState(StrEnum):
    QUEUED = "queued"
    INFLIGHT = "inflight"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    SUPERSEDED = "superseded"


class Channel(StrEnum):
    """The way on which a message goes: as e-mail, or as a text message to a telephone."""

    MAIL = "mail"
    TEXT = "text"


class Audience(StrEnum):
    """Whom a message is for; of a visit, client and team are told apart."""

    PERSON = "person"
    CLIENT = "client"
    TEAM = "team"


class Notice(WorkRow, table=True):
    """One message to one person; unique by subject, kind and version, so that nothing is said twice.

    `dropped`: it was not true any more when it should have gone. `superseded`: another message says what is true now.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("subject_id", "notice_kind", "version"),
        one_of("state", NoticeState),
        one_of("audience", Audience),
        one_of("channel", Channel),
        Index("ix_notice_sent_at", "sent_at"),
        Index("ix_notice_recipient", "recipient"),
        Index("ix_notice_about", "clinic_id", "about", postgresql_where=text("about IS NOT NULL")),
        Index("ix_notice_client", "clinic_id", "client_id", postgresql_where=text("client_id IS NOT NULL")),
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
    audience: str = Field(default=Audience.PERSON, sa_column_kwargs={"server_default": text("'person'")})
    # What it says of visits (`schemas.Said`), and where and until when it waits for the morning.
    says: list[dict[str, str]] = json_column(
        default_factory=list, sa_column_kwargs={"server_default": text("'[]'")}
    )
    # The first visit of those: by it is found what was said of one.
    about: UUID | None = Field(
        default=None,
        sa_column=Column(
            Uuid, Computed("((says -> 0) ->> 'booking_id')::uuid", persisted=True), nullable=True
        ),
    )
    zone: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    urgent: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    held_until: datetime | None = instant(default=None, nullable=True)
    client_id: UUID | None = None
    language: str = Field(default="en", sa_column_kwargs={"server_default": text("'en'")})
    channel: str = Field(default=Channel.MAIL, sa_column_kwargs={"server_default": text("'mail'")})


class DeadAddressRow(GlobalRow, table=True):
    """An address that takes no mail, as a digest: whatever clinic writes to it."""

    __tablename__ = "dead_address"
    digest: str = Field(primary_key=True)
    domain: str
    reason: str
    refusals: int = 1
    since_at: datetime = instant()
    refused_at: datetime = instant()


class LetterWords(TenantRow, table=True):
    """A clinic's own words in messages to clients: `part` is greeting, signature, or the kind of message."""

    __tablename__ = "letter_words"
    __table_args__ = (clinic_key(),)
    part: str = Field(primary_key=True)
    words: str


class Told(TenantRow, table=True):
    """What the client, or the team, was last told of a visit, or knows because they did it."""

    __tablename__ = "told"
    __table_args__ = (tenant_key("booking_id", "booking", ondelete="CASCADE"), one_of("audience", Audience))
    booking_id: UUID = Field(primary_key=True)
    audience: str = Field(primary_key=True)
    status: str
    starts_at: datetime = instant()
    practitioner_id: UUID
    location_id: UUID
    told_at: datetime = instant()
