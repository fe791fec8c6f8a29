"""Tables of courses: the plan of sessions, the record of each session, and check-ins afterwards."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Index, Numeric, String, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import (
    APPEND_ONLY,
    GlobalRow,
    TenantRow,
    clinic_key,
    codes,
    instant,
    json_column,
    one_of,
    sealed,
    tenant_key,
)
from services.scheduling.preference_rules import EVERY_DAY, LAST_TIME

# A lot number without case and blanks, worked out by the database, so that it is found however it was typed.
LOT_KEY = r"upper(regexp_replace(lot, '\s+', '', 'g'))"


def _lot_key() -> Any:
    column: Column[str] = Column(String, Computed(LOT_KEY, persisted=True), nullable=False)
    return Field(default=None, sa_column=column)


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
        CheckConstraint("from_time <= until_time", name="times_in_order"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays_range"),
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
    # Defaults of the database as well: the version that still runs while this is migrated does not name them.
    # What was wished for the sessions after the first (services/scheduling/preference_rules.py): a bit for each
    # weekday, Monday the lowest; times of day at which one may begin; whether with whoever gives the first.
    weekdays: int = Field(default=EVERY_DAY, sa_column_kwargs={"server_default": text(str(EVERY_DAY))})
    from_time: time = Field(default=time.min, sa_column_kwargs={"server_default": text("'00:00'")})
    until_time: time = Field(default=LAST_TIME, sa_column_kwargs={"server_default": text("'23:59'")})
    same_practitioner: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    paused_until: date | None = None
    stopped_at: datetime | None = instant(default=None, nullable=True)
    stopped_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    stop_reason: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class SessionRecord(TenantRow, table=True):
    """What was done in a completed visit, in versions: a correction is one more row, and none is ever changed.

    What is free text is sealed with the client's key. Names are kept as they were when it was written.
    """

    __tablename__ = "session_record"
    __table_args__ = (
        tenant_key("booking_id", "booking"),
        tenant_key("practitioner_id", "practitioner"),
        CheckConstraint("depth_mm BETWEEN 0 AND 3.5", name="depth_range"),
        CheckConstraint("passes BETWEEN 1 AND 20", name="passes_range"),
        CheckConstraint("version = 1 OR why IS NOT NULL", name="correction_says_why"),
        Index("ix_session_record_lot", "lot_key", "clinic_id"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    booking_id: UUID = Field(primary_key=True)
    # Defaults of the database as well: the version that still runs while this is migrated does not name them.
    version: int = Field(default=1, primary_key=True, sa_column_kwargs={"server_default": text("1")})
    practitioner_id: UUID | None = None
    areas: list[str] = codes()
    passes: int | None = None
    depth_mm: Decimal = Field(sa_type=Numeric(3, 2))
    depth_reason: bytes | None = sealed(default=None, nullable=True)
    lot: str
    lot_key: Any = _lot_key()
    topicals: list[str] = codes(default_factory=list)
    notes: bytes | None = sealed(default=None, nullable=True)
    consent_seen_at: datetime | None = instant(default=None, nullable=True)
    consent_seen_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    why: bytes | None = sealed(default=None, nullable=True)
    recorded_by: UUID | None = None
    recorded_name: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    recorded_at: datetime = instant()


class CheckIn(TenantRow, table=True):
    """A question after a session: asked by signed link, answered once, sealed; red flags reach the clinic."""

    __tablename__ = "check_in"
    __table_args__ = (
        tenant_key("booking_id", "booking"),
        tenant_key("client_id", "client"),
        UniqueConstraint("clinic_id", "booking_id", "day"),
        Index(
            "ix_check_in_waiting",
            "clinic_id",
            "answered_at",
            postgresql_where=text("red_flag AND handled_at IS NULL"),
        ),
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
    handled_at: datetime | None = instant(default=None, nullable=True)
    handled_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    handled_note: bytes | None = sealed(default=None, nullable=True)
    # Of a red flag: by when somebody has to look, and when the owners were told that nobody had. What it was judged by.
    look_by: datetime | None = instant(default=None, nullable=True)
    escalated_at: datetime | None = instant(default=None, nullable=True)
    rules_version: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class LotRecall(TenantRow, table=True):
    """A lot that this clinic calls back, once: what its clients are told. Begun by the clinic or for all clinics."""

    __tablename__ = "lot_recall"
    __table_args__ = (clinic_key(), UniqueConstraint("clinic_id", "lot_key"))
    id: UUID = Field(primary_key=True)
    lot: str
    lot_key: Any = _lot_key()
    words: str
    platform_recall_id: UUID | None = None
    started_by: str
    started_at: datetime = instant()


class RecalledPerson(TenantRow, table=True):
    """A client who was told of a recall: one message, however many of their visits it touches.

    `rung_at` and `rung_by`: when somebody of the team noted that they reached them by telephone, and who.
    """

    __tablename__ = "recalled_person"
    __table_args__ = (
        tenant_key("recall_id", "lot_recall"),
        tenant_key("client_id", "client"),
        Index("ix_recalled_person_recall", "clinic_id", "recall_id"),
        CheckConstraint("rung_at IS NOT NULL OR rung_by = ''", name="rung_by_somebody"),
    )
    id: UUID = Field(primary_key=True)
    recall_id: UUID
    client_id: UUID
    told_at: datetime = instant()
    rung_at: datetime | None = instant(default=None, nullable=True)
    rung_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class PlatformRecall(GlobalRow, table=True):
    """A lot that the platform calls back at every clinic that used it, once."""

    __tablename__ = "platform_recall"
    __table_args__ = (UniqueConstraint("lot_key"),)
    app_may: ClassVar[tuple[str, ...]] = ("SELECT",)
    id: UUID = Field(primary_key=True)
    lot: str
    lot_key: Any = _lot_key()
    words: str
    started_by: str
    started_at: datetime = instant()


class PhotoState(StrEnum):
    """Where a photo is: waiting to be made anew, ready, or unreadable."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class PhotoMoment(StrEnum):
    """Before the first session, at a session, or some days after one."""

    BASELINE = "baseline"
    SESSION = "session"
    AFTER = "after"


class ClinicalPhoto(TenantRow, table=True):
    """A photo of a treated area; `group_id` is what was booked together, `sizes` what is kept of it.

    Its files lie in storage, each sealed with the client's key, under keys that follow from the row's id.
    """

    __tablename__ = "clinical_photo"
    __table_args__ = (
        tenant_key("client_id", "client"),
        tenant_key("booking_id", "booking"),
        one_of("state", PhotoState),
        one_of("moment", PhotoMoment),
        CheckConstraint("day >= 0", name="day_range"),
        Index("ix_clinical_photo_group", "clinic_id", "group_id"),
        Index("ix_clinical_photo_client", "clinic_id", "client_id"),
    )
    id: UUID = Field(primary_key=True)
    client_id: UUID
    booking_id: UUID
    group_id: UUID
    position: int
    moment: str
    day: int
    area: str
    pose: str
    taken_on: date
    by_client: bool
    state: str
    problem: str
    sha256: str
    sizes: list[dict[str, Any]] = json_column()
    added_at: datetime = instant()


class PhotoRelease(TenantRow, table=True):
    """A client's consent to one photo's being shown to the public, or its withdrawal, only ever added to.

    The latest row of a photo is what holds. The name it was signed with is sealed. `language` is that of the words that
    were shown; nothing in rows that are older than this column.
    """

    __tablename__ = "photo_release"
    __table_args__ = (
        tenant_key("client_id", "client"),
        CheckConstraint("decision IN ('given', 'withdrawn')", name="decision_known"),
        Index("ix_photo_release_photo", "clinic_id", "photo_id", "decided_at"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    app_changes: ClassVar[tuple[str, ...]] = ("client_id",)  # two records may turn out to be one person's
    id: UUID = Field(primary_key=True)
    client_id: UUID
    photo_id: UUID
    decision: str
    text_version: str
    language: str | None = None
    signed_name: bytes = sealed()
    decided_at: datetime = instant()


class ShownResult(TenantRow, table=True):
    """Two released photos that the clinic shows, or has shown, beside each other on its public page.

    Taken off, by the clinic or with a release, the row stays while the photos do: with what moderators decided of it.
    """

    __tablename__ = "shown_result"
    __table_args__ = (
        tenant_key("before_id", "clinical_photo", ondelete="CASCADE"),
        tenant_key("after_id", "clinical_photo", ondelete="CASCADE"),
        UniqueConstraint("clinic_id", "before_id", "after_id"),
    )
    id: UUID = Field(primary_key=True)
    before_id: UUID
    after_id: UUID
    treatment_id: UUID
    weeks: int
    sessions: int
    chosen_at: datetime = instant()
    off_at: datetime | None = instant(default=None, nullable=True)
    taken_down_at: datetime | None = instant(default=None, nullable=True)
    taken_down_why: str | None = None
