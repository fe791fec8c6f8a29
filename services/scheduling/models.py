"""Tables of scheduling: bookings, and the claims they lay on practitioners, rooms and devices.

A claim's `during` is generated and serves the exclusion constraint alone; reads use `starts_at` and `ends_at`,
because a range operator cannot be an index condition under row-level security (docs/adr/0005).
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint
from sqlmodel import Field

from services.kernel.tables import (
    DirectoryRow,
    GlobalRow,
    TenantRow,
    clinic_key,
    instant,
    one_of,
    tenant_key,
)

LONGEST_CLAIM_HOURS = 12


class BookingStatus(StrEnum):
    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


class ResourceKind(StrEnum):
    PRACTITIONER = "practitioner"
    ROOM = "room"
    DEVICE = "device"


class Resource(TenantRow, table=True):
    """What can be taken for a time. Its row is locked, in order of id, before claims are laid on it."""

    __tablename__ = "resource"
    __table_args__ = (clinic_key(), one_of("resource_kind", ResourceKind))
    id: UUID = Field(primary_key=True)
    resource_kind: str


class Booking(TenantRow, table=True):
    """One visit. Bookings made together (a course) share `group_id`, and one signed link manages them all."""

    __tablename__ = "booking"
    __table_args__ = (
        one_of("status", BookingStatus),
        tenant_key("client_id", "client"),
        tenant_key("treatment_id", "treatment"),
        tenant_key("location_id", "location"),
        tenant_key("practitioner_id", "practitioner"),
        tenant_key("room_id", "room"),
        tenant_key("numbing_room_id", "room"),
        tenant_key("device_id", "device"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("price >= 0", name="price_positive"),
        Index("ix_booking_clinic_starts", "clinic_id", "starts_at"),
        Index("ix_booking_group", "clinic_id", "group_id"),
        Index("ix_booking_client", "clinic_id", "client_id"),
        Index("ix_booking_account_id", "account_id"),
    )
    account_rows: ClassVar[bool] = True
    id: UUID = Field(primary_key=True)
    reference: str = Field(unique=True)
    group_id: UUID
    position: int = 1
    client_id: UUID
    account_id: UUID | None = None
    treatment_id: UUID
    area: str
    location_id: UUID
    practitioner_id: UUID
    room_id: UUID
    numbing_room_id: UUID | None = None
    device_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    price: int
    currency: str
    status: str
    sequence: int = 0
    answer_by: datetime | None = instant(default=None, nullable=True)
    # When a request was said yes or no to, or ended without an answer.
    answered_at: datetime | None = instant(default=None, nullable=True)
    cancelled_by: str = ""
    cancel_reason: str = ""
    created_at: datetime = instant()
    changed_at: datetime = instant()
    # Who changed it last: the client, the clinic, or a job.
    changed_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    # When the client said that they will come, of the time it has now.
    coming_at: datetime | None = instant(default=None, nullable=True)
    # The number (E.164) to which reminders of it go as texts; empty: by e-mail.
    texts_to: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    # Where it was before it was moved last (undoing.py), while that can be taken back.
    moved_from: dict[str, Any] | None = Field(
        default=None, sa_type=cast("Any", JSONB(none_as_null=True)), nullable=True
    )
    # The claims that a move or a no-show gave back, as they were: whoever takes that back lays them again.
    given_back: list[dict[str, Any]] | None = Field(
        default=None, sa_type=cast("Any", JSONB(none_as_null=True)), nullable=True
    )


class TextReminders(StrEnum):
    """Which reminders go as text messages, to clients who chose them: none, the last one before a visit, or all."""

    OFF = "off"
    LAST = "last"
    ALL = "all"


class ReminderPolicy(TenantRow, table=True):
    """How many hours before a visit the clinic's clients are reminded; without a row, as the platform does."""

    __tablename__ = "reminder_policy"
    __table_args__ = (clinic_key(), one_of("texts", TextReminders))
    hours: list[int] = Field(sa_type=cast("Any", ARRAY(Integer)))
    texts: str = Field(default=TextReminders.OFF, sa_column_kwargs={"server_default": text("'off'")})
    changed_at: datetime = instant()


class BlockedTime(TenantRow, table=True):
    """A room or a device that is out of use for a time; its claims hold the time, day by day."""

    __tablename__ = "blocked_time"
    __table_args__ = (tenant_key("resource_id", "resource"),)
    id: UUID = Field(primary_key=True)
    resource_id: UUID
    note: str
    blocked_by: str
    created_at: datetime = instant()


class WishState(StrEnum):
    """What became of a wish: unproven until the link in the first message was opened."""

    UNPROVEN = "unproven"
    WAITING = "waiting"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    OVER = "over"


class OfferAnswer(StrEnum):
    """What was said to an offer; nothing while it stands, or when it ran out."""

    NONE = ""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class WaitlistWish(TenantRow, table=True):
    """A person waits for a time: which treatment, with whom, on which local days and at which times of day."""

    __tablename__ = "waitlist_wish"
    __table_args__ = (
        one_of("state", WishState),
        tenant_key("treatment_id", "treatment"),
        tenant_key("practitioner_id", "practitioner"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("from_time <= until_time", name="times_in_order"),
        CheckConstraint("weekdays BETWEEN 1 AND 127", name="weekdays_range"),
        Index("ix_waitlist_wish_state", "clinic_id", "state", "created_at", "id"),
        Index("ix_waitlist_wish_account_id", "account_id"),
    )
    account_rows: ClassVar[bool] = True
    id: UUID = Field(primary_key=True)
    account_id: UUID | None = None
    treatment_id: UUID
    area: str
    practitioner_id: UUID | None = None
    first_on: date
    last_on: date
    # A bit for each day that would do, Monday the lowest; a visit may begin between the two times of day.
    weekdays: int
    from_time: time
    until_time: time
    name: str
    email: str
    phone: str = ""
    language: str = "en"
    state: str
    proved_at: datetime | None = instant(default=None, nullable=True)
    created_at: datetime = instant()
    changed_at: datetime = instant()


class WaitlistOffer(TenantRow, table=True):
    """A time that was offered to somebody who waits. It stands while the hold of the same id does."""

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        one_of("answer", OfferAnswer),
        tenant_key("wish_id", "waitlist_wish", ondelete="CASCADE"),
        tenant_key("practitioner_id", "practitioner"),
        tenant_key("location_id", "location"),
        Index("ix_waitlist_offer_wish", "clinic_id", "wish_id", "offered_at"),
    )
    id: UUID = Field(primary_key=True)
    wish_id: UUID
    practitioner_id: UUID
    location_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    until_at: datetime = instant()
    offered_at: datetime = instant()
    offered_by: str
    answer: str = Field(default=OfferAnswer.NONE)


class SlotHold(TenantRow, table=True):
    """A time kept for somebody who is about to book it, for a wish to whom it is offered, or for a visit to move to.

    With all it would take; of a visit that is to move, its claims leave out what that visit takes then already. It
    stands while its row does: used, released or over, the row goes, and its claims with it.
    """

    __tablename__ = "slot_hold"
    __table_args__ = (
        tenant_key("treatment_id", "treatment"),
        tenant_key("location_id", "location"),
        tenant_key("practitioner_id", "practitioner"),
        tenant_key("room_id", "room"),
        tenant_key("numbing_room_id", "room"),
        tenant_key("device_id", "device"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        tenant_key("wish_id", "waitlist_wish", ondelete="CASCADE"),
        tenant_key("move_id", "asked_move", ondelete="CASCADE"),
        tenant_key("booking_id", "booking", ondelete="CASCADE"),
        CheckConstraint("(move_id IS NULL) = (booking_id IS NULL)", name="moves_a_booking"),
        Index("ix_slot_hold_held_by", "clinic_id", "held_by"),
        Index("ix_slot_hold_move", "clinic_id", "move_id", postgresql_where=text("move_id IS NOT NULL")),
        # One time at a time for each visit that is to move.
        Index(
            "uq_slot_hold_booking",
            "clinic_id",
            "booking_id",
            unique=True,
            postgresql_where=text("booking_id IS NOT NULL"),
        ),
        # One offer at a time for each who waits.
        Index(
            "uq_slot_hold_wish",
            "clinic_id",
            "wish_id",
            unique=True,
            postgresql_where=text("wish_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    wish_id: UUID | None = None
    # The move that is asked for, and the visit that would move to this time.
    move_id: UUID | None = None
    booking_id: UUID | None = None
    # A keyed hash of whoever holds it (an account, or a network address), to count what they hold; empty for an offer
    # and for a move.
    held_by: str
    treatment_id: UUID
    area: str
    location_id: UUID
    practitioner_id: UUID
    room_id: UUID
    numbing_room_id: UUID | None = None
    device_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    until_at: datetime = instant()
    held_at: datetime = instant()


class Claim(TenantRow, table=True):
    """A resource taken for a time: by a booking, for somebody who is about to book, or because it is out of use.

    No two claims on a resource overlap: the constraint's promise.
    """

    __tablename__ = "claim"
    __table_args__: ClassVar[Any] = (
        tenant_key("booking_id", "booking", ondelete="CASCADE"),
        tenant_key("blocked_id", "blocked_time", ondelete="CASCADE"),
        tenant_key("hold_id", "slot_hold", ondelete="CASCADE"),
        tenant_key("resource_id", "resource"),
        CheckConstraint("num_nonnulls(booking_id, blocked_id, hold_id) = 1", name="of_one_thing"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint(
            f"ends_at - starts_at <= interval '{LONGEST_CLAIM_HOURS} hours'", name="not_too_long"
        ),
        ExcludeConstraint(
            ("clinic_id", "="), ("resource_id", "="), ("during", "&&"), using="gist", name="no_double_booking"
        ),
        Index(
            "ix_claim_resource_starts",
            "clinic_id",
            "resource_id",
            "starts_at",
            postgresql_include=["ends_at", "booking_id", "location_id", "hold_id"],
        ),
        Index("ix_claim_booking", "clinic_id", "booking_id"),
        Index(
            "ix_claim_blocked",
            "clinic_id",
            "blocked_id",
            postgresql_where=text("blocked_id IS NOT NULL"),
        ),
        Index(
            "ix_claim_hold",
            "clinic_id",
            "hold_id",
            postgresql_where=text("hold_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    booking_id: UUID | None = None
    blocked_id: UUID | None = None
    hold_id: UUID | None = None
    resource_id: UUID
    # Of a practitioner's claims: where they are then, and the account with which they sign in.
    location_id: UUID | None = None
    person_id: UUID | None = None
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    during: Any = Field(
        default=None,
        sa_column=Column(
            TSTZRANGE, Computed("tstzrange(starts_at, ends_at, '[)')", persisted=True), nullable=False
        ),
    )


class BookingReference(DirectoryRow, table=True):
    """Leads from a reference to its clinic and booking."""

    __tablename__ = "booking_reference"
    __table_args__ = (UniqueConstraint("booking_id"),)
    reference: str = Field(primary_key=True)
    clinic_id: UUID
    booking_id: UUID


class PersonTime(GlobalRow, table=True):
    """When a person who signs in is taken as a practitioner, over all their clinics: never two at once.

    Kept by triggers of `claim`, and read by nobody but the function `person_busy`, which tells a clinic only that the
    time is taken elsewhere.
    """

    __tablename__ = "person_time"
    __table_args__: ClassVar[Any] = (
        ExcludeConstraint(("person_id", "="), ("during", "&&"), using="gist", name="no_person_twice"),
        Index("ix_person_time_starts", "person_id", "starts_at", postgresql_include=["ends_at", "clinic_id"]),
    )
    app_may: ClassVar[tuple[str, ...]] = ()
    claim_id: UUID = Field(primary_key=True)
    clinic_id: UUID
    person_id: UUID
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    during: Any = Field(
        default=None,
        sa_column=Column(
            TSTZRANGE, Computed("tstzrange(starts_at, ends_at, '[)')", persisted=True), nullable=False
        ),
    )


class ScheduleVersion(TenantRow, table=True):
    """Another value after each change of what a clinic's free times depend on, bookings aside.

    Written by triggers at the end of the transaction (docs/adr/0014), so what is kept of a clinic's hours, rooms and
    menu is known to be current by one comparison.
    """

    __tablename__ = "schedule_version"
    __table_args__ = (clinic_key(),)
    version: UUID
