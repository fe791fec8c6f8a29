"""What is ours and comes back in a practitioner's calendar elsewhere: visits, blocked times, time away.

A clinic passes by what it holds itself, and visits elsewhere whose time is the practitioner's own here (`people`): of
those it knows better than any copy when they are. All else counts like anybody's, such as the visits at another clinic
of somebody who is not linked to an account.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.kernel.scope import PlatformScope
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling.external_repository import ExternalRepository
from services.scheduling.external_rules import Read, Spans, spans_that_count
from services.scheduling.people_repository import list_visits_of

_WHY = "which visits of a person at other clinics are their time here"


async def spans_unknown(work: ClinicWork, database: Database, practitioner_id: UUID, read: Read) -> Spans:
    """When a practitioner is busy by what was read of a calendar of theirs, but for what is known here already."""
    known = await ExternalRepository(work).list_held(read.ours)
    known |= await _followed(work, database, practitioner_id, read.ours.keys() - known)
    return spans_that_count(read, known)


async def _followed(
    work: ClinicWork, database: Database, practitioner_id: UUID, ids: Collection[UUID]
) -> set[UUID]:
    """Of events of other clinics, the visits of whom the practitioner signs in as."""
    person_id = await practitioners.find_account(work, practitioner_id) if ids else None
    if person_id is None:
        return set()
    async with database.begin(PlatformScope(_WHY, work.scope.by)) as platform:
        return await list_visits_of(platform, person_id, ids)
