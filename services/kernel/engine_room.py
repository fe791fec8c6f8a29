"""What an operator sees of deliveries, clinics' shares and timers, and the replay of many at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Row,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)

from services.kernel import deliveries
from services.kernel.errors import NotFound
from services.kernel.models import Delivery, DeliveryState, Outbox, Timer, TimerState
from services.kernel.tables import table
from services.kernel.work import PlatformWork

_OUTBOX, _DELIVERIES, _TIMERS = table(Outbox), table(Delivery), table(Timer)
MOST_REPLAYED = 500
RATES_OVER = (1, 5, 60)
"""The minutes over which rates are given; shares are of the longest."""
RETRYING = "retrying"
STATES = (DeliveryState.DEAD.value, RETRYING, DeliveryState.PENDING.value, DeliveryState.DONE.value)


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Which deliveries: in a state (`retrying` are the pending that failed before), for an actor, of an event.

    `clinic_ids`: of these clinics alone; of all where there are none.
    """

    state: str = DeliveryState.DEAD.value
    actor: str = ""
    event: str = ""
    clinic_ids: tuple[UUID, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        stored = DeliveryState.PENDING.value if self.state == RETRYING else self.state
        found = [_DELIVERIES.c.state == stored]
        if self.state == RETRYING:
            found.append(_DELIVERIES.c.attempts > 0)
        if self.actor:
            found.append(_DELIVERIES.c.actor == self.actor)
        if self.event:
            found.append(_DELIVERIES.c.event == self.event)
        if self.clinic_ids:
            found.append(_DELIVERIES.c.clinic_id.in_(self.clinic_ids))
        return found


async def list_deliveries(
    work: PlatformWork, query: DeliveryQuery, limit: int, before: UUID | None = None
) -> list[Row[Any]]:
    """Deliveries, newest first, after `before`."""
    statement = select(_DELIVERIES).where(*query.conditions())
    if before is not None:
        statement = statement.where(_DELIVERIES.c.id < before)
    return await work.rows(statement.order_by(_DELIVERIES.c.id.desc()).limit(limit))


async def get_delivery(work: PlatformWork, delivery_id: UUID) -> Row[Any]:
    """One delivery. Raises `NotFound`."""
    row = await work.row(select(_DELIVERIES).where(_DELIVERIES.c.id == delivery_id))
    if row is None:
        raise NotFound
    return row


async def count_by_actor(work: PlatformWork) -> list[Row[Any]]:
    """What is not done, by actor: (actor, waiting, retrying, dead, oldest), the dead and the oldest first."""
    pending = _DELIVERIES.c.state == DeliveryState.PENDING
    dead = func.count().filter(_DELIVERIES.c.state == DeliveryState.DEAD).label("dead")
    oldest = func.min(_DELIVERIES.c.created_at).label("oldest")
    return await work.rows(
        select(
            _DELIVERIES.c.actor,
            func.count().filter(pending).label("waiting"),
            func.count().filter(pending, _DELIVERIES.c.attempts > 0).label("retrying"),
            dead,
            oldest,
        )
        .where(_DELIVERIES.c.state.in_((DeliveryState.PENDING, DeliveryState.DEAD)))
        .group_by(_DELIVERIES.c.actor)
        .order_by(dead.desc(), oldest)
    )


def _done_within(work: PlatformWork, minutes: int) -> ColumnElement[bool]:
    return _DELIVERIES.c.done_at > work.now - timedelta(minutes=minutes)


async def rates(work: PlatformWork) -> dict[int, float]:
    """Deliveries done per minute, by the minutes over which it is the mean: `RATES_OVER`."""
    row = await work.row(
        select(*(func.count().filter(_done_within(work, one)) for one in RATES_OVER)).where(
            _DELIVERIES.c.state == DeliveryState.DONE, _done_within(work, max(RATES_OVER))
        )
    )
    return {minutes: count / minutes for minutes, count in zip(RATES_OVER, row or (), strict=True)}


async def count_by_clinic(work: PlatformWork, limit: int) -> list[Row[Any]]:
    """What waits and what was done in the last hour, by clinic: those with most waiting, then most done, first.

    (clinic_id, null for what belongs to none; events, deliveries, oldest; done, of_done: by all clinics.)
    """
    none = cast(null(), DateTime(timezone=True))
    zero = literal(0, Integer)
    parts = union_all(
        select(
            _OUTBOX.c.clinic_id,
            func.count().label("events"),
            zero.label("deliveries"),
            func.min(_OUTBOX.c.occurred_at).label("oldest"),
            zero.label("done"),
        ).group_by(_OUTBOX.c.clinic_id),
        select(_DELIVERIES.c.clinic_id, zero, func.count(), func.min(_DELIVERIES.c.created_at), zero)
        .where(_DELIVERIES.c.state == DeliveryState.PENDING)
        .group_by(_DELIVERIES.c.clinic_id),
        select(_DELIVERIES.c.clinic_id, zero, zero, none, func.count())
        .where(_DELIVERIES.c.state == DeliveryState.DONE, _done_within(work, max(RATES_OVER)))
        .group_by(_DELIVERIES.c.clinic_id),
    ).subquery()
    events, pending, done = (func.sum(one) for one in (parts.c.events, parts.c.deliveries, parts.c.done))
    return await work.rows(
        select(
            parts.c.clinic_id,
            events.label("events"),
            pending.label("deliveries"),
            func.min(parts.c.oldest).label("oldest"),
            done.label("done"),
            func.sum(done).over().label("of_done"),
        )
        .group_by(parts.c.clinic_id)
        .order_by((events + pending).desc(), done.desc(), parts.c.clinic_id)
        .limit(limit)
    )


async def replay_all(work: PlatformWork, query: DeliveryQuery) -> int:
    """Replays what is dead and fits, 500 at most at a time, oldest first; gives how many."""
    dead = replace(query, state=DeliveryState.DEAD.value)
    rows = await work.rows(
        select(_DELIVERIES.c.id)
        .where(*dead.conditions())
        .order_by(_DELIVERIES.c.id)
        .limit(MOST_REPLAYED)
        .with_for_update(skip_locked=True)
    )
    for row in rows:
        await deliveries.replay(work, row.id)
    return len(rows)


async def count_timers(work: PlatformWork) -> list[Row[Any]]:
    """Waiting timers by kind: (kind, waiting, overdue, next), the next due first."""
    due = func.min(_TIMERS.c.due_at).label("next")
    return await work.rows(
        select(
            _TIMERS.c.kind,
            func.count().label("waiting"),
            func.count().filter(_TIMERS.c.due_at <= work.now).label("overdue"),
            due,
        )
        .where(_TIMERS.c.state == TimerState.WAITING)
        .group_by(_TIMERS.c.kind)
        .order_by(due)
    )


async def list_timers(
    work: PlatformWork, kind: str, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Row[Any]]:
    """Waiting timers, of one kind or of all, the next due first, after the (due, id) given."""
    statement = select(_TIMERS).where(_TIMERS.c.state == TimerState.WAITING)
    if kind:
        statement = statement.where(_TIMERS.c.kind == kind)
    if after is not None:
        statement = statement.where(tuple_(_TIMERS.c.due_at, _TIMERS.c.id) > tuple_(*after))
    return await work.rows(statement.order_by(_TIMERS.c.due_at, _TIMERS.c.id).limit(limit))
