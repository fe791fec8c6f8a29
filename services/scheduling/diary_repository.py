"""SQL of a diary: what each visit and each kept time takes, claim by claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Claim
from services.scheduling.rules import Span

_CLAIM = table(Claim)
Taken = Mapping[UUID, Sequence[tuple[UUID, Span]]]


class DiaryRepository:
    """Claims of one clinic, by what they belong to."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def list_taken(self, booking_ids: Sequence[UUID], hold_ids: Sequence[UUID]) -> Taken:
        """What bookings and holds take (resource and span), by booking or hold, in order of time."""
        owner = func.coalesce(_CLAIM.c.booking_id, _CLAIM.c.hold_id).label("owner")
        rows = await self._work.rows(
            select(owner, _CLAIM.c.resource_id, _CLAIM.c.starts_at, _CLAIM.c.ends_at)
            .where(
                _CLAIM.c.clinic_id == self._work.scope.clinic_id,
                or_(_CLAIM.c.booking_id.in_(booking_ids), _CLAIM.c.hold_id.in_(hold_ids)),
            )
            .order_by(_CLAIM.c.starts_at)
        )
        found: dict[UUID, list[tuple[UUID, Span]]] = defaultdict(list)
        for row in rows:
            found[row.owner].append((row.resource_id, Span(row.starts_at, row.ends_at)))
        return found
