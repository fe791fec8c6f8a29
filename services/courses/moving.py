"""Moving a session inside the intervals that its course began with: a menu that changed since is another course's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from services.courses.service import find_course
from services.kernel.work import ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.course_rules import Window
from services.scheduling.schemas import BookingView, MovePreview
from services.scheduling.status_rules import By


class HowMoved(TypedDict, total=False):
    """Who moves it, and what is asked for beside the time."""

    by: By
    practitioner_id: UUID | None
    room_id: UUID | None
    device_id: UUID | None


async def move_visit(
    work: ClinicWork,
    booking_id: UUID,
    starts_at: datetime,
    *,
    rest: Mapping[UUID, datetime] | None = None,
    **how: Unpack[HowMoved],
) -> BookingView:
    """Moves a visit, a session of a course or not; does and raises what `scheduling.reschedule` does."""
    window = await _window(work, booking_id)
    return await scheduling.reschedule(work, booking_id, starts_at, rest=rest, window=window, **how)


async def preview_move(
    work: ClinicWork, booking_id: UUID, starts_at: datetime, **how: Unpack[HowMoved]
) -> MovePreview:
    """What the move would do now; nothing is changed. Raises as `move_visit` does."""
    window = await _window(work, booking_id)
    return await scheduling.preview_move(work, booking_id, starts_at, window=window, **how)


async def _window(work: ClinicWork, booking_id: UUID) -> Window | None:
    course = await find_course(work, (await scheduling.get_booking(work, booking_id)).group_id)
    return course.window if course else None
