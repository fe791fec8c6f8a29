"""Use cases of other hours on single days: extra and taken time, closures, and what becomes of public holidays.

A public holiday is proposed and changes nothing until the clinic says whether it is closed then.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics import rules
from services.clinics.events import CHANGED
from services.clinics.hours_repository import ExceptionRepository
from services.clinics.hours_schemas import ExceptionView, HolidayChoice, HolidayView, NewException
from services.clinics.models import ExceptionKind
from services.clinics.places import get_location, list_locations
from services.clinics.public_holidays import holidays_between
from services.clinics.repository import PlaceRepository
from services.clinics.schemas import LocationView
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork


async def list_exceptions(work: ClinicWork, location_ids: Collection[UUID]) -> list[ExceptionView]:
    """Those of the locations that are not over, in order of days; holidays on which they are open are none."""
    yesterday = (work.now - timedelta(days=1)).date()
    return [
        ExceptionView.model_validate(row)
        for row in await ExceptionRepository(work).list_from(location_ids, yesterday)
        if row.kind != ExceptionKind.OPEN
    ]


async def list_days(
    work: ClinicWork, location: LocationView, from_on: date, to_on: date
) -> tuple[list[ExceptionView], list[HolidayView]]:
    """A location's other hours and public holidays between two local days, both included, past ones too."""
    rows = await ExceptionRepository(work).list_between(location.id, from_on, to_on)
    said = {row.first_on: row.kind for row in rows if row.holiday is not None}
    holidays = [
        HolidayView.model_validate({"on": on, "name": name, "state": said.get(on, "proposed")})
        for on, name in holidays_between(location.country, location.region, from_on, to_on)
    ]
    others = [ExceptionView.model_validate(row) for row in rows if row.kind != ExceptionKind.OPEN]
    return others, holidays


async def add_exception(work: ClinicWork, location_id: UUID, new: NewException) -> ExceptionView:
    """Other hours on some days. Raises `NotFound`, or `InvalidFields` for days that are over."""
    location = await _locked(work, location_id)
    require_ahead(new, work.now, location.time_zone)
    exception_id = new_id()
    await ExceptionRepository(work).add(
        id=exception_id,
        location_id=location_id,
        kind=new.kind,
        first_on=new.first_on,
        last_on=new.until_on,
        opens=new.opens,
        closes=new.closes,
        note=new.note,
    )
    _changed(work, "location.add_exception", location_id, first_on=new.first_on.isoformat())
    found = await list_exceptions(work, [location_id])
    return next(view for view in found if view.id == exception_id)


async def remove_exception(work: ClinicWork, location_id: UUID, exception_id: UUID) -> None:
    """The week's hours hold again. Raises `NotFound`."""
    await _locked(work, location_id)
    if not await ExceptionRepository(work).remove(location_id, exception_id):
        raise NotFound
    _changed(work, "location.remove_exception", location_id)


async def list_holidays(work: ClinicWork, location_id: UUID) -> list[HolidayView]:
    """The public holidays of the next year at the location, by its country and region. Raises `NotFound`."""
    location = await get_location(work, location_id)
    today = _today(work.now, location.time_zone)
    rows = await ExceptionRepository(work).list_from([location_id], today)
    said = {row.first_on: row.kind for row in rows if row.holiday is not None}
    until = today + timedelta(days=rules.HOLIDAYS_AHEAD_DAYS)
    return [
        HolidayView.model_validate({"on": on, "name": name, "state": said.get(on, "proposed")})
        for on, name in holidays_between(location.country, location.region, today, until)
    ]


async def choose_holiday(work: ClinicWork, location_id: UUID, on: date, choice: HolidayChoice) -> HolidayView:
    """Closes the location on a public holiday, or says that it is open then.

    Raises `NotFound` for a location or day that is none of them.
    """
    await _locked(work, location_id)
    found = {view.on: view for view in await list_holidays(work, location_id)}
    if on not in found:
        raise NotFound
    exceptions, kind = (
        ExceptionRepository(work),
        ExceptionKind.CLOSED if choice.closed else ExceptionKind.OPEN,
    )
    await exceptions.forget_holiday(location_id, on)
    await exceptions.add(
        id=new_id(),
        location_id=location_id,
        kind=kind.value,
        first_on=on,
        last_on=on,
        note=found[on].name,
        holiday=found[on].name,
    )
    _changed(work, "location.choose_holiday", location_id, on=on.isoformat(), closed=choice.closed)
    return found[on].model_copy(update={"state": kind.value})


async def find_today(work: ClinicWork) -> date:
    """The local day that it is at the clinic's places: the earlier one where they differ, in UTC without a place."""
    return _earliest_today(work.now, [place.time_zone for place in await list_locations(work)])


def require_ahead(new: NewException, now: datetime, *zones: str) -> None:
    """Raises `InvalidFields` where the last day is over in all of these zones; in UTC where there is none."""
    if new.until_on < _earliest_today(now, zones):
        raise InvalidFields.one("first_on", "past", "These days are over.")


async def _locked(work: ClinicWork, location_id: UUID) -> LocationView:
    """The location, with its row locked: two words on one holiday come one after the other."""
    if await PlaceRepository(work).location(location_id, lock=True) is None:
        raise NotFound
    return await get_location(work, location_id)


def _earliest_today(now: datetime, zones: Collection[str]) -> date:
    return min(_today(now, zone) for zone in zones or ("UTC",))


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _changed(work: ClinicWork, action: str, location_id: UUID, **detail: str | bool) -> None:
    work.audit(action, "location", location_id, **detail)
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))
