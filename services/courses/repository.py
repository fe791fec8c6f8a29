"""SQL of courses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from services.clients.models import Client
from services.clinics.models import Location
from services.courses.models import Course
from services.kernel.adding import Adding
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking
from services.treatments.models import Treatment, TreatmentProtocol

_COURSE = table(Course)
_BOOKING, _CLIENT, _TREATMENT = table(Booking), table(Client), table(Treatment)
_PROTOCOL, _LOCATION = table(TreatmentProtocol), table(Location)
_ADD = Adding(_COURSE)


def _is_closed() -> ColumnElement[bool]:
    """Stopped, done, or fallen away as a whole."""
    done = (
        select(func.count(_BOOKING.c.position.distinct()))
        .where(
            _BOOKING.c.clinic_id == _COURSE.c.clinic_id,
            _BOOKING.c.group_id == _COURSE.c.id,
            _BOOKING.c.status == "completed",
        )
        .correlate(_COURSE)
        .scalar_subquery()
    )
    return or_(_COURSE.c.stopped_at.is_not(None), _COURSE.c.status == "cancelled", done >= _COURSE.c.sessions)


class CourseRepository:
    """Courses of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    def add(self, **values: Any) -> None:
        """Adds a course with the commit."""
        self._work.later(_ADD, {"clinic_id": self._clinic, "created_at": self._work.now, **values})

    async def change(self, course_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_COURSE)
            .where(_COURSE.c.clinic_id == self._clinic, _COURSE.c.id == course_id)
            .values(**values)
        )

    async def lock(self, course_id: UUID) -> None:
        """Keeps others from changing the course until this transaction ends."""
        await self._work.execute(
            select(_COURSE.c.id)
            .where(_COURSE.c.clinic_id == self._clinic, _COURSE.c.id == course_id)
            .with_for_update()
        )

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Which of the ids are courses."""
        rows = await self._work.rows(
            select(_COURSE.c.id).where(_COURSE.c.clinic_id == self._clinic, _COURSE.c.id.in_(ids))
        )
        return {row.id for row in rows}

    async def begun_at(self, course_id: UUID) -> datetime | None:
        """When a course was booked; nothing for a single visit."""
        found: datetime | None = await self._work.scalar(
            select(_COURSE.c.created_at).where(_COURSE.c.clinic_id == self._clinic, _COURSE.c.id == course_id)
        )
        return found

    async def list_rows(
        self,
        *,
        course_ids: Sequence[UUID] | None = None,
        client_id: UUID | None = None,
        is_closed: bool = False,
        name: str = "",
        before: UUID | None = None,
        limit: int | None = None,
    ) -> Sequence[Row[Any]]:
        """Courses, newest first, with names and their sessions' statuses.

        One statement with the slices below: the list of courses would otherwise ask them once a course.
        """
        of_course = (_BOOKING.c.clinic_id == _COURSE.c.clinic_id, _BOOKING.c.group_id == _COURSE.c.id)
        placed = func.concat(_BOOKING.c.position, ":", _BOOKING.c.status)
        sessions = select(func.array_agg(placed)).where(*of_course).scalar_subquery()
        zone = (
            select(func.min(_LOCATION.c.time_zone))
            .join(_BOOKING, _BOOKING.c.location_id == _LOCATION.c.id)
            .where(_LOCATION.c.clinic_id == _COURSE.c.clinic_id, *of_course)
            .correlate(_COURSE)
            .scalar_subquery()
        )
        protocol = (
            select(func.max(_PROTOCOL.c.version))
            .where(
                _PROTOCOL.c.clinic_id == _COURSE.c.clinic_id,
                _PROTOCOL.c.treatment_id == _COURSE.c.treatment_id,
                _PROTOCOL.c.written_at <= _COURSE.c.created_at,
            )
            .scalar_subquery()
        )
        statement = (
            select(
                _COURSE,
                _CLIENT.c.name.label("client_name"),
                _TREATMENT.c.name.label("treatment_name"),
                sessions.label("placed"),
                func.coalesce(zone, "UTC").label("time_zone"),
                func.coalesce(protocol, 0).label("protocol_version"),
            )
            .join(
                _CLIENT, and_(_CLIENT.c.clinic_id == _COURSE.c.clinic_id, _CLIENT.c.id == _COURSE.c.client_id)
            )
            .join(
                _TREATMENT,
                and_(
                    _TREATMENT.c.clinic_id == _COURSE.c.clinic_id, _TREATMENT.c.id == _COURSE.c.treatment_id
                ),
            )
            .where(_COURSE.c.clinic_id == self._clinic)
            .order_by(_COURSE.c.id.desc())
            .limit(limit)
        )
        if course_ids is not None:
            statement = statement.where(_COURSE.c.id.in_(course_ids))
        if client_id is not None:
            statement = statement.where(_COURSE.c.client_id == client_id)
        if is_closed:
            statement = statement.where(_is_closed())
        if name:
            statement = statement.where(_CLIENT.c.name.icontains(name, autoescape=True))
        if before is not None:
            statement = statement.where(_COURSE.c.id < before)
        return await self._work.rows(statement)
