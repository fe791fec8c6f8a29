"""Use cases of a practitioner's other hours on single days: extra time at a place, taken time, days away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork
from services.practitioners.events import CHANGED
from services.practitioners.repository import PractitionerRepository
from services.practitioners.schemas import AbsenceView, NewAbsence, SpanView


async def list_absences(work: ClinicWork, practitioner_id: UUID) -> list[AbsenceView]:
    """The person's other hours that are not over, in order of days."""
    yesterday = (work.now - timedelta(days=1)).date()
    rows = await PractitionerRepository(work).exceptions(practitioner_id, yesterday)
    return [AbsenceView.model_validate(row) for row in rows]


async def list_absences_between(work: ClinicWork, from_on: date, to_on: date) -> list[AbsenceView]:
    """Everyone's other hours that touch the local days, both included, past ones too."""
    rows = await PractitionerRepository(work).exceptions_between(from_on, to_on)
    return [AbsenceView.model_validate(row) for row in rows]


async def find_absence(work: ClinicWork, exception_id: UUID) -> AbsenceView | None:
    """One of anybody's other hours, or nothing."""
    row = await PractitionerRepository(work).exception(exception_id)
    return None if row is None else AbsenceView.model_validate(row)


async def list_hours_at(work: ClinicWork, location_id: UUID) -> dict[UUID, list[SpanView]]:
    """The week's hours at a location of everyone who works there."""
    hours: dict[UUID, list[SpanView]] = {}
    for row in await PractitionerRepository(work).working_at(location_id):
        hours.setdefault(row.practitioner_id, []).append(SpanView.model_validate(row))
    return hours


async def list_names(work: ClinicWork) -> list[tuple[UUID, str, str]]:
    """(id, name, what they are) of everyone who treats, oldest entry first."""
    return [(row.id, row.name, row.title) for row in await PractitionerRepository(work).list_all()]


async def add_absence(work: ClinicWork, practitioner_id: UUID, new: NewAbsence) -> AbsenceView:
    """Other hours on some days, in the local time of each place.

    Raises `NotFound`, or `InvalidFields` for days that are over, an unknown location, and extra time without one
    where the clinic has several.
    """
    await _locked(work, practitioner_id)
    places = {place.id: place for place in await clinics.list_locations(work)}
    location_id = new.location_id
    if location_id is None and new.kind == "extra" and len(places) == 1:
        location_id = next(iter(places))
    if new.kind == "extra" and location_id is None:
        raise InvalidFields.one("location_id", "missing", "Say at which location.")
    if location_id is not None and location_id not in places:
        raise InvalidFields.one("location_id", "unknown", "The clinic has no such location.")
    # Away from every place: the days are over once they are over at all of them, and not by the clock of UTC.
    zones = [places[location_id].time_zone] if location_id else [place.time_zone for place in places.values()]
    clinics.require_ahead(new, work.now, *zones)
    exception_id = new_id()
    await PractitionerRepository(work).add_exception(
        id=exception_id,
        practitioner_id=practitioner_id,
        location_id=location_id,
        kind=new.kind,
        first_on=new.first_on,
        last_on=new.until_on,
        opens=new.opens,
        closes=new.closes,
        note=new.note,
    )
    _changed(work, "practitioner.add_absence", practitioner_id, first_on=new.first_on.isoformat())
    found = await list_absences(work, practitioner_id)
    return next(view for view in found if view.id == exception_id)


async def remove_absence(work: ClinicWork, practitioner_id: UUID, exception_id: UUID) -> None:
    """The week's hours hold again. Raises `NotFound`."""
    await _locked(work, practitioner_id)
    if not await PractitionerRepository(work).remove_exception(practitioner_id, exception_id):
        raise NotFound
    _changed(work, "practitioner.remove_absence", practitioner_id)


async def _locked(work: ClinicWork, practitioner_id: UUID) -> None:
    if await PractitionerRepository(work).find(practitioner_id, lock=True) is None:
        raise NotFound


def _changed(work: ClinicWork, action: str, practitioner_id: UUID, **detail: Any) -> None:
    work.audit(action, "practitioner", practitioner_id, **detail)
    work.announce(CHANGED(practitioner_id=practitioner_id))
