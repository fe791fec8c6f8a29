"""Tables of treatments: a clinic's menu with areas, phases, prices and the course protocol."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field

from services.kernel.tables import (
    APPEND_ONLY,
    TenantRow,
    clinic_key,
    codes,
    instant,
    json_column,
    one_of,
    tenant_key,
)


class BookingMode(StrEnum):
    INSTANT = "instant"
    REQUEST = "request"
    ASK_FIRST = "ask_first"


class FirstStep(StrEnum):
    """What has to happen before the first session."""

    NONE = "none"
    CONSULTATION = "consultation"
    PATCH_TEST = "patch_test"


class DeviceChoice(StrEnum):
    """The device named, whichever of its maker and model is free at the location, or whichever of its kind."""

    NAMED = "named"
    ALIKE = "alike"
    KIND = "kind"


class NumbingIn(StrEnum):
    """Where a client numbs: in the room of the treatment, or in a numbing room, so that the other is free meanwhile."""

    SAME_ROOM = "same_room"
    NUMBING_ROOM = "numbing_room"


class Treatment(TenantRow, table=True):
    """A menu item. Minutes of preparation, numbing and finish are the same for every area; needling is the area's."""

    __tablename__ = "treatment"
    __table_args__ = (
        clinic_key(),
        tenant_key("device_id", "device"),
        one_of("booking_mode", BookingMode),
        one_of("first_step", FirstStep),
        one_of("device_choice", DeviceChoice),
        one_of("numbing_in", NumbingIn),
        CheckConstraint("first_step_hours BETWEEN 0 AND 336", name="first_step_hours_range"),
        CheckConstraint("preparation_minutes BETWEEN 0 AND 120", name="preparation_range"),
        CheckConstraint("numbing_minutes BETWEEN 0 AND 120", name="numbing_range"),
        CheckConstraint("finish_minutes BETWEEN 0 AND 120", name="finish_range"),
        CheckConstraint("course_sessions BETWEEN 1 AND 12", name="course_sessions_range"),
        CheckConstraint(
            "min_days > 0 AND min_days <= target_days AND target_days <= max_days", name="interval_order"
        ),
        CheckConstraint("course_price >= 0", name="course_price_positive"),
        CheckConstraint("downtime_days BETWEEN 0 AND 30", name="downtime_range"),
    )
    id: UUID = Field(primary_key=True)
    name: str
    description: str = ""
    modality: str
    concerns: list[str] = codes()
    device_id: UUID
    booking_mode: str = Field(default=BookingMode.INSTANT)
    preparation_minutes: int = 10
    numbing_minutes: int = 25
    finish_minutes: int = 10
    downtime_days: int = 2
    course_sessions: int = 4
    min_days: int = 28
    target_days: int = 28
    max_days: int = 42
    course_price: int
    # Defaults of the database as well: the version that still runs while this is migrated does not name them.
    first_step: str = Field(default=FirstStep.NONE, sa_column_kwargs={"server_default": text("'none'")})
    first_step_hours: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    device_choice: str = Field(
        default=DeviceChoice.NAMED, sa_column_kwargs={"server_default": text("'named'")}
    )
    numbing_in: str = Field(
        default=NumbingIn.SAME_ROOM, sa_column_kwargs={"server_default": text("'same_room'")}
    )
    numbing_product: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    topicals: list[str] = codes(default_factory=list, sa_column_kwargs={"server_default": text("'{}'")})
    created_at: datetime = instant()
    archived_at: datetime | None = instant(default=None, nullable=True)


class TreatmentArea(TenantRow, table=True):
    """One body area of a treatment: minutes of needling and the price of one session in minor units."""

    __tablename__ = "treatment_area"
    __table_args__ = (
        tenant_key("treatment_id", "treatment", ondelete="CASCADE"),
        CheckConstraint("minutes BETWEEN 5 AND 180", name="minutes_range"),
        CheckConstraint("price >= 0", name="price_positive"),
    )
    treatment_id: UUID = Field(primary_key=True)
    area: str = Field(primary_key=True)
    minutes: int
    price: int


class TreatmentPerformer(TenantRow, table=True):
    """Who gives a treatment, where not everyone does; without a row everyone does who may."""

    __tablename__ = "treatment_performer"
    __table_args__ = (
        tenant_key("treatment_id", "treatment", ondelete="CASCADE"),
        tenant_key("practitioner_id", "practitioner", ondelete="CASCADE"),
    )
    treatment_id: UUID = Field(primary_key=True)
    practitioner_id: UUID = Field(primary_key=True)


class TreatmentRoom(TenantRow, table=True):
    """In which rooms a treatment is given, where not in every one; without a row in every room for treatment."""

    __tablename__ = "treatment_room"
    __table_args__ = (
        tenant_key("treatment_id", "treatment", ondelete="CASCADE"),
        tenant_key("room_id", "room", ondelete="CASCADE"),
    )
    treatment_id: UUID = Field(primary_key=True)
    room_id: UUID = Field(primary_key=True)


class TreatmentProtocol(TenantRow, table=True):
    """One version of what a course of a treatment is made of, and of what follows each session. Never changed."""

    __tablename__ = "treatment_protocol"
    __table_args__ = (
        tenant_key("treatment_id", "treatment"),
        CheckConstraint("version > 0", name="version_positive"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    treatment_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    sessions: int
    min_days: int
    target_days: int
    max_days: int
    aftercare: list[Any] = json_column()
    check_in_days: list[int] = json_column()
    photo_days: list[int] = json_column()
    review_days: list[int] = json_column()
    written_by: str
    written_at: datetime = instant()
