"""What follows in courses."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.courses import service as courses
from services.kernel.work import ClinicWork
from workers.actor import actor


@actor(scope="clinic")
async def follow_course(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A session fell away: the course it belongs to may be over."""
    await courses.follow_course(work, UUID(ids["booking_id"]))
