"""Freed times are offered to those who wait, one after the other: each offer is a hold, so nobody else gets the time.

What is free is found from the present state, not from what happened: whatever freed a time (a visit that was cancelled
or moved, a hold that ran out, new hours), the first wish that it suits is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.availability import Offer, get_offer, load_board, workers_of
from services.scheduling.board_rules import Board
from services.scheduling.claiming import drop_hold, tell_hold_ended
from services.scheduling.errors import AskedAlready, ClinicNotListed, OfferOver, SlotTaken, WishOver
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.holding import write_hold
from services.scheduling.models import OfferAnswer, WishState
from services.scheduling.planning import Wish, check_offered
from services.scheduling.rules import Free
from services.scheduling.taking import take_times
from services.scheduling.waitlist import end_missed, get_wish
from services.scheduling.waitlist_repository import WaitlistRepository
from services.scheduling.waitlist_rules import LEAST, MOST_MISSED, next_morning, night_end, offer_until
from services.scheduling.waitlist_schemas import OfferIn, OfferView, WishView

_A_DAY = timedelta(days=1)
_Key = tuple[UUID, str, UUID | None]


async def offer_freed_times(work: ClinicWork) -> int:
    """Offers what is free to whom it suits, in the order of the waitlist; gives how many were asked."""
    waitlist = WaitlistRepository(work)
    if not await waitlist.has_ready():
        return 0
    await waitlist.lock()
    if (await clinics.get_clinic(work)).status != ClinicStatus.LIVE:
        return 0
    ready = await waitlist.list_ready()
    before = await _tried(work, ready)
    boards = _Boards(work, ready)
    time_to_answer = timedelta(minutes=await waitlist.minutes_to_answer())
    given = 0
    for wish in ready:
        if before.missed[wish.id] >= MOST_MISSED:
            await end_missed(work, wish.id)
        elif await _offer_first(work, wish, boards, before.starts[wish.id], time_to_answer):
            given += 1
    return given


async def offer_by_hand(work: ClinicWork, wish_id: UUID, given: OfferIn) -> OfferView:
    """The clinic offers somebody a free time of its choice, at any hour of the day.

    Raises `WishOver`, `ClinicNotListed`, `AskedAlready`, `SlotTaken` with alternatives, `NotFound`, and field errors.
    """
    waitlist = WaitlistRepository(work)
    await waitlist.lock()
    wish = await get_wish(work, wish_id)
    if wish.state != WishState.WAITING:
        raise WishOver
    if (await clinics.get_clinic(work)).status != ClinicStatus.LIVE:
        raise ClinicNotListed
    if wish.offered:
        raise AskedAlready
    offer = await get_offer(work, wish.treatment_id, None, wish.area, by_clinic=True)
    who = given.practitioner_id or wish.practitioner_id
    starts_at = given.starts_at.astimezone(UTC)
    wanted = Wish(offer, tuple(workers_of(offer, who)), starts_at, 1, offer.window, who)
    check_offered(wanted, work.now, horizon=False)
    time_to_answer = timedelta(minutes=await waitlist.minutes_to_answer())
    until = offer_until(work.now, starts_at, offer.zone, time_to_answer)
    until = until or min(_after_night(work, offer) + time_to_answer, starts_at - LEAST)
    if until < work.now + LEAST:
        words = "That is too soon to wait for an answer. Call them, and book it for them."
        raise InvalidFields.one("starts_at", "too-soon", words)
    return await _lay(work, wish, wanted, until, work.scope.by.label or "clinic")


async def decline_offer(work: ClinicWork, wish_id: UUID, offer_id: UUID) -> None:
    """The person does not want that time, and waits on; it goes to the next. Raises `OfferOver`."""
    await lock_standing(work, wish_id, offer_id)
    await drop_hold(work, offer_id)
    await WaitlistRepository(work).answer(offer_id, OfferAnswer.DECLINED)
    work.audit("waitlist.decline", "waitlist_offer", offer_id)
    await tell_hold_ended(work, offer_id, "decline")


async def lock_standing(work: ClinicWork, wish_id: UUID, offer_id: UUID) -> OfferView:
    """An offer that can still be answered, its hold's row locked. Raises `OfferOver`, `NotFound`."""
    await HoldRepository(work).lock(offer_id)
    found = await WaitlistRepository(work).find_offer(offer_id)
    if found is None or found.wish_id != wish_id:
        raise NotFound
    if not found.stands(work.now):
        raise OfferOver
    return found


async def find_standing(work: ClinicWork, wish_id: UUID) -> OfferView | None:
    """What a wish is offered now."""
    offers = await WaitlistRepository(work).list_offers(wish_id)
    return next((one for one in offers if one.stands(work.now)), None)


async def get_offered(work: ClinicWork, offer_id: UUID) -> OfferView:
    """An offer, standing or not. Raises `NotFound`."""
    found = await WaitlistRepository(work).find_offer(offer_id)
    if found is None:
        raise NotFound
    return found


async def list_offers(work: ClinicWork, wish_id: UUID) -> list[OfferView]:
    """What was offered to a wish, latest first."""
    return await WaitlistRepository(work).list_offers(wish_id)


@dataclass(slots=True)
class _Before:
    """What was offered to each wish already, and how many offers ran out in a row of none but such."""

    starts: dict[UUID, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    missed: Counter[UUID] = field(default_factory=Counter)


async def _tried(work: ClinicWork, wishes: Sequence[WishView]) -> _Before:
    found = _Before()
    for row in await WaitlistRepository(work).tried([wish.id for wish in wishes]):
        found.starts[row.wish_id].add(row.starts_at)
        found.missed[row.wish_id] += row.answer == OfferAnswer.NONE
    return found


class _Boards:
    """Free times of what is waited for, each read once until a time of the clinic is taken."""

    def __init__(self, work: ClinicWork, wishes: Sequence[WishView]) -> None:
        self._work = work
        self._last: dict[_Key, date] = {}
        for wish in wishes:
            key = _key(wish)
            self._last[key] = max(wish.last_on, self._last.get(key, wish.last_on))
        self._offers: dict[_Key, Offer | None] = {}
        self._boards: dict[_Key, Board] = {}

    def forget(self) -> None:
        """What was free may not be any more."""
        self._boards.clear()

    async def offer_of(self, wish: WishView) -> Offer | None:
        """What the wish is for; nothing where the clinic does not give it at present."""
        key = _key(wish)
        if key not in self._offers:
            try:
                offer = await get_offer(self._work, wish.treatment_id, None, wish.area)
                self._offers[key] = offer if workers_of(offer, wish.practitioner_id) else None
            except (NotFound, ClinicNotListed, InvalidFields):
                self._offers[key] = None
        return self._offers[key]

    async def suiting(self, wish: WishView, offer: Offer) -> Iterator[Free]:
        """Free times that suit the wish, in order."""
        key = _key(wish)
        opens = offer.earliest.astimezone(offer.zone).date()
        if key not in self._boards:
            workers = workers_of(offer, wish.practitioner_id)
            last = max(opens, min(self._last[key], offer.last_on))
            self._boards[key] = await load_board(self._work, offer, workers, opens, last)
        first, last = max(opens, wish.first_on), min(wish.last_on, offer.last_on)
        days = (first + number * _A_DAY for number in range((last - first).days + 1))
        return (
            free
            for day in days
            for free in self._boards[key].each_on(day, offer.earliest)
            if wish.window.suits(free.starts_at.astimezone(offer.zone))
        )


def _key(wish: WishView) -> _Key:
    return wish.treatment_id, wish.area, wish.practitioner_id


async def _offer_first(
    work: ClinicWork, wish: WishView, boards: _Boards, tried: set[datetime], time_to_answer: timedelta
) -> bool:
    """Offers the first time that suits and was not offered before; whether there was one."""
    offer = await boards.offer_of(wish)
    if offer is None:
        return False
    for free in await boards.suiting(wish, offer):
        if free.starts_at in tried:
            continue
        until = offer_until(work.now, free.starts_at, offer.zone, time_to_answer)
        if until is None:
            # What is not offered in the night is looked at again when it is over.
            _look_again(work, _after_night(work, offer))
            continue
        workers = tuple(one for one in offer.facts.workers if one.id == free.practitioner_id)
        wanted = Wish(offer, workers, free.starts_at, 1, offer.window, free.practitioner_id)
        boards.forget()
        try:
            await _lay(work, wish, wanted, until, "job")
        except SlotTaken:
            return False
        return True
    if wish.last_on > offer.last_on:
        # Each day opens one more to bookings, and nothing else says so.
        _look_again(work, next_morning(work.now, offer.zone))
    return False


def _look_again(work: ClinicWork, at: datetime) -> None:
    """Looks at everybody who waits once more; each place has its own morning."""
    clinic_id, minute = work.scope.clinic_id, int(at.timestamp() // 60)
    set_timer(work, events.NIGHT_OVER(clinic_id=clinic_id), clinic_id, at, version=minute)


def _after_night(work: ClinicWork, offer: Offer) -> datetime:
    return night_end(work.now, offer.zone) or work.now


async def _lay(work: ClinicWork, wish: WishView, wanted: Wish, until: datetime, by: str) -> OfferView:
    offer_id, offer = new_id(), wanted.offer

    async def write(plan: Sequence[Free]) -> list[dict[str, Any]]:
        free = plan[0]
        claims = await write_hold(work, offer, free, offer_id, until, held_by="", wish_id=wish.id)
        await WaitlistRepository(work).add_offer(
            id=offer_id,
            wish_id=wish.id,
            practitioner_id=free.practitioner_id,
            location_id=offer.location_id,
            starts_at=free.starts_at,
            ends_at=free.starts_at + offer.shape.length,
            until_at=until,
            offered_by=by,
        )
        return claims

    await take_times(work, wanted, write, one_of_many=True)
    work.audit("waitlist.offer", "waitlist_offer", offer_id, by=by)
    work.announce(events.TIME_OFFERED(offer_id=offer_id))
    return await get_offered(work, offer_id)
