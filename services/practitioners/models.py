"""Tables of practitioners: people who treat, their credentials with evidence, and their hours."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.clinics.models import WeeklyHours, weekly_hours
from services.kernel.private_files import PrivateFile
from services.kernel.tables import TenantRow, clinic_key, instant, one_of, tenant_key


class CredentialState(StrEnum):
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class Practitioner(TenantRow, table=True):
    """A person who treats at this clinic."""

    __tablename__ = "practitioner"
    __table_args__ = (
        clinic_key(),
        Index(
            "uq_practitioner_account",
            "clinic_id",
            "account_id",
            unique=True,
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        CheckConstraint("sessions_before >= 0", name="sessions_before_positive"),
        CheckConstraint("needling_since_year BETWEEN 1990 AND 2100", name="since_year_range"),
        CheckConstraint("daily_maximum BETWEEN 1 AND 50", name="daily_maximum_range"),
    )
    id: UUID = Field(primary_key=True)
    name: str
    title: str = ""
    bio: str = ""
    account_id: UUID | None = None
    needling_since_year: int | None = None
    sessions_before: int = 0
    # Visits a local day at most; no number, no limit.
    daily_maximum: int | None = None
    created_at: datetime = instant()
    archived_at: datetime | None = instant(default=None, nullable=True)


class PractitionerHours(WeeklyHours, table=True):
    """When a practitioner works at a location: weekday (0 is Monday), in the location's local time."""

    __tablename__ = "practitioner_hours"
    __table_args__ = (
        tenant_key("practitioner_id", "practitioner", ondelete="CASCADE"),
        tenant_key("location_id", "location"),
        *weekly_hours("practitioner_id", "location_id"),
    )
    practitioner_id: UUID = Field(primary_key=True)
    location_id: UUID = Field(primary_key=True)


class PractitionerException(TenantRow, table=True):
    """Other hours of a practitioner on some local days: `extra` time at a location, `taken` time, or `closed`: away."""

    __tablename__ = "practitioner_exception"
    __table_args__ = (
        tenant_key("practitioner_id", "practitioner", ondelete="CASCADE"),
        tenant_key("location_id", "location"),
        CheckConstraint("kind IN ('extra', 'taken', 'closed')", name="kind_known"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("kind <> 'extra' OR location_id IS NOT NULL", name="extra_has_a_place"),
        CheckConstraint(
            "CASE WHEN kind = 'closed' THEN opens IS NULL AND closes IS NULL ELSE opens < closes IS TRUE END",
            name="times_suit_kind",
        ),
        Index("ix_practitioner_exception_days", "clinic_id", "practitioner_id", "last_on"),
    )
    id: UUID = Field(primary_key=True)
    practitioner_id: UUID
    location_id: UUID | None = None
    kind: str
    first_on: date
    last_on: date
    opens: time | None = None
    closes: time | None = None
    note: str = ""


class Credential(TenantRow, table=True):
    """A credential as it was claimed, and what a moderator found when checking it.

    A renewal that was entered while it still counts waits beside it for its own check.
    """

    __tablename__ = "credential"
    __table_args__ = (
        tenant_key("practitioner_id", "practitioner", ondelete="CASCADE"),
        one_of("state", CredentialState),
        UniqueConstraint("clinic_id", "practitioner_id", "credential_kind", "number"),
        CheckConstraint(
            "expires_on IS NULL OR issued_on IS NULL OR issued_on < expires_on", name="dates_in_order"
        ),
    )
    id: UUID = Field(primary_key=True)
    practitioner_id: UUID
    credential_kind: str
    number: str
    issuer: str
    jurisdiction: str
    issued_on: date | None = None
    expires_on: date | None = None
    state: str = Field(default=CredentialState.UNVERIFIED)
    verified_by: UUID | None = None
    verified_at: datetime | None = instant(default=None, nullable=True)
    verified_against: str = ""
    renewal_issued_on: date | None = None
    renewal_expires_on: date | None = None
    created_at: datetime = instant()


class Evidence(PrivateFile, table=True):
    """A private file that proves a credential."""

    __tablename__ = "evidence"
    __table_args__ = (tenant_key("credential_id", "credential", ondelete="CASCADE"),)
    credential_id: UUID
