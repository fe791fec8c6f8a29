"""Table of the other times that clients asked for, of visits that the clinic had accepted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.kernel.tables import TenantRow, instant, one_of, tenant_key


class MoveAnswer(StrEnum):
    """What became of another time that a client asked for; nothing while it is asked.

    `over`: another wish took its place, or the visit was moved, cancelled or begun otherwise.
    """

    NONE = ""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    OVER = "over"


class AskedMove(TenantRow, table=True):
    """Another time that a client asked for, for a visit that the clinic had accepted.

    It is kept by holds (`SlotHold`), one a visit: of a course, the later sessions that follow have theirs too.
    """

    __tablename__ = "asked_move"
    __table_args__ = (
        one_of("answer", MoveAnswer),
        tenant_key("booking_id", "booking", ondelete="CASCADE"),
        tenant_key("practitioner_id", "practitioner"),
        tenant_key("location_id", "location"),
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered_when_answered"),
        # One at a time of each visit.
        Index(
            "uq_asked_move_open", "clinic_id", "booking_id", unique=True, postgresql_where=text("answer = ''")
        ),
        Index("ix_asked_move_booking", "clinic_id", "booking_id"),
    )
    id: UUID = Field(primary_key=True)
    booking_id: UUID
    practitioner_id: UUID
    location_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    until_at: datetime = instant()
    asked_at: datetime = instant()
    answer: str = Field(default=MoveAnswer.NONE)
    # What the clinic wrote to the client when it said no.
    reason: str = ""
    answered_at: datetime | None = instant(default=None, nullable=True)
