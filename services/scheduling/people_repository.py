"""SQL of practitioners' claims and the person they are bound to, and of that person at other clinics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Row,
    Uuid,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.clinics.models import Membership
from services.kernel.tables import table
from services.kernel.work import ClinicWork, PlatformWork
from services.practitioners.models import Practitioner
from services.scheduling.models import Booking, BookingReference, Claim

_CLAIM, _BOOKING, _REFERENCE = table(Claim), table(Booking), table(BookingReference)
_MEMBER, _WHO = table(Membership), table(Practitioner)
_INSTANT = DateTime(timezone=True)


def works_elsewhere(person_id: ColumnElement[Any], clinic_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a person belongs to the team of another clinic too: nobody else treats there under their account."""
    return (
        exists()
        .where(_MEMBER.c.account_id == person_id, _MEMBER.c.clinic_id != clinic_id)
        .correlate_except(_MEMBER)
    )


async def list_elsewhere(work: PlatformWork, person_id: UUID, clinic_id: UUID) -> list[tuple[UUID, UUID]]:
    """The other clinics at which a person treats, each with the practitioner they are there."""
    mine = and_(_WHO.c.clinic_id == _MEMBER.c.clinic_id, _WHO.c.account_id == _MEMBER.c.account_id)
    rows = await work.rows(
        select(_WHO.c.clinic_id, _WHO.c.id)
        .select_from(_MEMBER.join(_WHO, mine))
        .where(
            _MEMBER.c.account_id == person_id, _MEMBER.c.clinic_id != clinic_id, _WHO.c.archived_at.is_(None)
        )
        .order_by(_WHO.c.clinic_id)
    )
    return [(row.clinic_id, row.id) for row in rows]


async def list_visits_of(work: PlatformWork, person_id: UUID, booking_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the bookings, of any clinic, that a person gives and none of whose time is not bound to them."""
    where = and_(_BOOKING.c.clinic_id == _REFERENCE.c.clinic_id, _BOOKING.c.id == _REFERENCE.c.booking_id)
    who = and_(_WHO.c.clinic_id == _BOOKING.c.clinic_id, _WHO.c.id == _BOOKING.c.practitioner_id)
    not_theirs = exists().where(
        _CLAIM.c.clinic_id == _BOOKING.c.clinic_id,
        _CLAIM.c.booking_id == _BOOKING.c.id,
        _CLAIM.c.resource_id == _BOOKING.c.practitioner_id,
        _CLAIM.c.person_id.is_distinct_from(person_id),
    )
    rows = await work.rows(
        select(_BOOKING.c.id)
        .select_from(_REFERENCE.join(_BOOKING, where).join(_WHO, who))
        .where(_REFERENCE.c.booking_id.in_(list(booking_ids)), _WHO.c.account_id == person_id, ~not_theirs)
    )
    return {row.id for row in rows}


class PeopleRepository:
    """Claims of one clinic's practitioners."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def list_elsewhere(self, people: Iterable[UUID]) -> set[UUID]:
        """Those of the people who work for another clinic too."""
        rows = await self._work.rows(
            select(_MEMBER.c.account_id)
            .distinct()
            .where(_MEMBER.c.account_id.in_(list(people)), _MEMBER.c.clinic_id != self._work.scope.clinic_id)
        )
        return {row.account_id for row in rows}

    async def list_taken_elsewhere(self, since: datetime, until: datetime) -> list[Row[Any]]:
        """(practitioner, start, end) of the times between two instants at which they are taken at other clinics.

        By the function that says no more of another clinic than that, in order of time.
        """
        mine = (_WHO.c.clinic_id == self._work.scope.clinic_id, _WHO.c.archived_at.is_(None))
        people = select(func.array_agg(_WHO.c.account_id)).where(*mine).scalar_subquery()
        taken = func.person_busy(people, self._work.scope.clinic_id, since, until).table_valued(
            column("person_id", Uuid()), column("starts_at", _INSTANT), column("ends_at", _INSTANT)
        )
        return await self._work.rows(
            select(_WHO.c.id.label("practitioner_id"), taken.c.starts_at, taken.c.ends_at)
            .join(taken, taken.c.person_id == _WHO.c.account_id)
            .where(*mine)
            .order_by(taken.c.starts_at, _WHO.c.id)
        )

    async def list_bound(self, practitioner_id: UUID, but_of: UUID | None) -> set[UUID]:
        """The people whom the practitioner's claims are bound to, without that one."""
        rows = await self._work.rows(
            select(_CLAIM.c.person_id)
            .distinct()
            .where(
                self._ahead(practitioner_id),
                _CLAIM.c.person_id.isnot(None),
                _CLAIM.c.person_id.is_distinct_from(but_of),
            )
        )
        return {row.person_id for row in rows}

    async def free(self, practitioner_id: UUID, but_of: UUID | None) -> None:
        """Takes the person off the practitioner's claims, past ones too, but for those of that one."""
        mine = and_(self._of(practitioner_id), _CLAIM.c.person_id.is_distinct_from(but_of))
        await self._work.execute(
            update(_CLAIM).where(mine, _CLAIM.c.person_id.isnot(None)).values(person_id=None)
        )
        await self._free_given_back(practitioner_id, but_of)

    async def _free_given_back(self, practitioner_id: UUID, but_of: UUID | None) -> None:
        """The same of the claims that bookings gave back and keep."""
        claim = func.jsonb_array_elements(_BOOKING.c.given_back, type_=JSONB).column_valued("claim")
        resource, person = claim["resource_id"].astext, claim["person_id"].astext
        others = and_(
            resource == str(practitioner_id), person.isnot(None), person.is_distinct_from(str(but_of))
        )
        freed = case((others, claim.op("||")(cast({"person_id": None}, JSONB))), else_=claim)
        await self._work.execute(
            update(_BOOKING)
            .where(
                _BOOKING.c.clinic_id == self._work.scope.clinic_id,
                _BOOKING.c.given_back.contains([{"resource_id": str(practitioner_id)}]),
                select(func.bool_or(others)).scalar_subquery(),
            )
            .values(given_back=select(func.jsonb_agg(freed)).scalar_subquery())
        )

    async def list_unbound(self, practitioner_id: UUID) -> list[UUID]:
        """The bookings whose claims on the practitioner are nobody's, in order."""
        rows = await self._work.rows(
            select(_CLAIM.c.booking_id)
            .distinct()
            .where(
                self._ahead(practitioner_id), _CLAIM.c.person_id.is_(None), _CLAIM.c.booking_id.isnot(None)
            )
            .order_by(_CLAIM.c.booking_id)
        )
        return [row.booking_id for row in rows]

    async def bind(self, practitioner_id: UUID, booking_id: UUID, person_id: UUID) -> None:
        """Binds a booking's claims on the practitioner. Raises what the database says of an overlap."""
        await self._work.execute(
            update(_CLAIM)
            .where(self._ahead(practitioner_id), _CLAIM.c.booking_id == booking_id)
            .values(person_id=person_id)
        )

    def _ahead(self, practitioner_id: UUID) -> ColumnElement[bool]:
        return and_(self._of(practitioner_id), _CLAIM.c.ends_at > self._work.now)

    def _of(self, practitioner_id: UUID) -> ColumnElement[bool]:
        return and_(_CLAIM.c.clinic_id == self._work.scope.clinic_id, _CLAIM.c.resource_id == practitioner_id)
