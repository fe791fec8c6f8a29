"""Which times a wish would take: checked against what is offered, planned over what is free, with alternatives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kernel.errors import InvalidFields
from services.kernel.language import gettext
from services.kernel.work import ClinicWork
from services.scheduling.availability import (
    Offer,
    empty_board,
    free_between,
    load_board,
    slot_of,
    workers_of,
)
from services.scheduling.board_rules import Board, Busy
from services.scheduling.course_rules import NoRoomInWindow, Window, nearest, plan_course
from services.scheduling.errors import SlotTaken
from services.scheduling.preference_rules import AS_USUAL, Preferences
from services.scheduling.rules import Free, Worker
from services.scheduling.schemas import CourseWish, PlannedSession, VisitWish, alternative
from services.treatments.models import FirstStep

CREDENTIAL_ENDS = (
    "No checked credential of who gives it counts on that day any more. Renew it, or choose an earlier day."
)
ALTERNATIVES = 5
ALTERNATIVE_DAYS = 7
_TRIED = 40
TOO_SOON = {
    FirstStep.NONE: "That is sooner than the clinic takes bookings. Choose later.",
    FirstStep.CONSULTATION: "A consultation comes before the first session, so it cannot be that soon. Choose later.",
    FirstStep.PATCH_TEST: "A patch test comes before the first session, so it cannot be that soon. Choose later.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One visit or a course from a start (UTC) on, over an offer, for these practitioners in order of choice.

    `practitioner_id` is preferred, then `or_with`. `leaving`: visits that are to be moved; what they take now is in
    nobody's way. `preferences` are for the sessions of the course after its first.
    """

    offer: Offer
    workers: tuple[Worker, ...]
    starts_at: datetime
    sessions: int
    window: Window
    practitioner_id: UUID | None = None
    or_with: UUID | None = None
    leaving: frozenset[UUID] = frozenset()
    preferences: Preferences = AS_USUAL

    @property
    def first_on(self) -> date:
        """The first visit's local day."""
        return self.starts_at.astimezone(self.offer.zone).date()

    @property
    def last_on(self) -> date:
        """The last day on which the last session can lie."""
        return self.first_on + timedelta(days=(self.sessions - 1) * self.window.max_days)

    def resources(self, practitioners: Iterable[UUID]) -> set[UUID]:
        """What to lock: the place's rooms and devices, and the given practitioners."""
        place = self.offer.place
        return {*practitioners, *place.room_ids, *place.numbing_room_ids, *place.device_ids}

    def people(self, practitioners: Collection[UUID]) -> list[UUID]:
        """Whom the given practitioners sign in as, where they do."""
        return [one.person_id for one in self.workers if one.person_id and one.id in practitioners]


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody held until now: a visit of one treatment and area, with all that it takes."""

    treatment_id: UUID
    area: str
    free: Free

    def fits(self, wish: Wish) -> bool:
        """Whether the wish is for just that."""
        mine = (self.treatment_id, self.area, self.free.starts_at)
        return mine == (wish.offer.treatment_id, wish.offer.area, wish.starts_at)


def held_of(row: Any) -> Held:
    """What a hold's row keeps."""
    free = Free(row.starts_at, row.practitioner_id, row.room_id, row.device_id, row.numbing_room_id)
    return Held(row.treatment_id, row.area, free)


def check_offered(wish: Wish, now: datetime, *, horizon: bool) -> None:
    """Raises a field error of `starts_at` for a time that is not offered at all, free or taken."""
    offer = wish.offer
    if wish.starts_at <= now:
        raise InvalidFields.one("starts_at", "past", "That time has passed.")
    if wish.starts_at < offer.earliest:
        raise InvalidFields.one("starts_at", "too-soon", TOO_SOON[FirstStep(offer.first_step)])
    if horizon and wish.first_on > offer.last_on:
        raise InvalidFields.one(
            "starts_at", "too-far", "That is further ahead than the clinic takes bookings."
        )
    if not empty_board(offer, wish.workers).free_at(wish.starts_at):
        if offer.by_clinic and _credentials_end(wish):
            raise InvalidFields.one("starts_at", "credential-ends", CREDENTIAL_ENDS)
        raise InvalidFields.one(
            "starts_at", "not-offered", "The clinic does not offer that time. Choose one of the free times."
        )


def _credentials_end(wish: Wish) -> bool:
    """Whether the time would be offered, if only a checked credential counted until then."""
    lasting = [replace(worker, until=date.max) for worker in wish.workers]
    return bool(Board(wish.offer.place, lasting, wish.offer.shape, Busy()).free_at(wish.starts_at))


async def plan_visits(work: ClinicWork, wish: Wish, held: Held | None = None) -> tuple[Free, ...]:
    """The times, practitioners and rooms that the wish would take now. Raises `NoRoomInWindow`.

    What was `held` for it, and given back under the resources' locks, is taken first, where it is free for it still: a
    room or a device may be gone by now, and the treatment take longer. Where the clinic decides by hand, the first time
    may be one at which a practitioner is busy elsewhere, if nobody else is free then.
    """
    board = await _board_of(work, wish, wish.first_on, wish.last_on)
    first = _by_turn(board, wish)
    mine = held.free if held and held.fits(wish) else None
    if mine and board.gives(mine):
        first = [mine, *first]
    elif not first and (mine or wish.offer.by_clinic):
        by_hand = await _board_of(work, wish, wish.first_on, wish.first_on, by_hand=True)
        first = (
            _by_turn(by_hand, wish)
            if wish.offer.by_clinic
            else [mine]
            if mine and by_hand.gives(mine)
            else []
        )
    return _plan(board, wish, first)


async def _board_of(work: ClinicWork, wish: Wish, first: date, last: date, *, by_hand: bool = False) -> Board:
    return await load_board(
        work, wish.offer, wish.workers, first, last, by_hand=by_hand, leaving=wish.leaving
    )


def _by_turn(board: Board, wish: Wish) -> list[Free]:
    """Who is free at the wished start: the practitioners it prefers, then by fair distribution."""
    turn = {worker.id: order for order, worker in enumerate(board.in_turn(wish.first_on))}
    return sorted(
        board.free_at(wish.starts_at),
        key=lambda free: (
            free.practitioner_id != wish.practitioner_id,
            free.practitioner_id != wish.or_with,
            turn[free.practitioner_id],
        ),
    )


def course_of(offer: Offer, wanted: VisitWish, course: CourseWish) -> Wish:
    """The wish for a whole course. Raises `NotFound` for a stranger."""
    return Wish(
        offer,
        tuple(workers_of(offer, wanted.practitioner_id)),
        wanted.starts_at,
        len(course.prices),
        course.window,
        wanted.practitioner_id,
        preferences=course.preferences,
    )


async def propose(
    work: ClinicWork, offer: Offer, wanted: VisitWish, course: CourseWish, held: Held | None = None
) -> list[PlannedSession]:
    """The sessions that a course from that first time on would get now; empty where it does not fit.

    A first time that is `held` for whoever asks counts as free. Raises field errors for one that is not offered.
    """
    wish = course_of(offer, wanted, course)
    mine = held if held and held.fits(wish) else None
    if mine is None:
        check_offered(wish, work.now, horizon=True)
    board = await _board_of(work, wish, wish.first_on, wish.last_on)
    first = [mine.free] if mine else _by_turn(board, wish)
    try:
        plan = _plan(board, wish, first)
    except NoRoomInWindow:
        return []
    sessions = [(free.starts_at, free.starts_at + offer.shape.length, free.practitioner_id) for free in plan]
    return planned(sessions, offer.zone, course.preferences)


def planned(
    sessions: Sequence[tuple[datetime, datetime, UUID]], zone: ZoneInfo, preferences: Preferences
) -> list[PlannedSession]:
    """Sessions by start, end (UTC) and practitioner, each with its departures; the first one is as it was chosen."""
    return [
        PlannedSession(
            starts_at,
            ends_at,
            who,
            preferences.departures(starts_at.astimezone(zone), who, sessions[0][2]) if position else (),
        )
        for position, (starts_at, ends_at, who) in enumerate(sessions)
    ]


def plan_mark(plan: Sequence[PlannedSession]) -> str:
    """What tells one plan from another, as far as it is shown: when each session begins, and in what it departs."""
    shown = "".join(f"{one.starts_at.timestamp()} {' '.join(one.departs)}\n" for one in plan)
    return sha256(shown.encode()).hexdigest()[:16]


def _plan(board: Board, wish: Wish, first: Sequence[Free]) -> tuple[Free, ...]:
    if not first:
        raise NoRoomInWindow(1)
    return plan_course(board, first[0], wish.sessions, wish.window, wish.preferences)


async def taken(work: ClinicWork, wish: Wish, position: int) -> SlotTaken:
    """The refusal with the nearest times at which all of the wish could be had, a week before and after at most."""
    if position == 1:
        return SlotTaken(alternatives=await _alternatives(work, wish))
    words = gettext(
        "Session {position} of the course has no free time inside its window. Choose another first time.",
        position=position,
    )
    if wish.offer.by_clinic and any(worker.until < wish.last_on for worker in wish.workers):
        words += " " + gettext(
            "A checked credential of who gives it ends before the course may: a renewed one opens the later days."
        )
    return SlotTaken(words, position=position, alternatives=await _alternatives(work, wish))


async def _alternatives(work: ClinicWork, wish: Wish) -> list[dict[str, Any]]:
    offer = wish.offer
    week = timedelta(days=ALTERNATIVE_DAYS)
    first = max(wish.first_on - week, offer.earliest.astimezone(offer.zone).date())
    last = max(wish.first_on, min(wish.first_on + week, offer.last_on))
    board = await _board_of(work, wish, first, wish.last_on + week)
    tried = nearest(
        free_between(board, first, last, offer.earliest), wish.starts_at, wish.practitioner_id, _TRIED
    )
    found = [free for free in tried if free.starts_at != wish.starts_at and _fits(board, wish, free)]
    near = nearest(found, wish.starts_at, wish.practitioner_id, ALTERNATIVES)
    return [alternative(slot_of(offer, free)) for free in near]


def _fits(board: Board, wish: Wish, free: Free) -> bool:
    try:
        plan_course(board, free, wish.sessions, wish.window)
    except NoRoomInWindow:
        return False
    return True


def preferring(wish: Wish, practitioner_id: UUID, or_with: UUID | None = None) -> Wish:
    """The same wish, that practitioner first, then the other one."""
    ordered = sorted(wish.workers, key=lambda worker: (worker.id != practitioner_id, worker.id != or_with))
    return replace(wish, workers=tuple(ordered), practitioner_id=practitioner_id, or_with=or_with)
