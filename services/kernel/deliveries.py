"""Deliveries: one event for one actor. The relay makes and hands them out, an actor locks and ends its own.

What a relay does is done under `PlatformScope`, since it passes on every clinic's events; what an actor does
is done under the delivery's own clinic. A running actor holds its delivery's row lock, and everybody here
skips locked rows: the lock is the lease, and it ends with the process that held it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    null,
    select,
    text,
    update,
)

from services.kernel.adding import Adding
from services.kernel.errors import NotFound
from services.kernel.events import EventKind
from services.kernel.ids import new_id
from services.kernel.models import Delivery, DeliveryState, Outbox, Timer, TimerState
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork, PlatformWork, clinic_of

_OUTBOX, _DELIVERIES, _TIMERS = table(Outbox), table(Delivery), table(Timer)
_NOBODY = ""
UNROUTED = "no actor is routed for this event"


class PutOff(Exception):  # noqa: N818  the name states the fact
    """What the delivery needs is in use: it is done again after a while, and no try is counted."""

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause
        super().__init__(str(pause))


@dataclass(frozen=True, slots=True)
class Handed:
    """A delivery on its way to an actor."""

    id: UUID
    clinic_id: UUID | None
    actor: str


@dataclass(frozen=True, slots=True)
class Routed:
    """What one look at the outbox did: events taken, and the names of those that nobody is routed for.

    `may_be_more`: some clinic had several, and so may have more than its share.
    """

    events: int
    unrouted: tuple[str, ...]
    may_be_more: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The engine at one moment. Ages in seconds; null where nothing waits."""

    outbox: int
    pending: int
    retrying: int
    dead: int
    done: int
    oldest_outbox_seconds: float | None
    oldest_due_seconds: float | None
    timers_waiting: int
    timers_overdue: int
    next_timer_at: datetime | None


def _taken(chosen: Select[tuple[UUID]] | Select[tuple[int]]) -> ScalarSelect[Any]:
    """The ids of the chosen rows that nobody else holds, locked.

    As a common table expression they are worked out once; a plain subquery may be run again for each row, and then
    takes more than its limit.
    """
    held = chosen.with_for_update(skip_locked=True).cte("taken")
    return select(held.c.id).scalar_subquery()


# The same share for every clinic that has something, each from its oldest on: one that has ten thousand events does not
# stand before the others. Clinics are found by skipping through the index, so it costs what is taken, not what waits.
_TAKE_IN_TURNS = """
    WITH RECURSIVE waiting (clinic_id) AS (
        (SELECT o.clinic_id FROM outbox o WHERE o.clinic_id IS NOT NULL ORDER BY o.clinic_id LIMIT 1)
        UNION ALL
        SELECT (SELECT o.clinic_id FROM outbox o WHERE o.clinic_id > w.clinic_id ORDER BY o.clinic_id LIMIT 1)
        FROM waiting w WHERE w.clinic_id IS NOT NULL
    ),
    share AS (SELECT greatest(2 * :most / (1 + (SELECT count(w.clinic_id) FROM waiting w)), 10) AS size),
    chosen AS (
        (SELECT o.id FROM outbox o WHERE o.clinic_id IS NULL ORDER BY o.id LIMIT (SELECT size FROM share))
        UNION ALL
        (SELECT next.id FROM waiting w CROSS JOIN LATERAL (
            SELECT o.id, row_number() OVER (ORDER BY o.id) AS turn FROM outbox o
            WHERE o.clinic_id = w.clinic_id ORDER BY o.id LIMIT (SELECT size FROM share)
        ) next ORDER BY next.turn, next.id)
        LIMIT :most
    ),
    taken AS (
        SELECT o.id FROM outbox o WHERE o.id = ANY (ARRAY(SELECT c.id FROM chosen c)) FOR UPDATE SKIP LOCKED
    )
    DELETE FROM outbox WHERE id IN (SELECT id FROM taken)
    RETURNING clinic_id, id, name, payload, correlation_id, occurred_at
"""
# The same for deliveries that are due: of each clinic the first in its turn, then the second of each.
_DUE_IN_TURNS = """
    WITH RECURSIVE waiting (clinic_id) AS (
        (SELECT d.clinic_id FROM delivery d WHERE d.state = 'pending' AND d.clinic_id IS NOT NULL
            ORDER BY d.clinic_id LIMIT 1)
        UNION ALL
        SELECT (SELECT d.clinic_id FROM delivery d WHERE d.state = 'pending' AND d.clinic_id > w.clinic_id
            ORDER BY d.clinic_id LIMIT 1)
        FROM waiting w WHERE w.clinic_id IS NOT NULL
    ),
    share AS (SELECT greatest(2 * :most / (1 + (SELECT count(w.clinic_id) FROM waiting w)), 1) AS size),
    due AS (
        (SELECT d.id, d.due_at, row_number() OVER (ORDER BY d.due_at, d.id) AS turn FROM delivery d
            WHERE d.state = 'pending' AND d.clinic_id IS NULL AND d.due_at <= :now
            ORDER BY d.due_at, d.id LIMIT (SELECT size FROM share))
        UNION ALL
        (SELECT next.id, next.due_at, next.turn FROM waiting w CROSS JOIN LATERAL (
            SELECT d.id, d.due_at, row_number() OVER (ORDER BY d.due_at, d.id) AS turn FROM delivery d
            WHERE d.state = 'pending' AND d.clinic_id = w.clinic_id AND d.due_at <= :now
            ORDER BY d.due_at, d.id LIMIT (SELECT size FROM share)
        ) next)
    )
    SELECT id FROM due ORDER BY turn, due_at, id LIMIT :most
"""


def _now(column: ColumnElement[Any]) -> BindParameter[Any]:
    return given(column, "now")


def _firing() -> Prepared:
    due = (
        select(_TIMERS.c.id)
        .where(_TIMERS.c.state == TimerState.WAITING, _TIMERS.c.due_at <= _now(_TIMERS.c.due_at))
        .order_by(_TIMERS.c.due_at, _TIMERS.c.id)
        .limit(_MOST)
    )
    fired = (_TIMERS.c.clinic_id, _TIMERS.c.kind, _TIMERS.c.payload, _TIMERS.c.due_at, _TIMERS.c.id)
    statement = update(_TIMERS).where(_TIMERS.c.id.in_(_taken(due))).values(state=TimerState.FIRED)
    return Prepared(statement.returning(*fired))


def _taking() -> Prepared:
    return Prepared(text(_TAKE_IN_TURNS).bindparams(_MOST).columns(*_OUTBOX.c))


def _handing_out() -> tuple[Prepared, Prepared]:
    due = and_(
        _DELIVERIES.c.state == DeliveryState.PENDING, _DELIVERIES.c.due_at <= _now(_DELIVERIES.c.due_at)
    )
    in_turns = text(_DUE_IN_TURNS).bindparams(_MOST, _now(_DELIVERIES.c.due_at)).columns(_DELIVERIES.c.id)
    # Taken by key, so that the plan does not hang on how fresh the statistics of a busy table are.
    free = select(_DELIVERIES.c.id).where(is_among(_DELIVERIES.c.id, "ids"), due)
    statement = (
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id.in_(_taken(free)))
        .values(due_at=given(_DELIVERIES.c.due_at, "again_at"))
        .returning(_DELIVERIES.c.id, _DELIVERIES.c.clinic_id, _DELIVERIES.c.actor)
    )
    return Prepared(in_turns), Prepared(statement)


_MOST = bindparam("most", type_=Integer)
_ADD, _ADD_EVENT = Adding(_DELIVERIES), Adding(_OUTBOX)
_FIRE, _TAKE = _firing(), _taking()
_IN_TURNS, _HAND_OUT = _handing_out()
_THESE = is_among(_DELIVERIES.c.id, "ids")
_LOCK = Prepared(
    select(_DELIVERIES)
    .where(_THESE, _DELIVERIES.c.state == DeliveryState.PENDING)
    .with_for_update(skip_locked=True)
)
_SAME = select(_DELIVERIES.c.id).where(
    _DELIVERIES.c.state == DeliveryState.PENDING,
    _DELIVERIES.c.actor == given(_DELIVERIES.c.actor),
    _DELIVERIES.c.clinic_id == given(_DELIVERIES.c.clinic_id),
    _DELIVERIES.c.id != given(_DELIVERIES.c.id),
)
_DONE = {"state": DeliveryState.DONE, "done_at": _now(_DELIVERIES.c.done_at), "error": null()}
_ABSORB = Prepared(update(_DELIVERIES).where(_DELIVERIES.c.id.in_(_taken(_SAME))).values(**_DONE))
_END = Prepared(update(_DELIVERIES).where(_THESE).values(**_DONE))


async def fire_timers(work: PlatformWork, limit: int) -> int:
    """Turns timers that are due into events in the outbox, earliest first; gives how many."""
    fired = await work.fetch(_FIRE, now=work.now, most=limit)
    ordered = sorted(fired, key=lambda row: (row.due_at, row.id))
    await work.add((_ADD_EVENT, [_event_of(row, work.now) for row in ordered]))
    return len(fired)


def _event_of(timer: Row[Any], now: datetime) -> dict[str, Any]:
    return {
        "clinic_id": timer.clinic_id,
        "name": timer.kind,
        "payload": timer.payload,
        "correlation_id": timer.id.hex,
        "occurred_at": now,
    }


async def route_outbox(work: PlatformWork, routes: Mapping[str, Sequence[str]], limit: int) -> Routed:
    """Takes events away, in turns over the clinics, and leaves one delivery per actor, due at once.

    An event that nobody is routed for becomes a dead delivery, so that it can be seen and sent again.
    """
    taken = await work.fetch(_TAKE, most=limit)
    rows: list[dict[str, Any]] = []
    unrouted: list[str] = []
    for event in sorted(taken, key=lambda row: int(row.id)):
        actors = routes.get(event.name, ())
        if not actors:
            unrouted.append(event.name)
        rows += [_delivery(event, actor, work.now) for actor in actors or (_NOBODY,)]
    await work.add((_ADD, rows))
    may_be_more = len(taken) > len({row.clinic_id for row in taken})
    return Routed(len(taken), tuple(unrouted), may_be_more)


def _delivery(event: Row[Any], actor: str, now: datetime) -> dict[str, Any]:
    routed = actor != _NOBODY
    return {
        "id": new_id(),
        "clinic_id": event.clinic_id,
        "event_id": event.id,
        "event": event.name,
        "actor": actor,
        "payload": event.payload,
        "correlation_id": event.correlation_id,
        "state": DeliveryState.PENDING if routed else DeliveryState.DEAD,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "error": None if routed else UNROUTED,
    }


async def hand_out(work: PlatformWork, limit: int, again_after: timedelta) -> list[Handed]:
    """Due deliveries that nobody runs, in turns over the clinics; due again later, in case they get lost."""
    chosen = await work.fetch(_IN_TURNS, now=work.now, most=limit)
    order = {row.id: number for number, row in enumerate(chosen)}
    if not order:
        return []
    taken = await work.fetch(_HAND_OUT, ids=list(order), now=work.now, again_at=work.now + again_after)
    return [Handed(row.id, row.clinic_id, row.actor) for row in sorted(taken, key=lambda row: order[row.id])]


async def lock(work: AnyWork, delivery_ids: Sequence[UUID]) -> list[Row[Any]]:
    """The deliveries, locked for this transaction, in order; without those over, someone else's, or being run."""
    place = {one: number for number, one in enumerate(delivery_ids)}
    found = await work.fetch(_LOCK, ids=list(delivery_ids))
    return sorted(found, key=lambda row: place[row.id])


async def is_waiting(work: AnyWork, events: Collection[EventKind], key: str, value: UUID) -> bool:
    """Whether an actor has yet to hear of one of the events about a thing: it failed, or its turn has not come.

    `key` is what the events call the thing.
    """
    found = exists().where(
        _DELIVERIES.c.state == DeliveryState.PENDING,
        _DELIVERIES.c.clinic_id.is_not_distinct_from(clinic_of(work.scope)),
        _DELIVERIES.c.event.in_([one.name for one in events]),
        _DELIVERIES.c.payload[key].astext == str(value),
    )
    return bool(await work.scalar(select(found)))


async def absorb(work: AnyWork, running: Row[Any]) -> None:
    """Ends what waits for the same actor and clinic as the delivery that runs.

    Call it before the state is read: what it ends was told of a state that is there by then.
    """
    await work.put(
        _ABSORB, {"actor": running.actor, "clinic_id": running.clinic_id, "id": running.id, "now": work.now}
    )


async def mark_done(work: AnyWork, delivery_ids: Sequence[UUID]) -> None:
    """Ends deliveries in the transaction of their effect."""
    await work.put(_END, {"ids": list(delivery_ids), "now": work.now})


async def put_off(work: AnyWork, delivery_id: UUID, due_at: datetime) -> None:
    """It could not be done now through no fault of its own: due then, and no try is counted."""
    await work.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id == delivery_id, _DELIVERIES.c.state == DeliveryState.PENDING)
        .values(due_at=due_at)
    )


async def mark_failed(work: AnyWork, delivery_id: UUID, error: str, again_at: datetime | None) -> None:
    """Notes a failed try, due again at `again_at`; without one the delivery is dead."""
    state = DeliveryState.PENDING if again_at else DeliveryState.DEAD
    await work.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id == delivery_id, _DELIVERIES.c.state == DeliveryState.PENDING)
        .values(
            state=state,
            attempts=_DELIVERIES.c.attempts + 1,
            error=error,
            due_at=again_at or _DELIVERIES.c.due_at,
        )
    )


async def replay(work: PlatformWork, delivery_id: UUID) -> None:
    """Gives a dead delivery all its tries again. Raises `NotFound` when it is not dead.

    One that had no actor goes back to the outbox, to be routed by the routes of today.
    """
    row = await work.row(
        select(_DELIVERIES)
        .where(_DELIVERIES.c.id == delivery_id, _DELIVERIES.c.state == DeliveryState.DEAD)
        .with_for_update()
    )
    if row is None:
        raise NotFound("This delivery is not dead any more.")
    if row.actor == _NOBODY:
        await work.execute(
            insert(_OUTBOX)
            .inline()
            .values(
                clinic_id=row.clinic_id,
                name=row.event,
                payload=row.payload,
                correlation_id=row.correlation_id,
                occurred_at=work.now,
            )
        )
        await work.execute(delete(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id))
    else:
        await work.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id == delivery_id)
            .values(state=DeliveryState.PENDING, attempts=0, due_at=work.now, error=null())
        )
    work.audit("delivery.replay", "delivery", delivery_id, event=row.event, actor=row.actor)


async def forget_done(work: PlatformWork, older_than: timedelta, limit: int) -> int:
    """Deletes deliveries that ended long ago; gives how many."""
    old = (
        select(_DELIVERIES.c.id)
        .where(_DELIVERIES.c.state == DeliveryState.DONE, _DELIVERIES.c.done_at < work.now - older_than)
        .limit(limit)
    )
    return int((await work.execute(delete(_DELIVERIES).where(_DELIVERIES.c.id.in_(_taken(old))))).rowcount)


async def figures(work: PlatformWork) -> Figures:
    """Depths, ages and counts. Those of pending, dead and timers come from their small indexes."""
    pending = _DELIVERIES.c.state == DeliveryState.PENDING
    waiting = _TIMERS.c.state == TimerState.WAITING
    outbox = await work.row(
        select(func.count().label("depth"), func.min(_OUTBOX.c.occurred_at).label("oldest"))
    )
    open_ = await work.row(
        select(
            func.count().label("depth"),
            func.count().filter(_DELIVERIES.c.attempts > 0).label("retrying"),
            func.min(_DELIVERIES.c.created_at).filter(_DELIVERIES.c.attempts == 0).label("oldest"),
        ).where(pending)
    )
    timers = await work.row(
        select(
            func.count().label("waiting"),
            func.count().filter(_TIMERS.c.due_at <= work.now).label("overdue"),
            func.min(_TIMERS.c.due_at).label("next"),
        ).where(waiting)
    )
    dead = await _count(work, DeliveryState.DEAD)
    done = await _count(work, DeliveryState.DONE)
    if outbox is None or open_ is None or timers is None:
        raise RuntimeError("an aggregate gave no row")
    return Figures(
        outbox=outbox.depth,
        pending=open_.depth,
        retrying=open_.retrying,
        dead=dead,
        done=done,
        oldest_outbox_seconds=_age(work.now, outbox.oldest),
        oldest_due_seconds=_age(work.now, open_.oldest),
        timers_waiting=timers.waiting,
        timers_overdue=timers.overdue,
        next_timer_at=timers.next,
    )


async def _count(work: PlatformWork, state: DeliveryState) -> int:
    return int(await work.scalar(select(func.count()).where(_DELIVERIES.c.state == state)))


def _age(now: datetime, since: datetime | None) -> float | None:
    return None if since is None else max((now - since).total_seconds(), 0.0)
