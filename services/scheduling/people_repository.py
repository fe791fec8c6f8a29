"""SQL of practitioners' claims and the person they are bound to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Claim

_CLAIM = table(Claim)


class PeopleRepository:
    """Claims of one clinic's practitioners that are not over."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def free(self, practitioner_id: UUID, but_of: UUID | None) -> None:
        """Takes the person off the practitioner's claims, but for those of that one."""
        mine = and_(self._ahead(practitioner_id), _CLAIM.c.person_id.is_distinct_from(but_of))
        await self._work.execute(
            update(_CLAIM).where(mine, _CLAIM.c.person_id.isnot(None)).values(person_id=None)
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
        return and_(
            _CLAIM.c.clinic_id == self._work.scope.clinic_id,
            _CLAIM.c.resource_id == practitioner_id,
            _CLAIM.c.ends_at > self._work.now,
        )
