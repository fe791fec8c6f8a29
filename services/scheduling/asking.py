"""A client asks the clinic for another time: nothing moves yet, and the time is held until the answer's deadline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.kernel.ids import new_id
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.scheduling import asked_moves, events
from services.scheduling.asked_repository import AskedMoveRepository
from services.scheduling.changes import check_step
from services.scheduling.claim_repository import ClaimRepository
from services.scheduling.claiming import times_of
from services.scheduling.holding import write_hold
from services.scheduling.move_attempt import Attempt, attempt
from services.scheduling.move_plan import Move
from services.scheduling.rules import Free, Span, without
from services.scheduling.status_rules import Step, answer_move_by


async def ask_move(work: ClinicWork, move: Move) -> None:
    """Holds the new times instead of moving there. What was asked for before is over, its times free at once.

    Asked for once more as it is, nothing happens. Raises `SlotTaken` with alternatives, and as a move does.
    """
    ids = [one for one, _ in move.wishes]
    async with attempt(work, move) as trying:
        for one in ids:
            check_step(work, trying.visits[one], Step.RESCHEDULE, "client")
        asked = await asked_moves.find_open(work, move.booking.id)
        if asked and _is_same(asked, move):
            return
        await asked_moves.end_open(work, ids)
        plan = await _lay(work, move, trying)
    work.audit("booking.ask_move", "booking", move.booking.id, starts_at=plan.starts_at.isoformat())


def _is_same(asked: asked_moves.Asked, move: Move) -> bool:
    wanted = {one: wish.starts_at for one, wish in move.wishes}
    with_whom = {worker.id for worker in move.wish.workers}
    return asked.times == wanted and asked.practitioner_id in with_whom


async def _lay(work: ClinicWork, move: Move, trying: Attempt) -> Free:
    """Writes what is asked for, with a hold a visit; gives what the first of them would take."""
    claims, move_id = ClaimRepository(work), new_id()
    starts = [at for one, wish in move.wishes for at in (wish.starts_at, trying.visits[one].starts_at)]
    until = answer_move_by(work.now, starts)
    own = await claims.list_claims(one for one, _ in move.wishes)
    first: Free | None = None
    for one, wish in move.wishes:
        free = await trying.plan(wish)
        if first is None:
            first = free
            there = times_of(free, wish.offer)
            kept = {name: there[name] for name in ("practitioner_id", "location_id", "starts_at", "ends_at")}
            await AskedMoveRepository(work).add(id=move_id, booking_id=one, until_at=until, **kept)
        held = await write_hold(
            work, wish.offer, free, new_id(), until, held_by="", move_id=move_id, booking_id=one
        )
        await claims.add_claims(_beside(held, own))
    set_timer(work, events.MOVE_EXPIRES(move_id=move_id), move_id, until)
    work.announce(events.MOVE_ASKED(move_id=move_id))
    if first is None:
        raise LookupError("a move without a visit")
    return first


def _beside(wanted: Iterable[Mapping[str, Any]], own: Iterable[Any]) -> Sequence[dict[str, Any]]:
    """Claims without what the visits have already: nobody else can take that as long as they stay where they are."""
    taken: dict[UUID, list[Span]] = defaultdict(list)
    for claim in own:
        taken[claim.resource_id].append(Span(claim.starts_at, claim.ends_at))
    return [
        {**claim, "id": new_id(), "starts_at": piece.starts_at, "ends_at": piece.ends_at}
        for claim in wanted
        for piece in without(Span(claim["starts_at"], claim["ends_at"]), taken[claim["resource_id"]])
    ]
