"""Use cases of the way between a clinic's locations: how long somebody who works at several is on it."""

from __future__ import annotations

from uuid import UUID

from services.clinics.events import CHANGED
from services.clinics.repository import ClinicRepository, PlaceRepository
from services.clinics.schemas import TravelIn, TravelWay
from services.clinics.travel_repository import TravelRepository
from services.kernel.errors import FieldError, InvalidFields, NotFound
from services.kernel.work import ClinicWork


async def list_travel(work: ClinicWork) -> list[TravelWay]:
    """The ways between locations that are not archived, each pair once."""
    order = {row.id: number for number, row in enumerate(await PlaceRepository(work).locations())}
    return [
        TravelWay.model_validate(row)
        for row in await TravelRepository(work).list_all()
        if row.location_id in order and row.other_id in order and order[row.location_id] < order[row.other_id]
    ]


async def set_travel(work: ClinicWork, travel: TravelIn) -> list[TravelWay]:
    """Replaces the ways between the clinic's locations; each holds in both directions.

    Raises `InvalidFields` for an unknown location, a way from a place to itself, and a pair that was given before.
    """
    if await ClinicRepository(work).get(lock=True) is None:
        raise NotFound
    known = {row.id for row in await PlaceRepository(work).locations()}
    errors, seen = list[FieldError](), set[frozenset[UUID]]()
    for index, way in enumerate(travel.ways):
        errors += _problems(f"ways.{index}", way, known, seen)
        seen.add(frozenset({way.location_id, way.other_id}))
    if errors:
        raise InvalidFields(errors)
    await TravelRepository(work).replace(
        (one, other, way.minutes)
        for way in travel.ways
        for one, other in ((way.location_id, way.other_id), (way.other_id, way.location_id))
    )
    clinic_id = work.scope.clinic_id
    work.audit("clinic.set_travel", "clinic", clinic_id, ways=len(travel.ways))
    work.announce(CHANGED(clinic_id=clinic_id))
    return await list_travel(work)


def _problems(field: str, way: TravelWay, known: set[UUID], seen: set[frozenset[UUID]]) -> list[FieldError]:
    found = [
        FieldError(f"{field}.{name}", "unknown", "This is not one of your locations.")
        for name in ("location_id", "other_id")
        if getattr(way, name) not in known
    ]
    if way.location_id == way.other_id:
        found.append(FieldError(f"{field}.other_id", "same", "Choose two locations."))
    elif frozenset({way.location_id, way.other_id}) in seen:
        words = "These two are there already: a way holds in both directions."
        found.append(FieldError(f"{field}.other_id", "repeated", words))
    return found
