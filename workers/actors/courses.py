"""What follows in courses."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.courses import service as courses
from services.kernel.work import ClinicWork
from services.notices import courses as telling
from workers.actor import actor


@actor(scope="clinic")
async def follow_course(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A session fell away: the course it belongs to may be over."""
    await courses.follow_course(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_stop(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client hears once of all that falls away with a course."""
    await telling.tell_stopped(work, UUID(ids["course_id"]))
