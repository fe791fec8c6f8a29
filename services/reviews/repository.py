"""The SQL of reviews: invitations, reviews, and the figures' sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.kernel.ids import new_id
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork, PlatformWork
from services.practitioners.models import Practitioner
from services.reviews.models import Review, ReviewFigure, ReviewInvitation, ReviewState, SubjectKind
from services.reviews.rules import WEIGHING, quarter_of, star_of
from services.reviews.schemas import RATINGS
from services.treatments.models import Treatment

_INVITATIONS, _REVIEWS, _FIGURES = table(ReviewInvitation), table(Review), table(ReviewFigure)
_TREATMENTS, _PRACTITIONERS = table(Treatment), table(Practitioner)
# As `quarter_of` writes it. One text wherever it stands: PostgreSQL has to see that it is what is grouped by.
_QUARTER: ColumnElement[str] = literal_column(
    "to_char(review.created_at AT TIME ZONE 'UTC', 'YYYY-\"Q\"Q')", Text
)
_WEIGHS: ColumnElement[bool] = literal_column(
    f"(review.stage IN ({', '.join(repr(stage) for stage in WEIGHING)}))", Boolean
)
_IN_HAND = 13
"""Apart from what else is locked by a number."""
_SUM_COLUMNS = (
    "reviews",
    "total_sum",
    "total_square_sum",
    *(f"stars_{star}" for star in range(1, 6)),
    *(f"{name}_sum" for name in RATINGS),
    "downtime_count",
    "downtime_sum",
)


# Counting goes on side by side; making all sums again waits for those who count, and they for it.
_COUNTING = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:clinic, 6))")
_REBUILDING = text(
    "SELECT count(pg_advisory_xact_lock(hashtextextended(clinic, 6))) FROM unnest(CAST(:clinics AS text[])) AS clinic"
)


async def list_reviewed_clinics(work: PlatformWork) -> list[UUID]:
    """Every clinic with a review or a figure, whatever its state, to make figures again."""
    both = union(select(_REVIEWS.c.clinic_id), select(_FIGURES.c.clinic_id)).subquery()
    return [row.clinic_id for row in await work.rows(select(both.c.clinic_id).order_by(both.c.clinic_id))]


_OF_KIND = (
    select(_FIGURES)
    .where(
        _FIGURES.c.clinic_id == given(_FIGURES.c.clinic_id),
        _FIGURES.c.subject_kind == given(_FIGURES.c.subject_kind),
        _FIGURES.c.reviews > 0,
    )
    .order_by(_FIGURES.c.subject)
)
_FIGURES_OF_KIND = Prepared(_OF_KIND)
_FIGURES_OF_ONE = Prepared(_OF_KIND.where(_FIGURES.c.subject == given(_FIGURES.c.subject)))


class ReviewRepository:
    """One clinic's reviews."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def has_invitation(self, booking_id: UUID, stages: Collection[str]) -> bool:
        """Whether the visit has an invitation of one of the stages."""
        found = exists().where(
            _INVITATIONS.c.clinic_id == self._clinic_id,
            _INVITATIONS.c.booking_id == booking_id,
            _INVITATIONS.c.stage.in_(stages),
        )
        return bool(await self._work.scalar(select(found)))

    async def add_invitation(
        self, booking_id: UUID, client_id: UUID, stage: str, expires_at: datetime
    ) -> UUID | None:
        """The new invitation, or nothing where the visit has one of that stage."""
        added: UUID | None = await self._work.scalar(
            insert(_INVITATIONS)
            .values(
                clinic_id=self._clinic_id,
                id=new_id(),
                booking_id=booking_id,
                client_id=client_id,
                stage=stage,
                invited_at=self._work.now,
                expires_at=expires_at,
            )
            .on_conflict_do_nothing(index_elements=["clinic_id", "booking_id", "stage"])
            .returning(_INVITATIONS.c.id)
        )
        return added

    async def invitation(self, invitation_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        statement = select(_INVITATIONS).where(
            _INVITATIONS.c.clinic_id == self._clinic_id, _INVITATIONS.c.id == invitation_id
        )
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def answer_invitation(self, invitation_id: UUID) -> None:
        await self._work.execute(
            update(_INVITATIONS)
            .where(_INVITATIONS.c.clinic_id == self._clinic_id, _INVITATIONS.c.id == invitation_id)
            .values(answered_at=self._work.now)
        )

    async def add(self, **values: Any) -> UUID:
        """A published review, not counted yet."""
        review_id = new_id()
        await self._work.execute(
            insert(_REVIEWS).values(
                clinic_id=self._clinic_id,
                id=review_id,
                state=ReviewState.PUBLISHED,
                created_at=self._work.now,
                **values,
            )
        )
        return review_id

    async def lock(self, review_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_REVIEWS)
            .where(_REVIEWS.c.clinic_id == self._clinic_id, _REVIEWS.c.id == review_id)
            .with_for_update()
        )

    async def change(self, review_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_REVIEWS)
            .where(_REVIEWS.c.clinic_id == self._clinic_id, _REVIEWS.c.id == review_id)
            .values(**values)
        )

    def _shown(self) -> Select[Any]:
        # Joined here, not asked of two services: a public page shows many reviews, and archived names as well.
        return (
            select(
                _REVIEWS,
                _TREATMENTS.c.name.label("treatment_name"),
                _PRACTITIONERS.c.name.label("practitioner_name"),
            )
            .join(
                _TREATMENTS,
                and_(
                    _TREATMENTS.c.clinic_id == _REVIEWS.c.clinic_id,
                    _TREATMENTS.c.id == _REVIEWS.c.treatment_id,
                ),
            )
            .join(
                _PRACTITIONERS,
                and_(
                    _PRACTITIONERS.c.clinic_id == _REVIEWS.c.clinic_id,
                    _PRACTITIONERS.c.id == _REVIEWS.c.practitioner_id,
                ),
            )
            .where(_REVIEWS.c.clinic_id == self._clinic_id)
        )

    async def one(self, review_id: UUID) -> Row[Any] | None:
        return await self._work.row(self._shown().where(_REVIEWS.c.id == review_id))

    async def published(self, limit: int, before: tuple[datetime, UUID] | None) -> list[Row[Any]]:
        """Newest first, one more than asked for where there are more."""
        statement = self._shown().where(_REVIEWS.c.state == ReviewState.PUBLISHED)
        if before:
            at, review_id = before
            earlier = and_(_REVIEWS.c.created_at == at, _REVIEWS.c.id < review_id)
            statement = statement.where(or_(_REVIEWS.c.created_at < at, earlier))
        statement = statement.order_by(_REVIEWS.c.created_at.desc(), _REVIEWS.c.id.desc())
        return await self._work.rows(statement.limit(limit + 1))

    async def take_uncounted(self, most: int) -> list[Row[Any]]:
        """Published reviews that are not in the sums yet, marked as counted, the oldest first.

        None that somebody else is counting: who counts locks their numbers, and not their rows. A row that is in use
        otherwise, as while the clinic replies, is waited for, and read as it is then.
        """
        await self._let_nobody_rebuild()
        uncounted = (
            _REVIEWS.c.clinic_id == self._clinic_id,
            _REVIEWS.c.counted_at.is_(None),
            _REVIEWS.c.state == ReviewState.PUBLISHED,
        )
        oldest = (_REVIEWS.c.created_at, _REVIEWS.c.id)
        found = select(_REVIEWS.c.id).where(*uncounted).order_by(*oldest).limit(most).subquery()
        number = func.hashtextextended(cast(found.c.id, Text), _IN_HAND)
        mine = select(found.c.id).where(func.pg_try_advisory_xact_lock(number)).cte("mine")
        taken = await self._work.rows(
            update(_REVIEWS)
            .where(_REVIEWS.c.id.in_(select(mine.c.id)), *uncounted)
            .values(counted_at=self._work.now)
            .returning(*_REVIEWS.c)
        )
        return sorted(taken, key=lambda row: (row.created_at, row.id))

    async def add_to_figures(self, reviews: Sequence[Row[Any]], sign: int) -> None:
        """Adds reviews to their subjects' sums in one statement, or with `sign` -1 takes them out.

        In order of subjects, so that two who add never wait for each other in a circle.
        """
        await self._let_nobody_rebuild()
        sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for review in reviews:
            for subject in _subjects_of(review, self._clinic_id):
                sums[subject].update(_sums_of(review))
        rows = [
            {
                "clinic_id": self._clinic_id,
                "subject_kind": kind,
                "subject": subject,
                **{name: sign * found[name] for name in _SUM_COLUMNS},
            }
            for (kind, subject), found in sorted(sums.items())
        ]
        statement = insert(_FIGURES).values(rows)
        await self._work.execute(
            statement.on_conflict_do_update(
                index_elements=["clinic_id", "subject_kind", "subject"],
                set_={name: _FIGURES.c[name] + statement.excluded[name] for name in _SUM_COLUMNS},
            )
        )

    async def _let_nobody_rebuild(self) -> None:
        """Until the end of the transaction; others may count meanwhile."""
        await self._work.execute(_COUNTING, {"clinic": str(self._clinic_id)})

    async def figures(self, kind: SubjectKind, subject: str | None = None) -> Sequence[Row[Any]]:
        """The sums of one subject, or of all of a kind."""
        of_kind = {"clinic_id": self._clinic_id, "subject_kind": kind}
        if subject is None:
            return await self._work.fetch(_FIGURES_OF_KIND, **of_kind)
        return await self._work.fetch(_FIGURES_OF_ONE, subject=subject, **of_kind)


async def rebuild_sums(work: PlatformWork, clinic_ids: Sequence[UUID]) -> None:
    """Makes all sums of those clinics again from the counted reviews; whoever counts one meanwhile waits."""
    await work.execute(_REBUILDING, {"clinics": sorted(str(one) for one in clinic_ids)})
    await work.execute(delete(_FIGURES).where(_FIGURES.c.clinic_id.in_(clinic_ids)))
    await _sum_up(work, _REVIEWS.c.clinic_id.in_(clinic_ids))


async def sum_up_clinics(work: PlatformWork, clinic_ids: Sequence[UUID]) -> list[Row[Any]]:
    """Makes the sums of clinics that have none yet from their counted reviews; gives them."""
    await _sum_up(work, _REVIEWS.c.clinic_id.in_(clinic_ids))
    return await work.rows(select(_FIGURES).where(_FIGURES.c.clinic_id.in_(clinic_ids)))


async def _sum_up(work: PlatformWork, whose: ColumnElement[bool]) -> None:
    """The sums of every subject, from one reading of the reviews."""
    clinic, stage, of = _REVIEWS.c.clinic_id, _REVIEWS.c.stage, _grouped_by()
    kind = case(
        *((func.grouping(column) == 0, literal(kind.value)) for kind, column in of.items()),
        else_=literal(SubjectKind.CLINIC.value),
    )
    subject = func.coalesce(*(cast(column, Text) for column in of.values()), cast(clinic, Text))
    grouped = (
        select(clinic, kind, subject, *_aggregates())
        .where(whose, _REVIEWS.c.counted_at.is_not(None), _REVIEWS.c.state == ReviewState.PUBLISHED)
        .group_by(
            func.grouping_sets(
                tuple_(clinic, _WEIGHS),
                tuple_(clinic, stage),
                *(tuple_(clinic, _WEIGHS, column) for column in of.values() if column is not stage),
            )
        )
        .having(
            or_(func.grouping(_REVIEWS.c.concern) == 1, _REVIEWS.c.concern.is_not(None)),
            or_(func.grouping(stage) == 0, _WEIGHS),
        )
    )
    columns = ["clinic_id", "subject_kind", "subject", *_SUM_COLUMNS]
    await work.execute(insert(_FIGURES).from_select(columns, grouped))


def _subjects_of(review: Row[Any], clinic_id: UUID) -> set[tuple[str, str]]:
    of_stage = (SubjectKind.STAGE.value, review.stage)
    if review.stage not in WEIGHING:
        return {of_stage}
    subjects = {
        of_stage,
        (SubjectKind.CLINIC.value, str(clinic_id)),
        (SubjectKind.LOCATION.value, str(review.location_id)),
        (SubjectKind.PRACTITIONER.value, str(review.practitioner_id)),
        (SubjectKind.TREATMENT.value, str(review.treatment_id)),
        (SubjectKind.QUARTER.value, quarter_of(review.created_at)),
    }
    return subjects | ({(SubjectKind.CONCERN.value, review.concern)} if review.concern else set())


def _grouped_by() -> dict[SubjectKind, ColumnElement[Any]]:
    return {
        SubjectKind.LOCATION: _REVIEWS.c.location_id,
        SubjectKind.PRACTITIONER: _REVIEWS.c.practitioner_id,
        SubjectKind.TREATMENT: _REVIEWS.c.treatment_id,
        SubjectKind.CONCERN: _REVIEWS.c.concern,
        SubjectKind.STAGE: _REVIEWS.c.stage,
        SubjectKind.QUARTER: _QUARTER,
    }


def _sums_of(review: Row[Any]) -> dict[str, int]:
    star = star_of(review.total)
    return {
        "reviews": 1,
        "total_sum": review.total,
        "total_square_sum": review.total**2,
        **{f"stars_{one}": int(one == star) for one in range(1, 6)},
        **{f"{name}_sum": getattr(review, name) for name in RATINGS},
        "downtime_count": int(review.downtime_days is not None),
        "downtime_sum": review.downtime_days or 0,
    }


def _aggregates() -> list[ColumnElement[Any]]:
    total = _REVIEWS.c.total
    return [
        func.count(),
        func.sum(total),
        func.sum(total * total),
        *(func.count(case((func.div(2 * total + 5, 10) == one, 1))) for one in range(1, 6)),
        *(func.sum(_REVIEWS.c[name]) for name in RATINGS),
        func.count(_REVIEWS.c.downtime_days),
        func.coalesce(func.sum(_REVIEWS.c.downtime_days), 0),
    ]
