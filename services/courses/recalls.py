"""Use cases of a faulty lot: where it was used, and telling everybody on whom it was."""

from __future__ import annotations

from services.courses.recall_repository import RecallRepository
from services.kernel.work import ClinicWork
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView


async def trace_lot(work: ClinicWork, lot: str) -> list[BookingView]:
    """The visits in which a cartridge's lot was used by any version of their record, latest first. Audited."""
    rows = await RecallRepository(work).list_used(lot)
    work.audit("lot.trace", "clinic", work.scope.clinic_id, visits=len(rows))
    return [await scheduling.get_booking(work, row.booking_id) for row in rows]
