"""Tables of the kernel: work that happens later, audit, keys per person, the clock's offset, idempotent replies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import (
    APPEND_ONLY,
    DirectoryRow,
    GlobalRow,
    TenantRow,
    WorkRow,
    instant,
    json_column,
    one_of,
    sealed,
)


class DeliveryState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class TimerState(StrEnum):
    WAITING = "waiting"
    FIRED = "fired"
    CANCELLED = "cancelled"


class Outbox(WorkRow, table=True):
    """What happened, written in the transaction in which it happened; the relay takes rows away."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_clinic_id", "clinic_id", "id"),)
    app_may: ClassVar[tuple[str, ...]] = ("INSERT",)
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    name: str
    payload: dict[str, Any] = json_column()
    correlation_id: str = ""
    occurred_at: datetime = instant()


class Delivery(WorkRow, table=True):
    """One event for one actor; done in the same transaction as the actor's effect."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "actor"),
        one_of("state", DeliveryState),
        Index("ix_delivery_due", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_delivery_waiting", "clinic_id", "due_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_delivery_dead", "created_at", postgresql_where=text("state = 'dead'")),
        Index("ix_delivery_done", "done_at", "clinic_id", postgresql_where=text("state = 'done'")),
    )
    app_may: ClassVar[tuple[str, ...]] = ("SELECT", "UPDATE")
    id: UUID = Field(primary_key=True)
    event_id: int = Field(sa_type=BigInteger)
    event: str
    actor: str
    payload: dict[str, Any] = json_column()
    correlation_id: str = ""
    state: str = Field(default=DeliveryState.PENDING)
    attempts: int = 0
    created_at: datetime = instant()
    due_at: datetime = instant()
    done_at: datetime | None = instant(default=None, nullable=True)
    error: str | None = None


class Timer(WorkRow, table=True):
    """Something due at a time; unique by kind, subject and version, moved or cancelled with its subject."""

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "version"),
        one_of("state", TimerState),
        Index("ix_timer_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_timer_subject", "subject_id"),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    subject_id: UUID
    version: int = 0
    payload: dict[str, Any] = json_column()
    due_at: datetime = instant()
    state: str = Field(default=TimerState.WAITING)


class AuditEvent(WorkRow, table=True):
    """Who did what to what. Cannot be changed or deleted by anyone (a trigger says so)."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_clinic_id_id", "clinic_id", "id"),)
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    id: UUID = Field(primary_key=True)
    at: datetime = instant()
    by_kind: str
    by_account_id: UUID | None = None
    by_label: str = ""
    action: str
    subject_kind: str
    subject_id: UUID
    detail: dict[str, Any] = json_column()
    correlation_id: str = ""


class PersonKey(TenantRow, table=True):
    """A person's own key, wrapped by the platform's; destroying the row makes all that it sealed unreadable.

    Where two records turned out to be one person, `heir_id` is the one that was kept: it opens what this key sealed.
    """

    __tablename__ = "person_key"
    __table_args__ = (
        Index("ix_person_key_heir", "clinic_id", "heir_id", postgresql_where=text("heir_id IS NOT NULL")),
    )
    person_id: UUID = Field(primary_key=True)
    heir_id: UUID | None = None
    wrapped: bytes = sealed()
    created_at: datetime = instant()


class ClockOffset(GlobalRow, table=True):
    """How far the clock of all processes is moved, in demo and test mode. One row."""

    __tablename__ = "clock_offset"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    app_may: ClassVar[tuple[str, ...]] = ("SELECT",)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seconds: int = Field(sa_type=BigInteger)


class IdempotentReply(DirectoryRow, table=True):
    """The first reply to a request with an `Idempotency-Key`, sealed, so that a replay gives the same."""

    __tablename__ = "idempotent_reply"
    key_hash: str = Field(primary_key=True)
    fingerprint: str
    status: int
    reply: bytes = sealed()
    created_at: datetime = instant()
