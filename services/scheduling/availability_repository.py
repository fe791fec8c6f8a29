"""SQL of free times: what a treatment needs, who may give it, and what is already taken.

These reads join tables of the slices below in one statement each: free times are the most often asked question
of the product, and asking every slice by itself would cost a dozen round trips (DESIGN, the hot paths).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, and_, exists, func, literal, or_, select

from services.clinics.models import (
    Clinic,
    Device,
    ExceptionKind,
    HoursException,
    Location,
    LocationHours,
    Room,
    Travel,
)
from services.kernel.ports import Asks
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import (
    Credential,
    CredentialState,
    Practitioner,
    PractitionerException,
    PractitionerHours,
)
from services.scheduling.hours_rules import EXTRA, Change, Hours
from services.scheduling.models import ScheduleVersion
from services.scheduling.rules import Worker
from services.treatments.models import Treatment, TreatmentArea, TreatmentPerformer, TreatmentRoom

_CLINIC, _DEVICE, _LOCATION, _ROOM = table(Clinic), table(Device), table(Location), table(Room)
_PLACE = _LOCATION.alias()
_OPEN, _WORKS = table(LocationHours), table(PractitionerHours)
_OTHER, _AWAY = table(HoursException), table(PractitionerException)
_WHO, _CREDENTIAL = table(Practitioner), table(Credential)
_TREATMENT, _AREA, _GIVES = table(Treatment), table(TreatmentArea), table(TreatmentPerformer)
_GIVEN_IN = table(TreatmentRoom)
_TRAVEL, _VERSION = table(Travel), table(ScheduleVersion)


def _tool(device: Any) -> Any:
    """A device as `device_rules.Tool` takes it."""
    what = device.c
    return func.jsonb_build_array(
        what.id, what.maker, what.model, what.modality, what.clearance, what.single_use_cartridges
    )


_TOOL = _tool(_DEVICE)
# The booking under which the database gives what a practitioner's own calendar says.
ELSEWHERE = UUID(int=0)
_VERSION_NOW = """
    SELECT (SELECT version FROM schedule_version WHERE clinic_id = $1) AS version,
           coalesce(current_setting('app.schedule_touched', true), '') = 'yes' AS touched
"""
_BUSY = "SELECT * FROM schedule_busy($1, $2, $3, $4, $5, $6, $7, $8)"
BUSY_OF_MANY = """
    SELECT found.*
    FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
                $6::timestamptz[], $7::timestamptz[], $8::text[])
         WITH ORDINALITY AS one (slug, clinic, known, wanted, people, since, until, seen, place)
    CROSS JOIN LATERAL schedule_busy(one.slug, one.clinic, one.known, one.wanted::uuid[], one.people::uuid[],
                                     one.since, one.until, one.seen) AS found
    ORDER BY one.place
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken, row by row: resource (or, at another clinic, person), span, place and booking where known.

    Without rows, where a slug was given and the version is not the one that was known: what the caller keeps is not
    current any more. Without rows too where the digest is the one that the caller has seen: they have the rows.
    """

    clinic_id: UUID | None
    version: UUID | None
    moved: float
    digest: str | None
    rows: Sequence[tuple[UUID, datetime, datetime, UUID | None, UUID | None]]


async def read_taken(
    asks: Asks,
    *,
    slug: str | None,
    clinic_id: UUID | None,
    known: UUID | None,
    resources: Sequence[UUID],
    people: Sequence[UUID],
    since: datetime,
    until: datetime,
    seen: str | None = None,
) -> Taken:
    """What is taken of resources, and of people elsewhere, between two instants: one round trip.

    The clinic is given by its id, or by its slug for the public, who then get nothing of one that is not live. `seen`
    is the digest of what the caller has, and anything else where they have nothing but want the digest.
    """
    row = await asks.ask(_BUSY, slug, clinic_id, known, resources, people, since, until, seen)
    found, places, bookings = row["resources"] or (), row["places"] or (), row["bookings"] or ()
    return Taken(
        row["clinic"],
        row["version"],
        row["moved"] or 0,
        row["digest"],
        list(zip_longest(found, row["starts"] or (), row["ends"] or (), places, bookings)),
    )


class AvailabilityRepository:
    """Reads of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def version(self) -> tuple[UUID | None, bool]:
        """The version of what the clinic's free times depend on, and whether this transaction has changed it."""
        row = await self._work.ask(_VERSION_NOW, self._clinic)
        return row["version"], row["touched"]

    async def find_offer(self, treatment_id: UUID) -> Row[Any] | None:
        """A treatment on the menu, or one that was, with its device's place and the clinic's policies."""
        statement = (
            select(
                _TREATMENT.c.id,
                _TREATMENT.c.booking_mode,
                _TREATMENT.c.modality,
                _TREATMENT.c.concerns,
                _TREATMENT.c.device_choice,
                _TREATMENT.c.numbing_in,
                _TREATMENT.c.archived_at.is_(None).label("on_menu"),
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
                _CLINIC.c.country,
                _CLINIC.c.currency,
                _CLINIC.c.notice_minutes,
                _CLINIC.c.horizon_days,
                _CLINIC.c.grid_minutes,
                _CLINIC.c.status.label("clinic_status"),
                _LOCATION.c.archived_at.is_(None).label("in_place"),
                self._areas().label("areas"),
                self._opening().label("hours"),
                self._rooms().label("rooms"),
                self._given_in().label("given_in"),
                _TOOL.label("device"),
                self._devices().label("devices"),
                self._travel().label("travel"),
                self._performers().label("performers"),
                self._everyone().label("everyone"),
                self._places().label("places"),
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
        return await self._work.row(statement)

    def _areas(self) -> Any:
        pairs = func.jsonb_build_array(_AREA.c.area, _AREA.c.minutes, _AREA.c.price)
        return (
            select(func.jsonb_agg(pairs))
            .where(_AREA.c.clinic_id == _TREATMENT.c.clinic_id, _AREA.c.treatment_id == _TREATMENT.c.id)
            .scalar_subquery()
        )

    def _opening(self) -> Any:
        parts = func.jsonb_build_array(
            _OPEN.c.weekday,
            _OPEN.c.opens,
            _OPEN.c.closes,
            _OPEN.c.weeks,
            _OPEN.c.valid_from,
            _OPEN.c.valid_until,
        )
        return (
            select(func.jsonb_agg(parts))
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
        pairs = func.jsonb_build_array(_ROOM.c.id, _ROOM.c.room_kind)
        return (
            select(func.jsonb_agg(pairs))
            .where(
                _ROOM.c.clinic_id == _LOCATION.c.clinic_id,
                _ROOM.c.location_id == _LOCATION.c.id,
                _ROOM.c.archived_at.is_(None),
            )
            .scalar_subquery()
        )

    def _given_in(self) -> Any:
        """The rooms that are named for the treatment, where some are."""
        return (
            select(func.array_agg(_GIVEN_IN.c.room_id))
            .where(
                _GIVEN_IN.c.clinic_id == _TREATMENT.c.clinic_id, _GIVEN_IN.c.treatment_id == _TREATMENT.c.id
            )
            .scalar_subquery()
        )

    def _devices(self) -> Any:
        """The devices at the place."""
        other = _DEVICE.alias()
        return (
            select(func.jsonb_agg(_tool(other)))
            .where(
                other.c.clinic_id == _DEVICE.c.clinic_id,
                other.c.location_id == _DEVICE.c.location_id,
                other.c.archived_at.is_(None),
            )
            .scalar_subquery()
        )

    def _travel(self) -> Any:
        return (
            select(func.jsonb_object_agg(_TRAVEL.c.other_id, _TRAVEL.c.minutes))
            .where(_TRAVEL.c.clinic_id == _LOCATION.c.clinic_id, _TRAVEL.c.location_id == _LOCATION.c.id)
            .scalar_subquery()
        )

    def _performers(self) -> Any:
        return (
            select(func.array_agg(_GIVES.c.practitioner_id))
            .where(_GIVES.c.clinic_id == _TREATMENT.c.clinic_id, _GIVES.c.treatment_id == _TREATMENT.c.id)
            .scalar_subquery()
        )

    def _everyone(self) -> Any:
        """Everyone who ever treated at the clinic."""
        return select(func.array_agg(_WHO.c.id)).where(_WHO.c.clinic_id == self._clinic).scalar_subquery()

    def _places(self) -> Any:
        return select(func.array_agg(_PLACE.c.id)).where(_PLACE.c.clinic_id == self._clinic).scalar_subquery()

    async def list_workers(self, location_id: UUID) -> list[Worker]:
        """Practitioners with a verified credential whose last day is not over everywhere, in order of id.

        Those with weekly hours at the place, and those who come there for extra time alone.
        """
        until = self._until()
        statement = (
            select(
                _WHO.c.id,
                _WHO.c.daily_maximum,
                _WHO.c.account_id,
                until.c.until,
                _WORKS.c.weekday,
                _WORKS.c.opens,
                _WORKS.c.closes,
                _WORKS.c.weeks,
                _WORKS.c.valid_from,
                _WORKS.c.valid_until,
            )
            .join(until, until.c.practitioner_id == _WHO.c.id)
            .outerjoin(
                _WORKS,
                and_(
                    _WORKS.c.clinic_id == _WHO.c.clinic_id,
                    _WORKS.c.practitioner_id == _WHO.c.id,
                    _WORKS.c.location_id == location_id,
                ),
            )
            .where(
                _WHO.c.clinic_id == self._clinic,
                _WHO.c.archived_at.is_(None),
                or_(_WORKS.c.opens.isnot(None), self._comes_extra(location_id)),
                until.c.until >= self._yesterday(),
            )
            .order_by(_WHO.c.id, _WORKS.c.weekday, _WORKS.c.opens)
        )
        hours: dict[UUID, list[Hours]] = defaultdict(list)
        people: dict[UUID, Row[Any]] = {}
        for row in await self._work.rows(statement):
            people[row.id] = row
            if row.opens is not None:
                hours[row.id].append(
                    Hours(row.weekday, row.opens, row.closes, row.weeks, row.valid_from, row.valid_until)
                )
        changes = await self._changes_of(location_id, people) if people else {}
        return [
            Worker(
                who,
                tuple(hours.get(who, ())),
                tuple(changes.get(who, ())),
                row.daily_maximum,
                row.account_id,
                row.until,
            )
            for who, row in people.items()
        ]

    def _until(self) -> Any:
        """The last day on which a verified credential of each practitioner counts, by the one that counts longest."""
        last = func.max(func.coalesce(_CREDENTIAL.c.expires_on, literal(date.max, Date)))
        return (
            select(_CREDENTIAL.c.practitioner_id, last.label("until"))
            .where(_CREDENTIAL.c.clinic_id == self._clinic, _CREDENTIAL.c.state == CredentialState.VERIFIED)
            .group_by(_CREDENTIAL.c.practitioner_id)
            .subquery()
        )

    def _comes_extra(self, location_id: UUID) -> Any:
        """Whether somebody has extra time at the place that is not over."""
        return exists().where(
            _AWAY.c.clinic_id == _WHO.c.clinic_id,
            _AWAY.c.practitioner_id == _WHO.c.id,
            _AWAY.c.location_id == location_id,
            _AWAY.c.kind == EXTRA,
            _AWAY.c.last_on >= self._yesterday(),
        )

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

    async def find_zone(self, location_id: UUID) -> str | None:
        """The zone of a location of the clinic, or nothing."""
        name: str | None = await self._work.scalar(
            select(_LOCATION.c.time_zone).where(
                _LOCATION.c.clinic_id == self._clinic, _LOCATION.c.id == location_id
            )
        )
        return name

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
                _DEVICE.c.location_id == location_id,
            )
            .order_by("minutes", _TREATMENT.c.id, _AREA.c.area)
        )
        shortest: dict[UUID, str] = {}
        for row in rows:
            shortest.setdefault(row.id, row.area)
        return list(shortest.items())
