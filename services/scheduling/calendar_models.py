"""Tables of calendars: addresses under which ours are read, and calendars elsewhere that say when people are busy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, UniqueConstraint
from sqlmodel import Field

from services.kernel.tables import (
    DirectoryRow,
    TenantRow,
    clinic_key,
    instant,
    one_of,
    sealed,
    tenant_key,
)
from services.scheduling.models import LONGEST_CLAIM_HOURS


class FeedOf(StrEnum):
    """Whose or what's time a calendar address shows."""

    PRACTITIONER = "practitioner"
    ROOM = "room"
    CLINIC = "clinic"


class CalendarFeed(TenantRow, table=True):
    """A private address at which calendar programs read a person's, a room's or the whole clinic's times.

    It works for as long as whoever made it belongs to the team. For the whole clinic `subject_id` is the clinic's id.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        clinic_key(),
        one_of("feed_of", FeedOf),
        UniqueConstraint("clinic_id", "feed_of", "subject_id"),
    )
    id: UUID = Field(primary_key=True)
    feed_of: str
    subject_id: UUID
    initials: bool
    made_by: UUID
    made_at: datetime = instant()


class FeedAddress(DirectoryRow, table=True):
    """Leads from a calendar address to its clinic and feed; only the hash of its token is kept."""

    __tablename__ = "feed_address"
    __table_args__ = (UniqueConstraint("feed_id"),)
    token_hash: str = Field(primary_key=True)
    clinic_id: UUID
    feed_id: UUID


class ExternalCalendar(TenantRow, table=True):
    """A calendar elsewhere that says when a practitioner is busy. Its address, a secret, is sealed.

    `run` counts the readings: each has a timer of its own, and only the one that is next counts.
    """

    __tablename__ = "external_calendar"
    __table_args__ = (
        tenant_key("practitioner_id", "practitioner"),
        Index("ix_external_calendar_practitioner", "clinic_id", "practitioner_id"),
    )
    id: UUID = Field(primary_key=True)
    practitioner_id: UUID
    host: str
    address: bytes = sealed()
    tag: str
    read_until: datetime | None = instant(default=None, nullable=True)
    run: int
    failures: int
    problem: str
    added_at: datetime = instant()
    read_at: datetime | None = instant(default=None, nullable=True)
    next_at: datetime = instant()


class ExternalBusy(TenantRow, table=True):
    """When a practitioner is busy elsewhere, by one of their calendars; nothing of what for is kept."""

    __tablename__ = "external_busy"
    __table_args__ = (
        tenant_key("calendar_id", "external_calendar", ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint(
            f"ends_at - starts_at <= interval '{LONGEST_CLAIM_HOURS} hours'", name="not_too_long"
        ),
        Index(
            "ix_external_busy_practitioner_starts",
            "clinic_id",
            "practitioner_id",
            "starts_at",
            postgresql_include=["ends_at"],
        ),
    )
    calendar_id: UUID = Field(primary_key=True)
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    practitioner_id: UUID
    ends_at: datetime = instant()
