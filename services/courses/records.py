"""Use cases of what was done: completing a session with its record, reading it, tracing a cartridge lot."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from services.clinics import service as clinics
from services.courses.repository import CourseRepository
from services.courses.rules import course_status, is_beyond_label
from services.courses.schemas import SessionRecordIn, SessionRecordView
from services.kernel.errors import InvalidFields
from services.kernel.vault import Erased, open_for, seal_for
from services.kernel.work import ClinicWork
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.treatments.service import label_depth


async def complete_session(
    work: ClinicWork, booking_id: UUID, record: SessionRecordIn, by: UUID | None = None
) -> BookingView:
    """Completes a visit with its record; `by` is the account that records. The course follows.

    Raises `NotStarted` before the visit's start, `BookingOver` unless it is confirmed or arrived, and a field error
    for a depth beyond the device's label without a reason.
    """
    booking = await scheduling.mark_completed(work, booking_id)
    deepest = await deepest_on_label(work, booking)
    if is_beyond_label(record.depth_mm, deepest) and not record.depth_reason:
        words = f"The device's label goes to {deepest} mm. Say why it went deeper."
        raise InvalidFields.one("depth_reason", "missing", words)
    await CourseRepository(work).add_record(
        booking_id=booking_id,
        areas=list(record.areas),
        depth_mm=record.depth_mm,
        depth_reason=await _sealed(work, booking, record.depth_reason),
        lot=record.lot,
        topicals=list(record.topicals),
        notes=await _sealed(work, booking, record.notes),
        recorded_by=by,
    )
    work.audit("session.record", "booking", booking_id)
    await follow_course(work, booking_id)
    return booking


async def deepest_on_label(work: ClinicWork, booking: BookingView) -> Decimal | None:
    """The greatest depth on the label of the visit's device; nothing where the label is not known."""
    for device in await clinics.list_devices(work, booking.location_id):
        if device.id == booking.device_id:
            return label_depth(device.clearance, device.model)
    return None


async def _sealed(work: ClinicWork, booking: BookingView, text: str) -> bytes | None:
    return await seal_for(work, booking.client_id, text.encode()) if text else None


async def _opened(work: ClinicWork, client_id: UUID, sealed: bytes | None) -> str:
    """The words, or none where there were none or the client was erased: depth and lot are read all the same."""
    try:
        return "" if sealed is None else (await open_for(work, client_id, sealed)).decode()
    except Erased:
        return ""


async def follow_course(work: ClinicWork, booking_id: UUID) -> str | None:
    """Brings the course of a booking to where its sessions stand; gives its status, nothing for a single visit."""
    booking = await scheduling.get_booking(work, booking_id)
    courses = CourseRepository(work)
    found = await courses.list_rows(course_id=booking.group_id)
    if not found:
        return None
    status = course_status(found[0].statuses)
    if status != found[0].status:
        await courses.set_status(booking.group_id, status)
        work.audit(f"course.{status}", "course", booking.group_id)
    return status


async def find_record(work: ClinicWork, booking_id: UUID) -> SessionRecordView | None:
    """A session's record with its notes opened, or nothing; the look is recorded where there is one."""
    row = await CourseRepository(work).find_record(booking_id)
    if row is None:
        return None
    client_id = (await scheduling.get_booking(work, booking_id)).client_id
    work.audit("session.read", "booking", booking_id)
    return SessionRecordView(
        booking_id=booking_id,
        areas=row.areas,
        depth_mm=row.depth_mm,
        depth_reason=await _opened(work, client_id, row.depth_reason),
        lot=row.lot,
        topicals=row.topicals,
        notes=await _opened(work, client_id, row.notes),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


async def trace_lot(work: ClinicWork, lot: str) -> list[BookingView]:
    """The visits in which a cartridge lot was used, latest first: who has to be told if it was faulty. Audited."""
    rows = await CourseRepository(work).list_lot(lot.strip())
    work.audit("lot.trace", "clinic", work.scope.clinic_id, visits=len(rows))
    return [await scheduling.get_booking(work, row.booking_id) for row in rows]
