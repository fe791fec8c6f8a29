"""SQL of free times: what a treatment needs, who may give it, and what is already taken.

These reads join tables of the slices below in one statement each: free times are the most often asked question
of the product, and asking every slice by itself would cost a dozen round trips (DESIGN, the hot paths).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, any_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.clinics.models import (
    Clinic,
    Device,
    ExceptionKind,
    HoursException,
    Location,
    LocationHours,
    Room,
)
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import (
    Credential,
    CredentialState,
    Practitioner,
    PractitionerException,
    PractitionerHours,
)
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.models import LONGEST_CLAIM_HOURS, Claim
from services.scheduling.rules import Span, Worker
from services.treatments.models import Treatment, TreatmentArea

_CLINIC, _DEVICE, _LOCATION, _ROOM = table(Clinic), table(Device), table(Location), table(Room)
_OPEN, _WORKS = table(LocationHours), table(PractitionerHours)
_OTHER, _AWAY = table(HoursException), table(PractitionerException)
_WHO, _CREDENTIAL = table(Practitioner), table(Credential)
_TREATMENT, _AREA, _CLAIM = table(Treatment), table(TreatmentArea), table(Claim)
_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)
_IDS = ARRAY(PG_UUID(as_uuid=True))

_BUSY = select(_CLAIM.c.resource_id, _CLAIM.c.starts_at, _CLAIM.c.ends_at).where(
    # Plain comparisons, since a range operator cannot use an index under row-level security (docs/adr/0005).
    _CLAIM.c.clinic_id == bindparam("clinic_id"),
    _CLAIM.c.resource_id == any_(bindparam("resources", type_=_IDS)),
    _CLAIM.c.starts_at >= bindparam("not_before"),
    _CLAIM.c.starts_at < bindparam("until"),
    _CLAIM.c.ends_at > bindparam("since"),
)


class AvailabilityRepository:
    """Reads of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def find_offer(self, treatment_id: UUID, *, archived: bool = False) -> Row[Any] | None:
        """A treatment on the menu (or one that was) with its device's place and the clinic's policies."""
        statement = (
            select(
                _TREATMENT.c.id,
                _TREATMENT.c.device_id,
                _TREATMENT.c.booking_mode,
                _TREATMENT.c.preparation_minutes,
                _TREATMENT.c.numbing_minutes,
                _TREATMENT.c.finish_minutes,
                _TREATMENT.c.first_step,
                _TREATMENT.c.first_step_hours,
                _TREATMENT.c.course_sessions,
                _TREATMENT.c.course_price,
                _TREATMENT.c.min_days,
                _TREATMENT.c.target_days,
                _TREATMENT.c.max_days,
                _DEVICE.c.location_id,
                _LOCATION.c.time_zone,
                _CLINIC.c.currency,
                _CLINIC.c.notice_minutes,
                _CLINIC.c.horizon_days,
                _CLINIC.c.status.label("clinic_status"),
                self._areas().label("areas"),
                self._opening().label("hours"),
                self._rooms().label("rooms"),
                self._changes().label("changes"),
            )
            .join(
                _DEVICE,
                and_(_DEVICE.c.clinic_id == _TREATMENT.c.clinic_id, _DEVICE.c.id == _TREATMENT.c.device_id),
            )
            .join(
                _LOCATION,
                and_(_LOCATION.c.clinic_id == _DEVICE.c.clinic_id, _LOCATION.c.id == _DEVICE.c.location_id),
            )
            .join(_CLINIC, _CLINIC.c.clinic_id == _TREATMENT.c.clinic_id)
            .where(_TREATMENT.c.clinic_id == self._clinic, _TREATMENT.c.id == treatment_id)
        )
        if not archived:
            for source in (_TREATMENT, _DEVICE, _LOCATION):
                statement = statement.where(source.c.archived_at.is_(None))
        return await self._work.row(statement)

    def _areas(self) -> Any:
        pairs = func.jsonb_build_array(_AREA.c.area, _AREA.c.minutes, _AREA.c.price)
        return (
            select(func.jsonb_agg(pairs))
            .where(_AREA.c.clinic_id == _TREATMENT.c.clinic_id, _AREA.c.treatment_id == _TREATMENT.c.id)
            .scalar_subquery()
        )

    def _opening(self) -> Any:
        triples = func.jsonb_build_array(_OPEN.c.weekday, _OPEN.c.opens, _OPEN.c.closes)
        return (
            select(func.jsonb_agg(triples))
            .where(_OPEN.c.clinic_id == _LOCATION.c.clinic_id, _OPEN.c.location_id == _LOCATION.c.id)
            .scalar_subquery()
        )

    def _changes(self) -> Any:
        """Other hours of the place on single days; yesterday may still be today there."""
        parts = func.jsonb_build_array(
            _OTHER.c.kind, _OTHER.c.first_on, _OTHER.c.last_on, _OTHER.c.opens, _OTHER.c.closes
        )
        return (
            select(func.jsonb_agg(parts))
            .where(
                _OTHER.c.clinic_id == _LOCATION.c.clinic_id,
                _OTHER.c.location_id == _LOCATION.c.id,
                _OTHER.c.last_on >= self._yesterday(),
                _OTHER.c.kind != ExceptionKind.OPEN,
            )
            .scalar_subquery()
        )

    def _yesterday(self) -> date:
        return (self._work.now - timedelta(days=1)).date()

    def _rooms(self) -> Any:
        return (
            select(func.array_agg(_ROOM.c.id))
            .where(
                _ROOM.c.clinic_id == _LOCATION.c.clinic_id,
                _ROOM.c.location_id == _LOCATION.c.id,
                _ROOM.c.archived_at.is_(None),
            )
            .scalar_subquery()
        )

    async def list_workers(
        self, location_id: UUID, today: date, practitioner_id: UUID | None
    ) -> list[Worker]:
        """Practitioners with hours at the place and a verified credential that has not expired, in order of id."""
        proven = exists().where(
            _CREDENTIAL.c.clinic_id == _WHO.c.clinic_id,
            _CREDENTIAL.c.practitioner_id == _WHO.c.id,
            _CREDENTIAL.c.state == CredentialState.VERIFIED,
            or_(_CREDENTIAL.c.expires_on.is_(None), _CREDENTIAL.c.expires_on >= today),
        )
        statement = (
            select(_WHO.c.id, _WORKS.c.weekday, _WORKS.c.opens, _WORKS.c.closes)
            .join(_WORKS, and_(_WORKS.c.clinic_id == _WHO.c.clinic_id, _WORKS.c.practitioner_id == _WHO.c.id))
            .where(
                _WHO.c.clinic_id == self._clinic,
                _WHO.c.archived_at.is_(None),
                _WORKS.c.location_id == location_id,
                proven,
            )
            .order_by(_WHO.c.id, _WORKS.c.weekday, _WORKS.c.opens)
        )
        if practitioner_id is not None:
            statement = statement.where(_WHO.c.id == practitioner_id)
        hours: dict[UUID, list[Hours]] = defaultdict(list)
        for row in await self._work.rows(statement):
            hours[row.id].append(Hours(row.weekday, row.opens, row.closes))
        changes = await self._changes_of(location_id, hours) if hours else {}
        return [Worker(who, tuple(theirs), tuple(changes.get(who, ()))) for who, theirs in hours.items()]

    async def _changes_of(self, location_id: UUID, people: Iterable[UUID]) -> dict[UUID, list[Change]]:
        """Other hours of those people: what counts everywhere, and what counts at the place."""
        found: dict[UUID, list[Change]] = defaultdict(list)
        rows = await self._work.rows(
            select(_AWAY).where(
                _AWAY.c.clinic_id == self._clinic,
                _AWAY.c.practitioner_id.in_(people),
                _AWAY.c.last_on >= self._yesterday(),
                or_(_AWAY.c.location_id.is_(None), _AWAY.c.location_id == location_id),
            )
        )
        for row in rows:
            times = () if row.opens is None else (row.opens, row.closes)
            found[row.practitioner_id].append(Change(row.kind, row.first_on, row.last_on, *times))
        return dict(found)

    async def list_busy(
        self, resources: Iterable[UUID], since: datetime, until: datetime
    ) -> dict[UUID, Sequence[Span]]:
        """What is taken of the resources between two instants, for all of them in one read."""
        busy: dict[UUID, list[Span]] = defaultdict(list)
        found = await self._work.rows(
            _BUSY,
            {
                "clinic_id": self._clinic,
                "resources": list(resources),
                "not_before": since - _LONGEST,
                "since": since,
                "until": until,
            },
        )
        for row in found:
            busy[row.resource_id].append(Span(row.starts_at, row.ends_at))
        return dict(busy)

    async def find_zone(self, location_id: UUID) -> str | None:
        """The zone of a location of the clinic, or nothing."""
        name: str | None = await self._work.scalar(
            select(_LOCATION.c.time_zone).where(
                _LOCATION.c.clinic_id == self._clinic, _LOCATION.c.id == location_id
            )
        )
        return name

    async def has_practitioner(self, practitioner_id: UUID) -> bool:
        """Whether the clinic has such a practitioner."""
        return bool(
            await self._work.scalar(
                select(_WHO.c.id).where(_WHO.c.clinic_id == self._clinic, _WHO.c.id == practitioner_id)
            )
        )

    async def list_treatment_ids(self, location_id: UUID) -> list[tuple[UUID, str]]:
        """Treatments on the menu at a place, each with its shortest area, shortest visits first."""
        minutes = (
            _AREA.c.minutes
            + _TREATMENT.c.preparation_minutes
            + _TREATMENT.c.numbing_minutes
            + _TREATMENT.c.finish_minutes
        )
        rows = await self._work.rows(
            select(_TREATMENT.c.id, _AREA.c.area, minutes.label("minutes"))
            .join(
                _DEVICE,
                and_(_DEVICE.c.clinic_id == _TREATMENT.c.clinic_id, _DEVICE.c.id == _TREATMENT.c.device_id),
            )
            .join(
                _AREA,
                and_(_AREA.c.clinic_id == _TREATMENT.c.clinic_id, _AREA.c.treatment_id == _TREATMENT.c.id),
            )
            .where(
                _TREATMENT.c.clinic_id == self._clinic,
                _TREATMENT.c.archived_at.is_(None),
                _DEVICE.c.archived_at.is_(None),
                _DEVICE.c.location_id == location_id,
            )
            .order_by("minutes", _TREATMENT.c.id, _AREA.c.area)
        )
        shortest: dict[UUID, str] = {}
        for row in rows:
            shortest.setdefault(row.id, row.area)
        return list(shortest.items())
