"""Timers: things due at a time, as rows. A timer that falls due becomes the event of its kind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from services.kernel.adding import Adding
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import Timer, TimerState
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork, clinic_of

_TIMERS = table(Timer)


_KEY = ("kind", "subject_id", "version")
_MOVES = """
    ON CONFLICT (kind, subject_id, version) DO UPDATE
    SET due_at = excluded.due_at, payload = excluded.payload, state = excluded.state
    WHERE timer.state <> 'fired'
"""
_WAITING = (_TIMERS.c.subject_id == given(_TIMERS.c.subject_id), _TIMERS.c.state == TimerState.WAITING)
_CANCELLED = update(_TIMERS).values(state=TimerState.CANCELLED)
_SET, _CANCEL = Adding(_TIMERS, _MOVES, _KEY), Prepared(_CANCELLED.where(*_WAITING))
_CANCEL_KINDS = Prepared(_CANCELLED.where(*_WAITING, is_among(_TIMERS.c.kind, "kinds")))


def set_timer(work: AnyWork, event: Event, subject_id: UUID, due_at: datetime, version: int = 0) -> None:
    """Announces `event` at `due_at`; written with the commit.

    Set again with the same kind, subject and version, it moves until it has fired.
    """
    work.later(
        _SET,
        {
            "id": new_id(),
            "clinic_id": clinic_of(work.scope),
            "kind": event.name,
            "subject_id": subject_id,
            "version": version,
            "payload": event.payload,
            "due_at": due_at,
            "state": TimerState.WAITING,
        },
    )


async def cancel_timers(work: AnyWork, subject_id: UUID, *kinds: str) -> None:
    """Cancels the subject's waiting timers, all or those of the given kinds."""
    await work.write()
    if kinds:
        await work.put(_CANCEL_KINDS, {"subject_id": subject_id, "kinds": kinds})
    else:
        await work.put(_CANCEL, {"subject_id": subject_id})
