"""SQL of practitioners' claims and the person they are bound to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking, Claim

_CLAIM, _BOOKING = table(Claim), table(Booking)


class PeopleRepository:
    """Claims of one clinic's practitioners."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

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
        others = and_(resource == str(practitioner_id), person.is_distinct_from(str(but_of)))
        freed = case((others, claim.op("||")(cast({"person_id": None}, JSONB))), else_=claim)
        await self._work.execute(
            update(_BOOKING)
            .where(
                _BOOKING.c.clinic_id == self._work.scope.clinic_id,
                _BOOKING.c.given_back.contains([{"resource_id": str(practitioner_id)}]),
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
