"""Taking times: planned and laid under the resources' locks, with what is over and in the way ended first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from services.kernel.timers import cancel_timers
from services.kernel.work import ClinicWork, HopedInVain
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.claiming import (
    Ended,
    Stale,
    drop_hold,
    end_stale,
    find_stale,
    tell_ended,
    tell_hold_ended,
)
from services.scheduling.course_rules import NoRoomInWindow
from services.scheduling.people import tell_elsewhere
from services.scheduling.planning import Held, Wish, held_of, plan_visits, taken
from services.scheduling.rules import Free, Worker

Write = Callable[[Sequence[Free]], Awaitable[Sequence[dict[str, Any]]]]
"""Writes what the planned visits are, and gives the claims of them, which are laid next."""


async def take_times(
    work: ClinicWork, wish: Wish, write: Write, hold_id: UUID | None = None, *, one_of_many: bool = False
) -> None:
    """Has the planned visits written and lays their claims. Raises `SlotTaken` with alternatives, nothing written.

    What the taker holds (`hold_id`) is given up in the same attempt, and its time, where it is the wished one, taken
    with the same practitioner, room and device. `one_of_many` are taken in one transaction: all that could be taken is
    locked with the first, so that no later one locks what comes before it in the order.
    """
    everyone = [worker.id for worker in wish.workers]
    if hold_id and not one_of_many and await _hope_for_held(work, wish, write, hold_id):
        return
    plan, lock, stale = await _prepare(work, wish, hold_id)
    as_planned = bool(plan) and not one_of_many and _is_settled(wish, _givers(wish, plan))
    if as_planned and await _lay_as_planned(work, wish, write, plan):
        return
    try:
        try:
            ended = await _attempt(work, wish, write, hold_id, lock, stale)
        except (ClaimLost, NoRoomInWindow):
            # Whoever was free a moment ago is not: somebody else may be.
            if len(lock) == len(everyone):
                raise
            ended = await _attempt(work, wish, write, hold_id, everyone, stale)
    except (ClaimLost, NoRoomInWindow) as lost:
        raise await taken(work, wish, lost.position if isinstance(lost, NoRoomInWindow) else 1) from lost
    await tell_ended(work, ended)


def _is_settled(wish: Wish, workers: Iterable[Worker]) -> bool:
    """Whether claims alone can stand in the way of what was planned with these people a moment ago.

    A practitioner's daily maximum, and the way from another place, are counted anew under the locks.
    """
    return not wish.offer.facts.travel and all(worker.daily_maximum is None for worker in workers)


def _people(wish: Wish, plan: Sequence[Free]) -> Sequence[UUID]:
    return wish.people({free.practitioner_id for free in plan})


def _givers(wish: Wish, plan: Sequence[Free]) -> list[Worker]:
    who = {free.practitioner_id for free in plan}
    return [worker for worker in wish.workers if worker.id in who]


async def _lay_as_planned(work: ClinicWork, wish: Wish, write: Write, plan: Sequence[Free]) -> bool:
    """Lays the plan under the locks of what it takes and of nothing else; false, and nothing done, where that is taken.

    So those who want other people, rooms and devices of a place do not wait, nothing is planned under locks, and all
    that can be written before them is.
    """
    if work.may_hope:
        _hope(work, wish, plan, await write(plan))
        return True
    claims = ClaimRepository(work)
    try:
        async with claims.attempt():
            tell_elsewhere(work, await claims.take(_people(wish, plan), await write(plan)))
    except ClaimLost:
        return False
    return True


def _hope(work: ClinicWork, wish: Wish, plan: Sequence[Free], claims: Sequence[dict[str, Any]]) -> None:
    ClaimRepository(work).hope_to_take(_people(wish, plan), claims, partial(tell_elsewhere, work))


async def _hope_for_held(work: ClinicWork, wish: Wish, write: Write, hold_id: UUID) -> bool:
    """Gives up what is held and plans with it, nobody locked, and leaves the taking for the end of the transaction.

    False, and nothing done, where that may not be or nothing is held any more. Raises `HopedInVain` where it must not
    be planned so.
    """
    if not work.may_hope or not _is_settled(wish, wish.workers):
        return False
    held = await _give_up(work, hold_id)
    if held is None:
        return False
    try:
        plan = await plan_visits(work, wish, held)
    except NoRoomInWindow as full:
        raise HopedInVain from full
    await _end_hold(work, hold_id, used=held.fits(wish) and plan[0] == held.free)
    _hope(work, wish, plan, await write(plan))
    return True


async def _attempt(  # noqa: PLR0917  all of it is the one attempt
    work: ClinicWork, wish: Wish, write: Write, hold_id: UUID | None, lock: Sequence[UUID], stale: Stale
) -> Ended:
    """Plans and lays with those who are locked, and nobody else."""
    claims = ClaimRepository(work)
    locked = tuple(worker for worker in wish.workers if worker.id in set(lock))
    async with claims.attempt():
        # Before the resources, as everywhere: one order, so no circle of waiting.
        held = await _give_up(work, hold_id) if hold_id else None
        await claims.lock_resources(wish.resources(lock))
        elsewhere = await claims.lock_people(wish.people(lock))
        ended = await end_stale(work, stale)
        plan = await plan_visits(work, replace(wish, workers=locked), held)
        if hold_id and held:
            await _end_hold(work, hold_id, used=held.fits(wish) and plan[0] == held.free)
        await claims.add_claims(await write(plan))
        tell_elsewhere(work, elsewhere.intersection(_people(wish, plan)))
    return ended


async def _prepare(
    work: ClinicWork, wish: Wish, hold_id: UUID | None
) -> tuple[Sequence[Free], list[UUID], Stale]:
    """What could be laid, whom to lock to plan it anew, and what is over and in the way.

    The latter is looked for where the time does not seem free; then nothing is planned yet.
    """
    everyone = [worker.id for worker in wish.workers]
    if hold_id is not None:
        found = await find_stale(work, wish)
        return (), everyone, Stale(found.groups, [one for one in found.holds if one != hold_id])
    try:
        plan = await plan_visits(work, wish)
    except NoRoomInWindow as full:
        stale = await find_stale(work, wish)
        if not stale:
            raise await taken(work, wish, full.position) from full
        return (), everyone, stale
    return plan, everyone if wish.sessions > 1 else [plan[0].practitioner_id], Stale()


async def _give_up(work: ClinicWork, hold_id: UUID) -> Held | None:
    row = await drop_hold(work, hold_id)
    return None if row is None else held_of(row)


async def _end_hold(work: ClinicWork, hold_id: UUID, *, used: bool) -> None:
    """What was held became the visit, or is free again for others, who are told."""
    if not used:
        await tell_hold_ended(work, hold_id, "release")
        return
    await cancel_timers(work, hold_id)
    work.audit("hold.use", "hold", hold_id)
