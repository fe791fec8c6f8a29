"""Timers: things due at a time, as rows. A timer that falls due becomes the event of its kind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.models import Timer, TimerState
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork, clinic_of

_TIMERS = table(Timer)


def _setting() -> Prepared:
    statement = insert(_TIMERS)
    moved = statement.on_conflict_do_update(
        index_elements=["kind", "subject_id", "version"],
        set_={name: statement.excluded[name] for name in ("due_at", "payload", "state")},
        where=_TIMERS.c.state != TimerState.FIRED,
    )
    return Prepared(moved, _TIMERS.c.keys())


_WAITING = (_TIMERS.c.subject_id == given(_TIMERS.c.subject_id), _TIMERS.c.state == TimerState.WAITING)
_CANCELLED = update(_TIMERS).values(state=TimerState.CANCELLED)
_SET, _CANCEL = _setting(), Prepared(_CANCELLED.where(*_WAITING))
_CANCEL_KINDS = Prepared(_CANCELLED.where(*_WAITING, is_among(_TIMERS.c.kind, "kinds")))


async def set_timer(
    work: AnyWork, event: Event, subject_id: UUID, due_at: datetime, version: int = 0
) -> None:
    """Announces `event` at `due_at`. Set again with the same kind, subject and version, it moves until it has fired."""
    await work.put(
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
    if kinds:
        await work.put(_CANCEL_KINDS, {"subject_id": subject_id, "kinds": kinds})
    else:
        await work.put(_CANCEL, {"subject_id": subject_id})
