"""What free times of a treatment depend on, bookings aside: read once, and kept while its version is current.

The version is another one after each change of hours, rooms, devices, menu or people (docs/adr/0014), and is compared
in the same statement that reads what is taken, so nothing that was kept is ever used past its time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from services.clinics.models import RoomKind
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.scheduling.availability_repository import AvailabilityRepository
from services.scheduling.board_rules import Openings
from services.scheduling.course_rules import Window
from services.scheduling.device_rules import Tool, devices_for
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.rules import Place, Worker
from services.treatments.models import NumbingIn
from services.treatments.service import covers

_MOST_KEPT = 4000


@dataclass(frozen=True, slots=True)
class Facts:
    """A treatment where it is given: menu, place, people, policies. Money in minor units, days local to the place.

    `read_on` is the UTC day on which it was read: of people and of other hours, it holds what is not over on the day
    before, which may still be today at the place.
    """

    clinic_id: UUID
    version: UUID | None
    read_on: date
    treatment_id: UUID
    on_menu: bool
    clinic_status: str
    areas: Mapping[str, tuple[int, int]]
    minutes: tuple[int, int, int]
    numbing_room: bool
    country: str
    currency: str
    booking_mode: str
    course_sessions: int
    course_price: int
    window: Window
    first_step: str
    first_step_hours: int
    notice: timedelta
    horizon_days: int
    location_id: UUID
    place: Place
    workers: tuple[Worker, ...]
    everyone: frozenset[UUID]
    places: frozenset[UUID]
    travel: Mapping[UUID, timedelta]
    openings: Openings = field(default_factory=dict)

    def is_current(self, version: UUID | None, today: date) -> bool:
        """Whether it may be used for something of that version, on that UTC day."""
        return self.version == version and self.read_on == today


_kept: OrderedDict[UUID, Facts] = OrderedDict()


def kept_facts(treatment_id: UUID) -> Facts | None:
    """What this process last read of it; to be compared with the current version."""
    return _kept.get(treatment_id)


async def read_facts(work: ClinicWork, treatment_id: UUID) -> Facts:
    """The current facts. Raises `NotFound` for a treatment that the clinic never had."""
    repository = AvailabilityRepository(work)
    # The version first: what changes meanwhile is then read with a version that is over already, and read again.
    version, touched = await repository.version()
    found = _kept.get(treatment_id)
    if (
        found is not None
        and not touched
        and found.clinic_id == work.scope.clinic_id
        and found.is_current(version, work.now.date())
    ):
        return found
    facts = await _read(work, repository, treatment_id, version)
    if not touched:
        _kept[treatment_id] = facts
        _kept.move_to_end(treatment_id)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return facts


async def _read(
    work: ClinicWork, repository: AvailabilityRepository, treatment_id: UUID, version: UUID | None
) -> Facts:
    row = await repository.find_offer(treatment_id)
    if row is None:
        raise NotFound
    workers = await repository.list_workers(row.location_id)
    if row.performers:
        workers = [worker for worker in workers if worker.id in set(row.performers)]
    place = _place(row)
    return Facts(
        clinic_id=work.scope.clinic_id,
        version=version,
        read_on=work.now.date(),
        treatment_id=treatment_id,
        on_menu=row.on_menu and row.in_place and bool(place.device_ids),
        clinic_status=row.clinic_status,
        areas={code: (int(minutes), int(price)) for code, minutes, price in row.areas or ()},
        minutes=(row.preparation_minutes, row.numbing_minutes, row.finish_minutes),
        numbing_room=row.numbing_in == NumbingIn.NUMBING_ROOM,
        country=row.country,
        currency=row.currency,
        booking_mode=row.booking_mode,
        course_sessions=row.course_sessions,
        course_price=row.course_price,
        window=Window(row.min_days, row.target_days, row.max_days),
        first_step=row.first_step,
        first_step_hours=row.first_step_hours,
        notice=timedelta(minutes=row.notice_minutes),
        horizon_days=row.horizon_days,
        location_id=row.location_id,
        place=place,
        workers=tuple(workers),
        everyone=frozenset(row.everyone or ()),
        places=frozenset(row.places or ()),
        travel={UUID(other): timedelta(minutes=minutes) for other, minutes in (row.travel or {}).items()},
    )


def _place(row: Row[Any]) -> Place:
    rooms = sorted((UUID(room), kind) for room, kind in row.rooms or ())
    for_numbing = [room for room, kind in rooms if kind == RoomKind.NUMBING]
    for_all = [room for room, kind in rooms if kind == RoomKind.ANY]
    separate = row.numbing_in == NumbingIn.NUMBING_ROOM
    return Place(
        ZoneInfo(row.time_zone),
        tuple(_hours(parts) for parts in row.hours or ()),
        tuple(room for room, kind in rooms if kind != RoomKind.NUMBING and room in (row.given_in or (room,))),
        _devices(row),
        tuple(_change(*parts) for parts in row.changes or ()),
        (*for_numbing, *for_all) if separate else (),
        row.grid_minutes,
    )


def _devices(row: Row[Any]) -> tuple[UUID, ...]:
    areas = [code for code, _, _ in row.areas or ()]

    def covered(tool: Tool) -> bool:
        return covers(tool.clearance, tool.model, areas, row.concerns)

    there = [_tool(parts) for parts in row.devices or ()]
    return devices_for(row.device_choice, _tool(row.device), there, row.modality, covered)


def _tool(parts: Sequence[Any]) -> Tool:
    device_id, *what = parts
    return Tool(UUID(device_id), *what)


def _hours(parts: Sequence[Any]) -> Hours:
    weekday, opens, closes, weeks, first, last = parts
    return Hours(
        weekday,
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        weeks,
        _day(first),
        _day(last),
    )


def _day(text: str) -> date:
    """A day as JSON has it; what has no end is the last that there is, as the driver reads it too."""
    return {"-infinity": date.min, "infinity": date.max}.get(text) or date.fromisoformat(text)


def _change(kind: str, first: str, last: str, opens: str | None, closes: str | None) -> Change:
    times = (time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else ()
    return Change(kind, _day(first), _day(last), *times)
