"""All SQL of moderation: cases of one clinic under its scope, the queue over all under the platform's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, insert, literal, or_, select, tuple_, update

from services.clinics.models import ClinicSlug
from services.kernel.finding import holds_folded
from services.kernel.models import AuditEvent
from services.kernel.tables import table
from services.kernel.work import ClinicWork, PlatformWork
from services.moderation.models import CaseKind, CaseState, Decision, ModerationCase
from services.moderation.rules import id_or_none
from services.moderation.schemas import AuditQuery, CaseQuery
from services.reviews.models import Review, ReviewState

_CASES, _AUDIT = table(ModerationCase), table(AuditEvent)
_REVIEWS, _SLUGS = table(Review), table(ClinicSlug)

# Subjects of audit events that are part of what a clinic shows, and steps that change nothing of it.
_SHOWN_KINDS = (
    "clinic",
    "location",
    "room",
    "device",
    "picture",
    "practitioner",
    "credential",
    "evidence",
    "proof",
    "treatment",
)
_NO_CHANGE = ("clinic.standing", "evidence.read", "picture.take_down", "picture.put_back")


class CaseRepository:
    """The cases of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._own = _CASES.c.clinic_id == work.scope.clinic_id

    async def add(self, values: dict[str, Any]) -> None:
        """A new case."""
        await self._work.execute(insert(_CASES).values(clinic_id=self._work.scope.clinic_id, **values))

    async def find(self, case_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """One case; with `lock`, nobody else can change it until the end of this transaction."""
        statement = select(_CASES).where(self._own, _CASES.c.id == case_id)
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def find_of_edit(self, edit_id: UUID) -> Row[Any] | None:
        """The case of a held edit, held against others for this transaction."""
        return await self._work.row(
            select(_CASES)
            .where(self._own, _CASES.c.case_kind == CaseKind.SENSITIVE_EDIT, _CASES.c.subject_id == edit_id)
            .with_for_update()
        )

    async def change(self, case_id: UUID, **values: Any) -> None:
        """Sets columns of a case."""
        await self._work.execute(update(_CASES).where(self._own, _CASES.c.id == case_id).values(**values))

    async def list_all(self) -> list[Row[Any]]:
        """The clinic's cases, newest first."""
        return await self._work.rows(
            select(_CASES).where(self._own).order_by(_CASES.c.opened_at.desc(), _CASES.c.id.desc())
        )

    async def list_audit(self, limit: int) -> list[Row[Any]]:
        """What was done with this clinic's cases, and looks at its evidence, newest first."""
        return await self._work.rows(
            select(_AUDIT)
            .where(
                _AUDIT.c.clinic_id == self._work.scope.clinic_id,
                or_(_AUDIT.c.action.like("case.%"), _AUDIT.c.action.like("clinic.%")),
            )
            .order_by(_AUDIT.c.id.desc())
            .limit(limit)
        )

    async def list_changes(self, case_id: UUID, limit: int) -> list[Row[Any]]:
        """Audit events of what a clinic shows, after its latest decision before that case was opened, newest first."""
        opened_at = select(_CASES.c.opened_at).where(self._own, _CASES.c.id == case_id).scalar_subquery()
        before = (
            select(func.max(_CASES.c.decided_at))
            .where(self._own, _CASES.c.decided_at < opened_at)
            .scalar_subquery()
        )
        return await self._work.rows(
            select(_AUDIT)
            .where(
                _AUDIT.c.clinic_id == self._work.scope.clinic_id,
                _AUDIT.c.subject_kind.in_(_SHOWN_KINDS),
                _AUDIT.c.by_kind == "account",
                _AUDIT.c.action.not_in(_NO_CHANGE),
                _AUDIT.c.at > func.coalesce(before, datetime.min.replace(tzinfo=UTC)),
            )
            .order_by(_AUDIT.c.id.desc())
            .limit(limit)
        )

    async def find_open(self, kind: CaseKind, subject_id: UUID) -> Row[Any] | None:
        """The clinic's undecided case of that kind about that thing."""
        return await self._work.row(
            select(_CASES).where(
                self._own,
                _CASES.c.case_kind == kind,
                _CASES.c.subject_id == subject_id,
                _CASES.c.state != CaseState.DECIDED,
            )
        )

    async def find_appeal(self, case_id: UUID) -> Row[Any] | None:
        """The appeal against a case's decision, decided or not."""
        return await self._work.row(
            select(_CASES).where(
                self._own, _CASES.c.case_kind == CaseKind.APPEAL, _CASES.c.subject_id == case_id
            )
        )


def _asked(query: CaseQuery) -> Select[Any]:
    """The cases that a query asks for, in no order, one more than its limit."""
    statement = select(_CASES).limit(query.limit + 1)
    if query.state is not None:
        statement = statement.where(_CASES.c.state == query.state)
    if query.kind is not None:
        statement = statement.where(_CASES.c.case_kind == query.kind)
    if query.clinic:
        statement = statement.where(holds_folded(_CASES.c.title, query.clinic))
    return statement


class QueueRepository:
    """Cases of all clinics."""

    def __init__(self, work: PlatformWork) -> None:
        self._work = work

    async def find(self, case_id: UUID) -> Row[Any] | None:
        """One case of any clinic."""
        return await self._work.row(select(_CASES).where(_CASES.c.id == case_id))

    async def list_cases(self, query: CaseQuery, after: tuple[datetime, UUID] | None) -> list[Row[Any]]:
        """Cases in order of their promise, one more than the limit."""
        statement = _asked(query).order_by(_CASES.c.promised_by, _CASES.c.id)
        if after is not None:
            statement = statement.where(
                tuple_(_CASES.c.promised_by, _CASES.c.id) > tuple_(literal(after[0]), literal(after[1]))
            )
        return await self._work.rows(statement)

    async def list_decided(self, query: CaseQuery, after: tuple[datetime, UUID] | None) -> list[Row[Any]]:
        """Decided cases, newest decision first, one more than the limit."""
        statement = _asked(query).order_by(_CASES.c.decided_at.desc(), _CASES.c.id.desc())
        if after is not None:
            statement = statement.where(
                tuple_(_CASES.c.decided_at, _CASES.c.id) < tuple_(literal(after[0]), literal(after[1]))
            )
        return await self._work.rows(statement)

    async def count_states(self, now: datetime) -> Row[Any]:
        """Cases by state, those past their promise, and the oldest promise."""
        waiting = _CASES.c.state != CaseState.DECIDED
        row = await self._work.row(
            select(
                func.count().filter(_CASES.c.state == CaseState.OPEN).label("open"),
                func.count().filter(_CASES.c.state == CaseState.CLAIMED).label("claimed"),
                func.count().filter(_CASES.c.state == CaseState.DECIDED).label("decided"),
                func.count().filter(and_(waiting, _CASES.c.promised_by < now)).label("overdue"),
                func.min(_CASES.c.promised_by).filter(waiting).label("oldest_promise"),
            )
        )
        if row is None:
            raise RuntimeError("a count gave no row")
        return row

    async def count_decisions(self) -> dict[str, int]:
        """Decided cases by decision."""
        rows = await self._work.rows(
            select(_CASES.c.decision, func.count().label("n"))
            .where(_CASES.c.state == CaseState.DECIDED)
            .group_by(_CASES.c.decision)
        )
        return {str(row.decision): int(row.n) for row in rows}

    async def decision_seconds(self, limit: int) -> list[float]:
        """How long the latest decisions took, in seconds."""
        rows = await self._work.rows(
            select(func.extract("epoch", _CASES.c.decided_at - _CASES.c.opened_at))
            .where(_CASES.c.state == CaseState.DECIDED)
            .order_by(_CASES.c.decided_at.desc())
            .limit(limit)
        )
        return [float(row[0]) for row in rows]

    async def list_audit(
        self,
        query: AuditQuery,
        account_id: UUID | None,
        before: UUID | None,
        named: Collection[UUID] | None = None,
    ) -> list[Row[Any]]:
        """Audit events of all clinics, newest first, one more than the limit.

        `account_id` is the actor's, if known; `named` are the accounts whose name fits what was typed.
        """
        statement = select(_AUDIT).order_by(_AUDIT.c.id.desc()).limit(query.limit + 1)
        if before is not None:
            statement = statement.where(_AUDIT.c.id < before)
        if account_id is not None:
            statement = statement.where(_AUDIT.c.by_account_id == account_id)
        elif query.actor:
            label = _AUDIT.c.by_label.icontains(query.actor, autoescape=True)
            statement = statement.where(or_(label, _AUDIT.c.by_account_id.in_(named or ())))
        if query.action:
            exact, part = _AUDIT.c.action == query.action, f"{query.action}."
            statement = statement.where(or_(exact, _AUDIT.c.action.startswith(part, autoescape=True)))
        if query.subject:
            subject_id = id_or_none(query.subject)
            kind = _AUDIT.c.subject_kind == query.subject
            statement = statement.where(kind if subject_id is None else _AUDIT.c.subject_id == subject_id)
        if query.from_on is not None:
            statement = statement.where(_AUDIT.c.at >= datetime.combine(query.from_on, time(), UTC))
        if query.to_on is not None:
            statement = statement.where(_AUDIT.c.at <= datetime.combine(query.to_on, time.max, UTC))
        return await self._work.rows(statement)

    async def count_kinds(self, now: datetime) -> list[Row[Any]]:
        """By kind: cases that wait, those past their promise, since when the oldest waits, and those decided."""
        waiting = _CASES.c.state != CaseState.DECIDED
        return await self._work.rows(
            select(
                _CASES.c.case_kind.label("kind"),
                func.count().filter(waiting).label("waiting"),
                func.count().filter(and_(waiting, _CASES.c.promised_by < now)).label("overdue"),
                func.min(_CASES.c.opened_at).filter(waiting).label("oldest_at"),
                func.count().filter(_CASES.c.state == CaseState.DECIDED).label("decided"),
            ).group_by(_CASES.c.case_kind)
        )

    async def count_reversals(self) -> dict[str, int]:
        """Granted appeals by the kind of case whose decision they undid."""
        kind = _CASES.c.detail["about_kind"].astext
        rows = await self._work.rows(
            select(kind.label("kind"), func.count().label("n"))
            .where(_CASES.c.case_kind == CaseKind.APPEAL, _CASES.c.decision == Decision.APPROVE)
            .group_by(kind)
        )
        return {str(row.kind): int(row.n) for row in rows}

    async def find_slug_of_review(self, review_id: UUID) -> str | None:
        """The slug of the clinic that a published review is about.

        Reads two lower slices' tables: a report names the review alone, and no scope is known yet.
        """
        found: str | None = await self._work.scalar(
            select(_SLUGS.c.slug)
            .join(_REVIEWS, _REVIEWS.c.clinic_id == _SLUGS.c.clinic_id)
            .where(_REVIEWS.c.id == review_id, _REVIEWS.c.state == ReviewState.PUBLISHED)
        )
        return found

    async def count_removed_reviews(self) -> int:
        """Reviews that were taken down, over all clinics: a public count, read here alone."""
        found = await self._work.scalar(
            select(func.count()).select_from(_REVIEWS).where(_REVIEWS.c.state == ReviewState.REMOVED)
        )
        return int(found or 0)
