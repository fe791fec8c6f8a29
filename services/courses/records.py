"""Use cases of what was done: completing a session with its record, reading it with its history, correcting it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics import service as clinics
from services.courses.recalls import find_called_back, join_recall
from services.courses.record_repository import RecordRepository
from services.courses.repository import CourseRepository
from services.courses.rules import course_status, is_beyond_label, placed_sessions
from services.courses.schemas import CorrectionIn, SessionRecordIn, SessionRecordView
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.language import day, gettext
from services.kernel.vault import Erased, open_for, seal_for
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.treatments.service import label_depth

RECALLED_LOT = "lot-called-back"
_FACTS = ("areas", "passes", "depth_mm", "depth_reason", "lot", "topicals", "notes")


class RecordChanged(WrongState):
    code = "record-changed"
    message = "Somebody has corrected this record meanwhile. Read the latest version, then correct that one."


class NothingCorrected(WrongState):
    code = "nothing-corrected"
    message = "Nothing in it is different from the latest version."


async def complete_session(
    work: ClinicWork, booking_id: UUID, record: SessionRecordIn, by: UUID | None = None
) -> BookingView:
    """Completes a visit with its record; `by` is the account that records. The course follows.

    Raises `NotStarted` before the visit's start, `BookingOver` unless it is confirmed or arrived, and field errors
    for a depth beyond the device's label without a reason, for somebody who does not treat here, and for a lot that
    was called back unless it is said that it was really used.
    """
    # The course before its visits, as everywhere: one order, so no circle of waiting.
    await CourseRepository(work).lock((await scheduling.get_booking(work, booking_id)).group_id)
    booking = await scheduling.mark_completed(work, booking_id)
    await _check(work, booking, record)
    await _add(work, booking, record, by=by, treated=record.practitioner_id or booking.practitioner_id)
    work.audit("session.record", "booking", booking_id)
    await follow_course(work, booking_id)
    return booking


async def correct_record(
    work: ClinicWork, booking_id: UUID, correction: CorrectionIn, by: UUID | None = None
) -> SessionRecordView:
    """Adds a version that corrects the latest one, which stays as it was. Gives the new one.

    Raises `NotFound` where nothing is recorded, `RecordChanged`, `NothingCorrected`, `Erased`, and field errors as
    for a new record.
    """
    booking = await scheduling.get_booking(work, booking_id)
    found = await _versions(work, booking)
    if not found:
        raise NotFound
    before = found[0]
    if before.erased:
        raise Erased
    if before.version != correction.version:
        raise RecordChanged
    await _check(work, booking, correction, before)
    treated = correction.practitioner_id or before.practitioner_id or booking.practitioner_id
    same = all(getattr(correction, name) == getattr(before, name) for name in _FACTS)
    seen = before.consent_seen_at is not None
    if same and treated == before.practitioner_id and correction.consent_seen == seen:
        raise NothingCorrected
    if not await _add(work, booking, correction, by=by, treated=treated, before=before):
        raise RecordChanged
    work.audit("session.correct", "booking", booking_id, version=before.version + 1)
    return (await _versions(work, booking))[0]


async def deepest_on_label(work: ClinicWork, booking: BookingView) -> Decimal | None:
    """The greatest depth on the label of the visit's device; nothing where the label is not known."""
    device = await clinics.get_device(work, booking.device_id, archived=True)
    return label_depth(device.clearance, device.model)


async def follow_course(work: ClinicWork, booking_id: UUID) -> str | None:
    """Brings the course of a booking to where its sessions stand; gives its status, nothing for a single visit."""
    booking = await scheduling.get_booking(work, booking_id)
    courses = CourseRepository(work)
    found = await courses.list_rows(course_ids=[booking.group_id])
    if not found:
        return None
    status = course_status(status for _, status in placed_sessions(found[0].placed or []))
    if status != found[0].status:
        await courses.change(booking.group_id, status=status)
        work.audit(f"course.{status}", "course", booking.group_id)
    return status


async def find_record(work: ClinicWork, booking_id: UUID) -> SessionRecordView | None:
    """The latest version of a session's record, or nothing; the look is recorded where there is one."""
    found = await list_versions(work, booking_id)
    return found[0] if found else None


async def list_versions(work: ClinicWork, booking_id: UUID) -> list[SessionRecordView]:
    """All versions of a session's record, the latest first; the look is recorded where there is one."""
    found = await _versions(work, await scheduling.get_booking(work, booking_id))
    if found:
        work.audit("session.read", "booking", booking_id)
    return found


async def _check(
    work: ClinicWork, booking: BookingView, record: SessionRecordIn, before: SessionRecordView | None = None
) -> None:
    deepest = await deepest_on_label(work, booking)
    if is_beyond_label(record.depth_mm, deepest) and not record.depth_reason:
        words = gettext("The device's label goes to {deepest} mm. Say why it went deeper.", deepest=deepest)
        raise InvalidFields.one("depth_reason", "missing", words)
    known = {booking.practitioner_id, before.practitioner_id if before else None, None}
    if record.practitioner_id not in known and record.practitioner_id not in {
        person.id for person in await practitioners.list_practitioners(work)
    }:
        raise InvalidFields.one("practitioner_id", "unknown", "Nobody of this clinic has that id.")
    await _check_lot(work, booking, record, before)


async def _check_lot(
    work: ClinicWork, booking: BookingView, record: SessionRecordIn, before: SessionRecordView | None
) -> None:
    """A lot that is called back is taken only if it was really used; the clinic then has whom to tell."""
    called = await find_called_back(work, record.lot, before=before.lot if before else None)
    if called is None:
        return
    if not record.recalled_lot_used:
        since = day(called.started_at, booking.time_zone)
        words = gettext(
            "This lot was called back on {since}. If it really was used, confirm that; then tell the client.",
            since=since,
        )
        raise InvalidFields.one("lot", RECALLED_LOT, words)
    await join_recall(work, called)


async def _add(
    work: ClinicWork,
    booking: BookingView,
    record: SessionRecordIn,
    *,
    by: UUID | None,
    treated: UUID,
    before: SessionRecordView | None = None,
) -> bool:
    name = work.scope.by.label
    seen_at, seen_by = (work.now, name) if record.consent_seen else (None, "")
    if before and before.consent_seen_at and record.consent_seen:
        seen_at, seen_by = before.consent_seen_at, before.consent_seen_by
    return await RecordRepository(work).add(
        booking_id=booking.id,
        version=before.version + 1 if before else 1,
        practitioner_id=treated,
        areas=list(record.areas),
        passes=record.passes,
        depth_mm=record.depth_mm,
        depth_reason=await _sealed(work, booking, record.depth_reason),
        lot=record.lot,
        topicals=list(record.topicals),
        notes=await _sealed(work, booking, record.notes),
        consent_seen_at=seen_at,
        consent_seen_by=seen_by,
        why=await _sealed(work, booking, record.why if isinstance(record, CorrectionIn) else ""),
        recorded_by=by,
        recorded_name=name,
    )


async def _versions(work: ClinicWork, booking: BookingView) -> list[SessionRecordView]:
    rows = await RecordRepository(work).versions(booking.id)
    return [await _opened(work, booking.client_id, row) for row in rows]


async def _opened(work: ClinicWork, client_id: UUID, row: Row[Any]) -> SessionRecordView:
    texts, erased = {"depth_reason": "", "notes": "", "why": ""}, False
    for name in texts:
        box = getattr(row, name)
        try:
            texts[name] = "" if box is None else (await open_for(work, client_id, box)).decode()
        except Erased:
            erased = True
    return SessionRecordView(
        booking_id=row.booking_id,
        version=row.version,
        practitioner_id=row.practitioner_id,
        practitioner_name=row.practitioner_name or "",
        areas=row.areas,
        passes=row.passes,
        depth_mm=row.depth_mm,
        lot=row.lot,
        topicals=row.topicals,
        consent_seen_at=row.consent_seen_at,
        consent_seen_by=row.consent_seen_by,
        recorded_by=row.recorded_by,
        recorded_name=row.recorded_name,
        recorded_at=row.recorded_at,
        erased=erased,
        **texts,
    )


async def _sealed(work: ClinicWork, booking: BookingView, text: str) -> bytes | None:
    return await seal_for(work, booking.client_id, text.encode()) if text else None
