"""Moving a session by what its course was booked with: its intervals, whatever the menu says by now, and its wishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from services.courses.service import find_course
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.course_rules import Window
from services.scheduling.preference_rules import Preferences
from services.scheduling.schemas import BookingView, MovePreview
from services.scheduling.status_rules import By


class HowMoved(TypedDict, total=False):
    """Who moves it, and what is asked for beside the time."""

    by: By
    practitioner_id: UUID | None
    room_id: UUID | None
    device_id: UUID | None


class _Terms(TypedDict, total=False):
    window: Window
    preferences: Preferences


async def move_visit(
    work: ClinicWork,
    booking_id: UUID,
    starts_at: datetime,
    *,
    rest: Mapping[UUID, datetime] | None = None,
    **how: Unpack[HowMoved],
) -> BookingView:
    """Moves a visit, a session of a course or not; does and raises what `scheduling.reschedule` does."""
    terms = await _terms(work, booking_id)
    return await scheduling.reschedule(work, booking_id, starts_at, rest=rest, **terms, **how)


async def accept_move(work: ClinicWork, booking_id: UUID, *, seen: datetime | None = None) -> BookingView:
    """The clinic says yes to another time that a client asked for, as `scheduling.accept_move` does."""
    terms = await _terms(work, booking_id)
    return await scheduling.accept_move(work, booking_id, seen=seen, **terms)


async def preview_move(
    work: ClinicWork, booking_id: UUID, starts_at: datetime, **how: Unpack[HowMoved]
) -> MovePreview:
    """What the move would do now; nothing is changed. Raises as `move_visit` does."""
    terms = await _terms(work, booking_id)
    return await scheduling.preview_move(work, booking_id, starts_at, **terms, **how)


async def _terms(work: ClinicWork, booking_id: UUID) -> _Terms:
    """What the course was booked with; nothing for a single visit."""
    course = await find_course(work, (await scheduling.get_booking(work, booking_id)).group_id)
    return {"window": course.window, "preferences": course.preferences} if course else {}
