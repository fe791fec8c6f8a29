"""Free times: what can be booked, by subtraction of what is taken from when people work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics.models import ClinicStatus
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import ClinicWork
from services.scheduling.availability_repository import AvailabilityRepository
from services.scheduling.errors import ClinicNotListed
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.rules import (
    LONGEST_RANGE_DAYS,
    Board,
    Free,
    Place,
    Span,
    VisitShape,
    Window,
    Worker,
    earliest_start,
    shape_of,
)
from services.scheduling.schemas import Slot, SlotQuery
from services.treatments.models import FirstStep
from services.treatments.rules import phases

_NEXT_FREE_STEP_DAYS = 14
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A treatment of one area where it is given: shape, place, price in minor units, protocol, policies."""

    treatment_id: UUID
    area: str
    price: int
    currency: str
    booking_mode: str
    course_sessions: int
    course_price: int
    window: Window
    location_id: UUID
    place: Place
    shape: VisitShape
    earliest: datetime
    last_on: date
    first_step: str = FirstStep.NONE

    @property
    def zone(self) -> ZoneInfo:
        return self.place.zone

    @property
    def resources(self) -> tuple[UUID, ...]:
        """Rooms and device; practitioners come on top."""
        return (*self.place.room_ids, self.place.device_id)


async def list_slots(work: ClinicWork, query: SlotQuery) -> list[Slot]:
    """Free times in order of time, one a time and practitioner.

    Raises `NotFound` for a treatment, location or practitioner that the clinic does not have, and field errors for
    a bad range of days, or a location or area that was left out where there is a choice.
    """
    check_range(query.from_on, query.to_on)
    offer = await get_offer(
        work, query.treatment_id, query.location_id, query.area, by_clinic=query.by_clinic
    )
    workers = await list_workers(work, offer, query.practitioner_id)
    first = max(query.from_on, offer.earliest.astimezone(offer.zone).date())
    last = min(query.to_on, offer.last_on)
    board = await load_board(work, offer, workers, first, last)
    return [slot_of(offer, free) for free in free_between(board, first, last, offer.earliest)]


async def next_free_at(work: ClinicWork, location_id: UUID) -> datetime | None:
    """The first free time at a location for any of its treatments, or nothing inside the horizon. UTC."""
    best: datetime | None = None
    for treatment_id, area in await AvailabilityRepository(work).list_treatment_ids(location_id):
        found = await _first_free(work, await get_offer(work, treatment_id, location_id, area), best)
        best = found if best is None else min(best, found or best)
    return best


async def _first_free(work: ClinicWork, offer: Offer, before: datetime | None) -> datetime | None:
    workers = await list_workers(work, offer, None)
    day = offer.earliest.astimezone(offer.zone).date()
    last = offer.last_on if before is None else min(offer.last_on, before.astimezone(offer.zone).date())
    while day <= last and workers:
        until = min(day + timedelta(days=_NEXT_FREE_STEP_DAYS), last)
        board = await load_board(work, offer, workers, day, until)
        found = first_between(board, day, until, offer.earliest)
        if found is not None:
            return found
        day = until + _A_DAY
    return None


async def get_offer(
    work: ClinicWork,
    treatment_id: UUID,
    location_id: UUID | None = None,
    area: str | None = None,
    *,
    by_clinic: bool = False,
    archived: bool = False,
    booked_at: datetime | None = None,
) -> Offer:
    """What is offered of a treatment. The clinic itself books without notice. Raises as `list_slots` does.

    With `archived`, a treatment that has left the menu counts as well: visits booked before can still be moved.
    `booked_at` is since when a visit is booked; the hours of what comes before a first session count from then.
    """
    repository = AvailabilityRepository(work)
    row = await repository.find_offer(treatment_id, archived=archived)
    if row is None:
        raise NotFound
    if row.clinic_status == ClinicStatus.CLOSED:
        raise ClinicNotListed
    if location_id not in (None, row.location_id):
        if location_id is not None and await repository.find_zone(location_id):
            raise InvalidFields.one(
                "location_id", "not-offered", "This treatment is not given at that location."
            )
        raise NotFound
    areas = {code: (int(minutes), int(price)) for code, minutes, price in row.areas or ()}
    chosen = _chosen_area(areas, area)
    minutes, price = areas[chosen]
    zone = ZoneInfo(row.time_zone)
    steps = phases(row.preparation_minutes, row.numbing_minutes, minutes, row.finish_minutes)
    return Offer(
        treatment_id=treatment_id,
        area=chosen,
        price=price,
        currency=row.currency,
        booking_mode=row.booking_mode,
        course_sessions=row.course_sessions,
        course_price=row.course_price,
        window=Window(row.min_days, row.target_days, row.max_days),
        location_id=row.location_id,
        place=Place(
            zone,
            tuple(Hours(day, time.fromisoformat(a), time.fromisoformat(b)) for day, a, b in row.hours or ()),
            tuple(sorted(row.rooms or ())),
            row.device_id,
            tuple(_change(*parts) for parts in row.changes or ()),
        ),
        shape=shape_of((step.minutes, step.needs) for step in steps),
        earliest=work.now
        if by_clinic
        else earliest_start(
            work.now,
            booked_at or work.now,
            timedelta(minutes=row.notice_minutes),
            timedelta(hours=row.first_step_hours),
        ),
        first_step=row.first_step,
        last_on=work.now.astimezone(zone).date() + timedelta(days=row.horizon_days),
    )


def _change(kind: str, first: str, last: str, opens: str | None, closes: str | None) -> Change:
    times = (time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else ()
    return Change(kind, date.fromisoformat(first), date.fromisoformat(last), *times)


async def list_workers(work: ClinicWork, offer: Offer, practitioner_id: UUID | None) -> list[Worker]:
    """Who may give it now: with hours at the place and a verified credential. Raises `NotFound` for a stranger."""
    repository = AvailabilityRepository(work)
    found = await repository.list_workers(offer.location_id, work.now.date(), practitioner_id)
    if not found and practitioner_id is not None and not await repository.has_practitioner(practitioner_id):
        raise NotFound
    return found


async def load_board(
    work: ClinicWork, offer: Offer, workers: Sequence[Worker], first: date, last: date
) -> Board:
    """Free times over local days, with everything that is taken on them read at once."""
    resources = {worker.id for worker in workers} | set(offer.resources)
    since = datetime.combine(first, time.min, offer.zone) - _A_DAY
    until = datetime.combine(last, time.min, offer.zone) + 2 * _A_DAY
    busy = await AvailabilityRepository(work).list_busy(resources, since, until)
    return Board(offer.place, workers, offer.shape, busy)


def empty_board(offer: Offer, workers: Sequence[Worker]) -> Board:
    """The same times as if nothing were taken: what the clinic offers at all."""
    return Board(offer.place, workers, offer.shape, {})


def free_between(board: Board, first: date, last: date, earliest: datetime) -> list[Free]:
    """Free times over local days, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [free for day in days for free in board.free_on(day, earliest)]


def first_between(board: Board, first: date, last: date, earliest: datetime) -> datetime | None:
    """The first free time over local days, both included; later days are not looked at."""
    for number in range((last - first).days + 1):
        found = board.first_on(first + timedelta(days=number), earliest)
        if found is not None:
            return found
    return None


def slot_of(offer: Offer, free: Free) -> Slot:
    """A free time with its end and what it would take."""
    return Slot(
        free.starts_at,
        free.starts_at + offer.shape.length,
        free.practitioner_id,
        offer.location_id,
        free.room_id,
        offer.place.device_id,
    )


def check_range(from_on: date, to_on: date) -> None:
    """Raises a field error where days are not in order, or more than 31 apart."""
    if to_on < from_on:
        raise InvalidFields.one("to", "out-of-range", "The last day must not lie before the first.")
    if (to_on - from_on).days > LONGEST_RANGE_DAYS:
        raise InvalidFields.one("to", "out-of-range", f"Ask for at most {LONGEST_RANGE_DAYS} days at once.")


def spans_of(free: Free, shape: VisitShape, device_id: UUID) -> Iterable[tuple[UUID, Span]]:
    """What a visit at a free time takes, resource by resource."""
    parts = (
        (free.practitioner_id, shape.practitioner),
        (free.room_id, shape.room),
        (device_id, shape.device),
    )
    for resource_id, uses in parts:
        for use in uses:
            yield resource_id, Span(free.starts_at + use.begins, free.starts_at + use.ends)


def _chosen_area(areas: dict[str, tuple[int, int]], area: str | None) -> str:
    if area is None:
        if len(areas) == 1:
            return next(iter(areas))
        raise InvalidFields.one("area", "missing", f"Choose one of: {', '.join(sorted(areas))}.")
    if area not in areas:
        raise InvalidFields.one("area", "unknown-code", f"Choose one of: {', '.join(sorted(areas))}.")
    return area


async def get_zone(work: ClinicWork, location_id: UUID) -> ZoneInfo:
    """The zone in which a location's times are shown. Raises `NotFound`."""
    name = await AvailabilityRepository(work).find_zone(location_id)
    if name is None:
        raise NotFound
    return ZoneInfo(name)
