"""All SQL of treatments: the menu and its areas. What is archived is not found unless asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.clinics.models import Clinic, Device, Room
from services.kernel.adding import Adding
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.practitioners.models import Practitioner
from services.treatments.models import Treatment, TreatmentArea, TreatmentPerformer, TreatmentRoom

_TREATMENTS, _AREAS, _GIVES = table(Treatment), table(TreatmentArea), table(TreatmentPerformer)
# Read together with the menu: every search for free times and every booking begins with a treatment, and
# two more statements for its currency and its device's clearance would be paid there each time.
_CLINICS, _DEVICES, _PEOPLE = table(Clinic), table(Device), table(Practitioner)
_GIVEN_IN, _ROOMS = table(TreatmentRoom), table(Room)


def _performers(*, here: bool) -> Any:
    """Who was named to give the treatment, in order of name; `here`: without those who have left."""
    named = aggregate_order_by(_GIVES.c.practitioner_id, _PEOPLE.c.name, _PEOPLE.c.id)
    statement = (
        select(func.array_agg(named))
        .join(
            _PEOPLE,
            (_PEOPLE.c.clinic_id == _GIVES.c.clinic_id) & (_PEOPLE.c.id == _GIVES.c.practitioner_id),
        )
        .where(_GIVES.c.clinic_id == _TREATMENTS.c.clinic_id, _GIVES.c.treatment_id == _TREATMENTS.c.id)
    )
    if here:
        statement = statement.where(_PEOPLE.c.archived_at.is_(None))
    return statement.scalar_subquery()


def _rooms(*, here: bool) -> Any:
    """In which rooms it was said to be given, in order of name; `here`: without those that are gone."""
    named = aggregate_order_by(_GIVEN_IN.c.room_id, _ROOMS.c.name, _ROOMS.c.id)
    statement = (
        select(func.array_agg(named))
        .join(_ROOMS, (_ROOMS.c.clinic_id == _GIVEN_IN.c.clinic_id) & (_ROOMS.c.id == _GIVEN_IN.c.room_id))
        .where(_GIVEN_IN.c.clinic_id == _TREATMENTS.c.clinic_id, _GIVEN_IN.c.treatment_id == _TREATMENTS.c.id)
    )
    if here:
        statement = statement.where(_ROOMS.c.archived_at.is_(None))
    return statement.scalar_subquery()


_ITEMS = (
    select(
        _TREATMENTS,
        _CLINICS.c.currency,
        _DEVICES.c.clearance.label("device_clearance"),
        _DEVICES.c.model.label("device_model"),
        _performers(here=False).label("named"),
        _performers(here=True).label("performers"),
        _rooms(here=False).label("named_rooms"),
        _rooms(here=True).label("rooms"),
    )
    .join(_CLINICS, _CLINICS.c.clinic_id == _TREATMENTS.c.clinic_id)
    .join(
        _DEVICES,
        (_DEVICES.c.clinic_id == _TREATMENTS.c.clinic_id) & (_DEVICES.c.id == _TREATMENTS.c.device_id),
    )
    .where(_TREATMENTS.c.clinic_id == given(_TREATMENTS.c.clinic_id))
)
_THERE = _TREATMENTS.c.archived_at.is_(None)
_MENU = Prepared(_ITEMS.where(_THERE).order_by(_TREATMENTS.c.created_at, _TREATMENTS.c.id))
_ITEM_EVER = Prepared(_ITEMS.where(_TREATMENTS.c.id == given(_TREATMENTS.c.id)))
_ITEM = Prepared(_ITEMS.where(_TREATMENTS.c.id == given(_TREATMENTS.c.id), _THERE))
_OF_CLINIC = _AREAS.c.clinic_id == given(_AREAS.c.clinic_id)
_AREAS_OF = Prepared(select(_AREAS).where(_OF_CLINIC, is_among(_AREAS.c.treatment_id, "ids")))
_REMOVE_AREAS = Prepared(
    delete(_AREAS).where(_OF_CLINIC, _AREAS.c.treatment_id == given(_AREAS.c.treatment_id))
)
_ADD_AREA = Adding(_AREAS)


class TreatmentRepository:
    """The clinic's menu."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic_id = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """The menu, oldest item first, with `currency`, what its device is, who gives it and in which rooms."""
        return await self._work.fetch(_MENU, clinic_id=self._clinic_id)

    async def find(self, treatment_id: UUID, *, archived: bool = False) -> Row[Any] | None:
        """An item of the menu as in `list_all`."""
        prepared = _ITEM_EVER if archived else _ITEM
        return await self._work.fetch_one(prepared, clinic_id=self._clinic_id, id=treatment_id)

    async def lock(self, treatment_id: UUID) -> bool:
        """Keeps others from changing the item until this transaction ends; false where there is none."""
        found = await self._work.scalar(
            select(_TREATMENTS.c.id)
            .where(
                _TREATMENTS.c.clinic_id == self._clinic_id,
                _TREATMENTS.c.id == treatment_id,
                _TREATMENTS.c.archived_at.is_(None),
            )
            # Against changes alone: bookings, which point to the item, do not wait for whoever edits it.
            .with_for_update(key_share=True)
        )
        return found is not None

    async def areas(self, treatment_ids: list[UUID]) -> list[Row[Any]]:
        """The areas of those treatments."""
        return await self._work.fetch(_AREAS_OF, clinic_id=self._clinic_id, ids=treatment_ids)

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_TREATMENTS).values(clinic_id=self._clinic_id, created_at=self._work.now, **values)
        )

    async def change(self, treatment_id: UUID, **values: Any) -> None:
        await self._work.execute(
            update(_TREATMENTS)
            .where(_TREATMENTS.c.clinic_id == self._clinic_id, _TREATMENTS.c.id == treatment_id)
            .values(**values)
        )

    async def set_areas(self, treatment_id: UUID, areas: list[dict[str, Any]]) -> None:
        """Replaces all areas of a treatment."""
        owner = {"clinic_id": self._clinic_id, "treatment_id": treatment_id}
        await self._work.put(_REMOVE_AREAS, owner)
        await self._work.add((_ADD_AREA, [owner | area for area in areas]))

    async def set_performers(self, treatment_id: UUID, practitioner_ids: list[UUID]) -> None:
        """Replaces who gives a treatment; nobody named: everyone."""
        await self._work.execute(
            delete(_GIVES).where(_GIVES.c.clinic_id == self._clinic_id, _GIVES.c.treatment_id == treatment_id)
        )
        owner = {"clinic_id": self._clinic_id, "treatment_id": treatment_id}
        if practitioner_ids:
            await self._work.execute(
                insert(_GIVES), [owner | {"practitioner_id": one} for one in practitioner_ids]
            )

    async def set_rooms(self, treatment_id: UUID, room_ids: list[UUID]) -> None:
        """Replaces in which rooms a treatment is given; none named: every room for treatment."""
        await self._work.execute(
            delete(_GIVEN_IN).where(
                _GIVEN_IN.c.clinic_id == self._clinic_id, _GIVEN_IN.c.treatment_id == treatment_id
            )
        )
        owner = {"clinic_id": self._clinic_id, "treatment_id": treatment_id}
        if room_ids:
            await self._work.execute(insert(_GIVEN_IN), [owner | {"room_id": one} for one in room_ids])
