"""Tables of courses: the plan of sessions, the record of each session, and check-ins afterwards."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field

from services.kernel.tables import TenantRow, codes, instant, one_of, sealed, tenant_key


class CourseStatus(StrEnum):
    BOOKED = "booked"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Course(TenantRow, table=True):
    """A planned course: its protocol and price as they were when it was booked. Its id is the bookings' group."""

    __tablename__ = "course"
    __table_args__ = (
        one_of("status", CourseStatus),
        tenant_key("client_id", "client"),
        tenant_key("treatment_id", "treatment"),
        CheckConstraint("sessions BETWEEN 1 AND 12", name="sessions_range"),
        CheckConstraint(
            "min_days > 0 AND min_days <= target_days AND target_days <= max_days", name="interval_order"
        ),
    )
    id: UUID = Field(primary_key=True)
    client_id: UUID
    treatment_id: UUID
    area: str
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    price: int
    currency: str
    status: str = Field(default=CourseStatus.BOOKED)
    created_at: datetime = instant()


class SessionRecord(TenantRow, table=True):
    """What was done in a completed visit: area, depth, the cartridge's lot, topicals; what is free text is sealed."""

    __tablename__ = "session_record"
    __table_args__ = (
        tenant_key("booking_id", "booking"),
        CheckConstraint("depth_mm BETWEEN 0 AND 3.5", name="depth_range"),
        Index("ix_session_record_lot", "clinic_id", "lot"),
    )
    booking_id: UUID = Field(primary_key=True)
    areas: list[str] = codes()
    depth_mm: Decimal = Field(sa_type=Numeric(3, 2))
    depth_reason: bytes | None = sealed(default=None, nullable=True)
    lot: str
    topicals: list[str] = codes(default_factory=list)
    notes: bytes | None = sealed(default=None, nullable=True)
    recorded_by: UUID | None = None
    recorded_at: datetime = instant()


class CheckIn(TenantRow, table=True):
    """A question after a session: asked by signed link, answered once, sealed; red flags reach the clinic."""

    __tablename__ = "check_in"
    __table_args__ = (
        tenant_key("booking_id", "booking"),
        tenant_key("client_id", "client"),
        UniqueConstraint("clinic_id", "booking_id", "day"),
    )
    id: UUID = Field(primary_key=True)
    booking_id: UUID
    client_id: UUID
    day: int
    asked_at: datetime = instant()
    expires_at: datetime = instant()
    answered_at: datetime | None = instant(default=None, nullable=True)
    answers: bytes | None = sealed(default=None, nullable=True)
    red_flag: bool = False
    downtime_days: int | None = None
    discomfort: int | None = None
