"""Tables of reviews: invitations, reviews, and the figures made of them, incrementally and in whole numbers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import TenantRow, instant, one_of, tenant_key

# Of the first visit, of one after it, of the course, of its result on a day (rules: `stage_on`).
_STAGES = (
    "stage IN ('session', 'later_session', 'course_end', 'three_months') "
    "OR stage ~ '^after_[1-9][0-9]{0,2}_days$'"
)


class ReviewState(StrEnum):
    PUBLISHED = "published"
    REMOVED = "removed"


class SubjectKind(StrEnum):
    """What a figure is about; its `subject` is an id or a code, of a quarter as `quarter_of` (rules) writes it."""

    CLINIC = "clinic"
    LOCATION = "location"
    PRACTITIONER = "practitioner"
    TREATMENT = "treatment"
    CONCERN = "concern"
    STAGE = "stage"
    QUARTER = "quarter"


class ReviewInvitation(TenantRow, table=True):
    """Everyone with a completed visit is asked, whatever they think; one invitation a booking and stage."""

    __tablename__ = "review_invitation"
    __table_args__ = (
        tenant_key("booking_id", "booking"),
        tenant_key("client_id", "client"),
        UniqueConstraint("clinic_id", "booking_id", "stage"),
        CheckConstraint(_STAGES, name="stage_known"),
    )
    id: UUID = Field(primary_key=True)
    booking_id: UUID
    client_id: UUID
    stage: str
    invited_at: datetime = instant()
    expires_at: datetime = instant()
    answered_at: datetime | None = instant(default=None, nullable=True)


class Review(TenantRow, table=True):
    """What a client says of a completed visit. `total` is the sum of the five ratings, 5 to 25."""

    __tablename__ = "review"
    __table_args__ = (
        tenant_key("invitation_id", "review_invitation"),
        tenant_key("booking_id", "booking"),
        tenant_key("practitioner_id", "practitioner"),
        tenant_key("treatment_id", "treatment"),
        tenant_key("location_id", "location"),
        UniqueConstraint("clinic_id", "invitation_id"),
        CheckConstraint(_STAGES, name="stage_known"),
        one_of("state", ReviewState),
        CheckConstraint(
            "result BETWEEN 1 AND 5 AND comfort BETWEEN 1 AND 5 AND cleanliness BETWEEN 1 AND 5 "
            "AND explanation BETWEEN 1 AND 5 AND value BETWEEN 1 AND 5",
            name="ratings_range",
        ),
        CheckConstraint("downtime_days BETWEEN 0 AND 60", name="downtime_range"),
        Index("ix_review_clinic_created", "clinic_id", "created_at", "id"),
        Index(
            "ix_review_uncounted",
            "clinic_id",
            "created_at",
            postgresql_where=text("counted_at IS NULL AND state = 'published'"),
        ),
    )
    id: UUID = Field(primary_key=True)
    invitation_id: UUID
    booking_id: UUID
    practitioner_id: UUID
    treatment_id: UUID
    location_id: UUID
    stage: str
    concern: str | None = None
    author: str
    result: int
    comfort: int
    cleanliness: int
    explanation: int
    value: int
    total: int
    downtime_days: int | None = None
    body: str = ""
    state: str = Field(default=ReviewState.PUBLISHED)
    created_at: datetime = instant()
    counted_at: datetime | None = instant(default=None, nullable=True)
    reply: str | None = None
    replied_at: datetime | None = instant(default=None, nullable=True)


class VisitClaim(TenantRow, table=True):
    """What a client says of a visit that the clinic did not mark as completed: that it took place.

    `marked` is the status that it had; `stands` until a moderator finds that the visit did not take place.
    """

    __tablename__ = "visit_claim"
    __table_args__ = (tenant_key("booking_id", "booking"), tenant_key("client_id", "client"))
    booking_id: UUID = Field(primary_key=True)
    client_id: UUID
    marked: str
    asserted_at: datetime = instant()
    contested_at: datetime | None = instant(default=None, nullable=True)
    judged_at: datetime | None = instant(default=None, nullable=True)
    stands: bool = True


class ReviewFigure(TenantRow, table=True):
    """Sums over the counted reviews of one subject; a mean is made when it is read, so a rebuild gives the same."""

    __tablename__ = "review_figure"
    __table_args__ = (one_of("subject_kind", SubjectKind),)
    subject_kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    reviews: int = Field(sa_type=BigInteger)
    total_sum: int = Field(sa_type=BigInteger)
    total_square_sum: int = Field(sa_type=BigInteger)
    stars_1: int
    stars_2: int
    stars_3: int
    stars_4: int
    stars_5: int
    result_sum: int
    comfort_sum: int
    cleanliness_sum: int
    explanation_sum: int
    value_sum: int
    downtime_count: int
    downtime_sum: int
