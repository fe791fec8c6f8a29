"""Free times: what can be booked, by subtraction of what is taken from when people work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.clinics.models import ClinicStatus
from services.clinics.week_schemas import CALENDAR_YEARS
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import gettext
from services.kernel.ports import Asks
from services.kernel.work import ClinicWork
from services.scheduling.availability_repository import (
    ELSEWHERE,
    AvailabilityRepository,
    Taken,
    read_taken,
)
from services.scheduling.board_rules import Board, Busy
from services.scheduling.course_rules import Window
from services.scheduling.errors import ClinicNotListed
from services.scheduling.facts import Facts, read_facts
from services.scheduling.grid_rules import edge_of
from services.scheduling.rules import (
    LONGEST_RANGE_DAYS,
    Free,
    Place,
    Span,
    VisitShape,
    Worker,
    earliest_start,
    shape_of,
)
from services.scheduling.schemas import BookingView, Slot, SlotQuery, VisitWish
from services.treatments.rules import phases, phases_within

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A treatment of one area where it is given: shape, place, price in minor units, protocol, policies."""

    facts: Facts
    area: str
    price: int
    shape: VisitShape
    earliest: datetime
    last_on: date
    by_clinic: bool = False

    @property
    def treatment_id(self) -> UUID:
        return self.facts.treatment_id

    @property
    def currency(self) -> str:
        return self.facts.currency

    @property
    def booking_mode(self) -> str:
        return self.facts.booking_mode

    @property
    def course_sessions(self) -> int:
        return self.facts.course_sessions

    @property
    def course_price(self) -> int:
        return self.facts.course_price

    @property
    def window(self) -> Window:
        return self.facts.window

    @property
    def location_id(self) -> UUID:
        return self.facts.location_id

    @property
    def place(self) -> Place:
        return self.facts.place

    @property
    def first_step(self) -> str:
        return self.facts.first_step

    @property
    def zone(self) -> ZoneInfo:
        return self.place.zone

    def only(self, room_id: UUID | None, device_id: UUID | None) -> Offer:
        """The same in that room or with that device alone; a numbing room is where the client numbs.

        Raises a field error for one in which, or with which, it is not given.
        """
        place = self.place
        if room_id in place.room_ids:
            place = replace(place, room_ids=(room_id,))
        elif room_id in place.numbing_room_ids:
            place = replace(place, numbing_room_ids=(room_id,))
        elif room_id is not None:
            raise InvalidFields.one("room_id", "not-offered", "This treatment is not given in that room.")
        if device_id in place.device_ids:
            place = replace(place, device_ids=(device_id,))
        elif device_id is not None:
            raise InvalidFields.one(
                "device_id", "not-offered", "This treatment is not given with that device."
            )
        return self if place is self.place else replace(self, facts=replace(self.facts, place=place))


async def list_slots(work: ClinicWork, query: SlotQuery) -> list[Slot]:
    """Free times in order of time: one a time and practitioner, or (`each_once`) each time once.

    Raises `NotFound` for a treatment, location or practitioner that the clinic does not have, and field errors for
    a bad range of days, or a location or area that was left out where there is a choice.
    """
    check_range(query.from_on, query.to_on)
    offer = await get_offer(
        work, query.treatment_id, query.location_id, query.area, by_clinic=query.by_clinic
    )
    workers = workers_of(offer, query.practitioner_id)
    first, last = days_of(offer, query)
    board = await load_board(work, offer, workers, first, last, by_hand=offer.by_clinic)
    return slots_on(board, offer, query)


def days_of(offer: Offer, query: SlotQuery) -> tuple[date, date]:
    """The days asked for, as far as the clinic takes bookings; the first after the last where it takes none."""
    first = max(query.from_on, offer.earliest.astimezone(offer.zone).date())
    return first, min(query.to_on, offer.last_on)


def slots_on(board: Board, offer: Offer, query: SlotQuery) -> list[Slot]:
    """The board's free times on the days asked for, in order of time."""
    first, last = days_of(offer, query)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    free_on = board.each_on if query.each_once else board.free_on
    return [slot_of(offer, free) for day in days for free in free_on(day, offer.earliest)]


async def get_offer(
    work: ClinicWork,
    treatment_id: UUID,
    location_id: UUID | None = None,
    area: str | None = None,
    *,
    by_clinic: bool = False,
) -> Offer:
    """What is offered of a treatment. The clinic itself books without notice. Raises as `list_slots` does."""
    facts = await read_facts(work, treatment_id)
    return offer_of(facts, location_id, area, work.now, by_clinic=by_clinic)


async def get_offer_as_booked(work: ClinicWork, booking: BookingView, *, by_clinic: bool = False) -> Offer:
    """What a visit that is booked may be moved to, or what its course is missing: what left the menu counts as well.

    An area that is on the menu takes as long as it does now; one that is not takes as long as it was booked. The hours
    of what comes before a first session count from when the visit was booked. Raises `ClinicNotListed` where the clinic
    is closed.
    """
    facts = await read_facts(work, booking.treatment_id)
    if booking.area in facts.areas:
        minutes, price = facts.areas[booking.area]
        shape = _shape_on_menu(facts, minutes)
    else:
        shape, price = shape_as_booked(facts, booking), booking.price
    return _offer(
        facts, work.now, booking.created_at, area=booking.area, price=price, shape=shape, by_clinic=by_clinic
    )


async def get_offer_for(work: ClinicWork, wanted: VisitWish, *, by_clinic: bool = False) -> Offer:
    """What is offered of what somebody wants, in the room and with the device they name. Raises as `get_offer` does.

    A room or device in which it is not given is a field error.
    """
    offer = await get_offer(
        work,
        wanted.treatment_id,
        wanted.location_id,
        wanted.area,
        by_clinic=by_clinic,
    )
    return offer.only(wanted.room_id, wanted.device_id)


def offer_of(
    facts: Facts,
    location_id: UUID | None,
    area: str | None,
    now: datetime,
    *,
    by_clinic: bool = False,
) -> Offer:
    """The offer by what is known of the treatment; see `get_offer`."""
    if not facts.on_menu:
        raise NotFound
    if facts.clinic_status == ClinicStatus.CLOSED:
        raise ClinicNotListed
    if location_id not in (None, facts.location_id):
        if location_id not in facts.places:
            raise NotFound
        words = "This treatment is not given at that location."
        raise InvalidFields.one("location_id", "not-offered", words)
    chosen = _chosen_area(facts.areas, area)
    minutes, price = facts.areas[chosen]
    shape = _shape_on_menu(facts, minutes)
    return _offer(facts, now, now, area=chosen, price=price, shape=shape, by_clinic=by_clinic)


def _shape_on_menu(facts: Facts, needling: int) -> VisitShape:
    preparation, numbing, finish = facts.minutes
    steps = phases(preparation, numbing, needling, finish, numbing_room=facts.numbing_room)
    return shape_of((step.minutes, step.needs) for step in steps)


def _offer(
    facts: Facts,
    now: datetime,
    booked_at: datetime,
    *,
    area: str,
    price: int,
    shape: VisitShape,
    by_clinic: bool,
) -> Offer:
    if facts.clinic_status == ClinicStatus.CLOSED:
        raise ClinicNotListed
    first_step = timedelta(hours=facts.first_step_hours)
    return Offer(
        facts=facts,
        area=area,
        price=price,
        shape=shape,
        earliest=now if by_clinic else earliest_start(now, booked_at, facts.notice, first_step),
        last_on=now.astimezone(facts.place.zone).date() + timedelta(days=facts.horizon_days),
        by_clinic=by_clinic,
    )


def shape_as_booked(facts: Facts, booking: BookingView) -> VisitShape:
    """The shape of a visit as long as it was booked; it numbs in a room of its own where the treatment does still."""
    length = int((booking.ends_at - booking.starts_at) / timedelta(minutes=1))
    elsewhere = facts.numbing_room and booking.numbing_room_id is not None
    steps = phases_within(length, *facts.minutes, numbing_room=elsewhere)
    return shape_of((step.minutes, step.needs) for step in steps)


def workers_of(offer: Offer, practitioner_id: UUID | None) -> list[Worker]:
    """Who may give it now: with hours at the place and a verified credential. Raises `NotFound` for a stranger."""
    if practitioner_id is not None and practitioner_id not in offer.facts.everyone:
        raise NotFound
    return chosen_workers(offer.facts, practitioner_id)


def chosen_workers(facts: Facts, practitioner_id: UUID | None) -> list[Worker]:
    """The same, and nobody where it is a stranger."""
    return [worker for worker in facts.workers if practitioner_id in (None, worker.id)]


async def load_board(
    work: ClinicWork,
    offer: Offer,
    workers: Sequence[Worker],
    first: date,
    last: date,
    *,
    by_hand: bool = False,
    leaving: Collection[UUID] = (),
) -> Board:
    """Free times over local days, with everything that is taken on them read at once.

    `by_hand`: for somebody of the clinic who decides, times at which a practitioner is busy elsewhere included.
    `leaving`: visits that are to be moved, so what they take now is in nobody's way.
    """
    taken = await taken_over(work, offer.facts, workers, first, last)
    return board_of(offer, workers, taken, by_hand=by_hand, leaving=leaving)


async def taken_over(
    asks: Asks,
    facts: Facts,
    workers: Sequence[Worker],
    first: date,
    last: date,
    *,
    slug: str | None = None,
    seen: str | None = None,
) -> Taken:
    """What is taken over local days, and on the way from other places; see `read_taken`."""
    way = max(facts.travel.values(), default=timedelta(0))
    zone = facts.place.zone
    return await read_taken(
        asks,
        slug=slug,
        clinic_id=facts.clinic_id,
        known=facts.version,
        resources=[*(worker.id for worker in workers), *facts.place.things],
        people=[worker.person_id for worker in workers if worker.person_id],
        since=edge_of(first, time.min, zone) - way,
        until=edge_of(last + _A_DAY, time.min, zone) + way,
        seen=seen,
    )


def board_of(
    offer: Offer,
    workers: Sequence[Worker],
    taken: Taken,
    *,
    by_hand: bool = False,
    leaving: Collection[UUID] = (),
) -> Board:
    """Free times, by what is known to be taken; see `load_board`."""
    ignored = {*leaving, ELSEWHERE} if by_hand else set(leaving)
    busy = _busy(offer.facts, workers, taken, ignored)
    return Board(offer.place, workers, offer.shape, busy, offer.facts.openings)


def _busy(facts: Facts, workers: Sequence[Worker], taken: Taken, ignored: Collection[UUID]) -> Busy:
    """What is taken, by resource; a practitioner who is elsewhere before or after is taken on the way as well."""
    spans: dict[UUID, list[Span]] = defaultdict(list)
    visits: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    who, travel = {worker.person_id: worker.id for worker in workers if worker.person_id}, facts.travel
    for resource_id, starts_at, ends_at, place_id, booking_id in taken.rows:
        if booking_id in ignored:
            continue
        if place_id is not None and booking_id is not None:
            visits[resource_id].append((starts_at, booking_id))
        way = travel.get(place_id) if place_id else None
        span = Span(starts_at - way, ends_at + way) if way else Span(starts_at, ends_at)
        spans[who.get(resource_id, resource_id)].append(span)
    return Busy(spans, visits)


async def has_room_for(
    work: ClinicWork, facts: Facts, worker: Worker, spans: Sequence[Span], *, leaving: Collection[UUID]
) -> bool:
    """Whether a practitioner's day at the place has room for a visit that takes them for those spans, at any hours.

    By their daily maximum, and by the way from and to other places: what claims alone do not keep.
    """
    if not spans or (worker.daily_maximum is None and not facts.travel):
        return True
    day = spans[0].starts_at.astimezone(facts.place.zone).date()
    taken = await taken_over(work, facts, [worker], day, day)
    busy = _busy(facts, [worker], taken, {*leaving, ELSEWHERE})
    board = Board(facts.place, [worker], shape_of(()), busy)
    if worker.daily_maximum is not None and board.visits_on(worker, day) >= worker.daily_maximum:
        return False
    others = busy.spans.get(worker.id, ())
    return not any(
        one.starts_at < span.ends_at and span.starts_at < one.ends_at for one in others for span in spans
    )


def empty_board(offer: Offer, workers: Sequence[Worker]) -> Board:
    """The same times as if nothing were taken: what the clinic offers at all."""
    return Board(offer.place, workers, offer.shape, Busy(), offer.facts.openings)


def free_between(board: Board, first: date, last: date, earliest: datetime) -> list[Free]:
    """Free times over local days, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [free for day in days for free in board.free_on(day, earliest)]


def slot_of(offer: Offer, free: Free) -> Slot:
    """A free time with its end and what it would take."""
    return Slot(
        free.starts_at,
        free.starts_at + offer.shape.length,
        free.practitioner_id,
        offer.location_id,
        free.room_id,
        free.device_id,
        offer.zone,
    )


def check_range(from_on: date, to_on: date) -> None:
    """Raises a field error where days are not in order, more than 31 apart, or where no calendar reaches."""
    for field, day in (("from", from_on), ("to", to_on)):
        if day.year not in CALENDAR_YEARS:
            raise InvalidFields.one(field, "out-of-range", "The year must be between 2000 and 2199.")
    if to_on < from_on:
        raise InvalidFields.one("to", "out-of-range", "The last day must not lie before the first.")
    if (to_on - from_on).days > LONGEST_RANGE_DAYS:
        raise InvalidFields.one(
            "to", "out-of-range", gettext("Ask for at most {most} days at once.", most=LONGEST_RANGE_DAYS)
        )


def _chosen_area(areas: Mapping[str, tuple[int, int]], area: str | None) -> str:
    words = gettext("Choose one of: {codes}.", codes=", ".join(sorted(areas)))
    if area is None:
        if len(areas) == 1:
            return next(iter(areas))
        raise InvalidFields.one("area", "missing", words)
    if area not in areas:
        raise InvalidFields.one("area", "unknown-code", words)
    return area


async def get_zone(work: ClinicWork, location_id: UUID) -> ZoneInfo:
    """The zone in which a location's times are shown. Raises `NotFound`."""
    name = await AvailabilityRepository(work).find_zone(location_id)
    if name is None:
        raise NotFound
    return ZoneInfo(name)
