"""Tables of clinics: the tenant itself, its places, rooms and devices, and who belongs to its team."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.private_files import PrivateFile
from services.kernel.tables import (
    DirectoryRow,
    TenantRow,
    clinic_key,
    codes,
    instant,
    json_column,
    one_of,
    tenant_key,
)


class ClinicStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    LIVE = "live"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    CLOSED = "closed"


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    PRACTITIONER = "practitioner"
    FRONT_DESK = "front_desk"


class BookingNotices(StrEnum):
    """Which bookings a member hears of by mail; `by_role` is what suits the role."""

    BY_ROLE = ""
    ALL = "all"
    OWN = "own"
    NONE = "none"


class EditSubject(StrEnum):
    CLINIC = "clinic"
    LOCATION = "location"
    DEVICE = "device"
    PRACTITIONER = "practitioner"
    PROOF = "proof"


class ProofKind(StrEnum):
    """What a clinic proves of itself: that it exists, that it may treat there, and that it is insured."""

    REGISTRATION = "registration"
    PREMISES = "premises"
    INSURANCE = "insurance"


class ProofState(StrEnum):
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class PictureSubject(StrEnum):
    CLINIC = "clinic"
    PRACTITIONER = "practitioner"


class PictureState(StrEnum):
    """`pending`: a worker makes the sizes that are shown. `failed`: it could not, and `problem` says why."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class ExceptionKind(StrEnum):
    """`open`: on a public holiday, as on any other day."""

    EXTRA = "extra"
    TAKEN = "taken"
    CLOSED = "closed"
    OPEN = "open"


class Clinic(TenantRow, table=True):
    """The tenant: what it says of itself, its policies, and where it stands with the moderators."""

    __tablename__ = "clinic"
    __table_args__ = (
        one_of("status", ClinicStatus),
        CheckConstraint("cancellation_hours BETWEEN 0 AND 336", name="cancellation_hours_range"),
        CheckConstraint("late_minutes BETWEEN 0 AND 120", name="late_minutes_range"),
        CheckConstraint("grid_minutes IN (5, 10, 15, 20, 30, 60)", name="grid_minutes_known"),
        CheckConstraint("waitlist_minutes BETWEEN 15 AND 720", name="waitlist_minutes_range"),
        CheckConstraint("deposit_amount >= 0", name="deposit_positive"),
        CheckConstraint("check_in_hours BETWEEN 1 AND 24", name="check_in_hours_range"),
    )
    slug: str = Field(unique=True)
    name: str
    country: str
    currency: str
    email: str
    description: str = ""
    languages: list[str] = codes(default_factory=lambda: ["en"])
    cancellation_hours: int = 24
    late_minutes: int = 15
    # In minor units, a booking; 0: none. The version that still runs while this is migrated does not name it.
    deposit_amount: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    notice_minutes: int = 120
    horizon_days: int = 120
    # Visits begin every so many minutes of the local day.
    grid_minutes: int = Field(default=15, sa_column_kwargs={"server_default": text("15")})
    # Within how many hours of the day somebody looks at a check-in with a red flag.
    check_in_hours: int = Field(default=4, sa_column_kwargs={"server_default": text("4")})
    # How long a freed time is kept for whoever is next on the waitlist.
    waitlist_minutes: int = Field(default=120, sa_column_kwargs={"server_default": text("120")})
    sterilisation_protocol: str = ""
    sterilisation_checked_on: date | None = None
    status: str = Field(default=ClinicStatus.DRAFT)
    changes_requested: list[dict[str, str]] = json_column(default_factory=list)
    created_at: datetime = instant()
    submitted_at: datetime | None = instant(default=None, nullable=True)
    published_at: datetime | None = instant(default=None, nullable=True)
    closed_at: datetime | None = instant(default=None, nullable=True)


class HeldEdit(TenantRow, table=True):
    """A sensitive edit of a published clinic that waits for a moderator: values before and after, by field."""

    __tablename__ = "held_edit"
    __table_args__ = (
        clinic_key(),
        one_of("subject_kind", EditSubject),
        UniqueConstraint("clinic_id", "subject_kind", "subject_id"),
    )
    id: UUID = Field(primary_key=True)
    subject_kind: str
    subject_id: UUID
    label: str
    before: dict[str, Any] = json_column()
    after: dict[str, Any] = json_column()
    asked_by: str
    asked_at: datetime = instant()


class BusinessProof(TenantRow, table=True):
    """One paper of the business for the moderators, and what they found; it counts through `valid_until`."""

    __tablename__ = "business_proof"
    __table_args__ = (
        clinic_key(),
        one_of("kind", ProofKind),
        one_of("state", ProofState),
        UniqueConstraint("clinic_id", "kind"),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    number: str
    issuer: str
    valid_until: date | None = None
    state: str = Field(default=ProofState.UNVERIFIED)
    verified_by: UUID | None = None
    verified_at: datetime | None = instant(default=None, nullable=True)
    created_at: datetime = instant()


class ProofEvidence(PrivateFile, table=True):
    """A private file that proves what a clinic says of its business."""

    __tablename__ = "proof_evidence"
    __table_args__ = (tenant_key("proof_id", "business_proof", ondelete="CASCADE"),)
    proof_id: UUID


class ClinicSlug(DirectoryRow, table=True):
    """Leads from a slug to its clinic: for anyone while it is public, else for its team, who see the name."""

    __tablename__ = "clinic_slug"
    slug: str = Field(primary_key=True)
    clinic_id: UUID = Field(index=True)
    name: str
    is_public: bool = False


class Membership(DirectoryRow, table=True):
    """Leads from an account to the clinics it works for, with its role there."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", Role),
        one_of("booking_notices", BookingNotices),
        UniqueConstraint("clinic_id", "account_id"),
        Index("ix_membership_account_id", "account_id"),
    )
    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    clinic_id: UUID
    role: str
    booking_notices: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    created_at: datetime = instant()


class Invitation(TenantRow, table=True):
    """An open invitation to the team; `sent` counts how often it went out, and only the last link works."""

    __tablename__ = "team_invitation"
    __table_args__ = (clinic_key(), one_of("role", Role), UniqueConstraint("clinic_id", "email"))
    id: UUID = Field(primary_key=True)
    email: str
    role: str
    invited_by: str
    sent: int = 1
    invited_at: datetime = instant()
    expires_at: datetime = instant()


class Location(TenantRow, table=True):
    """A place where the clinic treats, in its IANA time zone."""

    __tablename__ = "location"
    __table_args__ = (
        clinic_key(),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
    )
    id: UUID = Field(primary_key=True)
    name: str
    street: str
    city: str
    region: str = ""
    postcode: str = ""
    country: str
    latitude: float
    longitude: float
    time_zone: str
    phone: str = ""
    # A default of the database as well: the version that still runs while this is migrated does not name it.
    accessibility: list[str] = codes(default_factory=list, sa_column_kwargs={"server_default": text("'{}'")})
    created_at: datetime = instant()
    archived_at: datetime | None = instant(default=None, nullable=True)


class Weeks(StrEnum):
    """The weeks in which hours hold: every one, or every other one (which: `services.clinics.week_rules.week_of`)."""

    EVERY = "every"
    A = "a"
    B = "b"


class WeeklyHours(TenantRow):
    """Hours of a weekday (0 is Monday), in local time, from a day to a day, in every week or every other."""

    weekday: int = Field(primary_key=True)
    opens: time = Field(primary_key=True)
    weeks: str = Field(
        default=Weeks.EVERY, primary_key=True, sa_column_kwargs={"server_default": text("'every'")}
    )
    valid_from: date = Field(
        default=date.min, primary_key=True, sa_column_kwargs={"server_default": text("'-infinity'")}
    )
    valid_until: date = Field(default=date.max, sa_column_kwargs={"server_default": text("'infinity'")})
    closes: time


def weekly_hours(*whose: str) -> tuple[Any, ...]:
    """The key and the checks of a table of weekly hours."""
    return (
        PrimaryKeyConstraint("clinic_id", *whose, "weekday", "opens", "weeks", "valid_from"),
        one_of("weeks", Weeks),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_range"),
        CheckConstraint("opens < closes", name="opens_before_closes"),
        CheckConstraint("valid_from <= valid_until", name="validity_in_order"),
    )


class LocationHours(WeeklyHours, table=True):
    """Opening hours of a weekday (0 is Monday), in the location's local time; several rows a day."""

    __tablename__ = "location_hours"
    __table_args__ = (
        tenant_key("location_id", "location", ondelete="CASCADE"),
        *weekly_hours("location_id"),
    )
    location_id: UUID = Field(primary_key=True)


class HoursException(TenantRow, table=True):
    """Other hours of a location on some local days; `holiday` names the public holiday it was said of."""

    __tablename__ = "hours_exception"
    __table_args__ = (
        tenant_key("location_id", "location", ondelete="CASCADE"),
        one_of("kind", ExceptionKind),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint(
            "CASE WHEN kind IN ('extra', 'taken') THEN opens < closes IS TRUE "
            "ELSE opens IS NULL AND closes IS NULL END",
            name="times_suit_kind",
        ),
        Index("ix_hours_exception_days", "clinic_id", "location_id", "last_on"),
        Index(
            "uq_hours_exception_holiday",
            "clinic_id",
            "location_id",
            "first_on",
            unique=True,
            postgresql_where=text("holiday IS NOT NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    location_id: UUID
    kind: str
    first_on: date
    last_on: date
    opens: time | None = None
    closes: time | None = None
    note: str = ""
    holiday: str | None = None


class Travel(TenantRow, table=True):
    """Minutes from one location of a clinic to another; kept in both directions."""

    __tablename__ = "travel"
    __table_args__ = (
        tenant_key("location_id", "location", ondelete="CASCADE"),
        tenant_key("other_id", "location", ondelete="CASCADE"),
        CheckConstraint("location_id <> other_id", name="two_places"),
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes_range"),
    )
    location_id: UUID = Field(primary_key=True)
    other_id: UUID = Field(primary_key=True)
    minutes: int


class RoomKind(StrEnum):
    """What a room is for: clients numb in one of the first and the last kind, and are treated in the others."""

    NUMBING = "numbing"
    TREATMENT = "treatment"
    ANY = "any"


class Room(TenantRow, table=True):
    """A room of a location; one client at a time."""

    __tablename__ = "room"
    __table_args__ = (tenant_key("location_id", "location"), one_of("room_kind", RoomKind))
    id: UUID = Field(primary_key=True)
    location_id: UUID
    name: str
    room_kind: str = Field(default=RoomKind.ANY, sa_column_kwargs={"server_default": text("'any'")})
    created_at: datetime = instant()
    archived_at: datetime | None = instant(default=None, nullable=True)


class Device(TenantRow, table=True):
    """A needling device of a location, with the regulatory clearance the clinic states."""

    __tablename__ = "device"
    __table_args__ = (tenant_key("location_id", "location"),)
    id: UUID = Field(primary_key=True)
    location_id: UUID
    maker: str
    model: str
    modality: str
    clearance: str = ""
    single_use_cartridges: bool = True
    created_at: datetime = instant()
    archived_at: datetime | None = instant(default=None, nullable=True)


class Picture(TenantRow, table=True):
    """A picture of the clinic, or the portrait of one of its practitioners; what was uploaded is private storage.

    `files` are the ones to show, once they are made: name, size, media type, width and height.
    """

    __tablename__ = "picture"
    __table_args__ = (
        clinic_key(),
        one_of("subject_kind", PictureSubject),
        one_of("state", PictureState),
        UniqueConstraint("clinic_id", "subject_kind", "subject_id", "sha256"),
        Index("uq_picture_cover", "clinic_id", unique=True, postgresql_where=text("is_cover")),
    )
    id: UUID = Field(primary_key=True)
    subject_kind: str
    subject_id: UUID
    state: str = Field(default=PictureState.PENDING)
    problem: str = ""
    alt: str = ""
    caption: str = ""
    position: int
    is_cover: bool = False
    content_type: str
    size_bytes: int
    width: int
    height: int
    sha256: str
    files: list[dict[str, Any]] = json_column(default_factory=list)
    uploaded_at: datetime = instant()
    taken_down_at: datetime | None = instant(default=None, nullable=True)
    taken_down_why: str = ""
