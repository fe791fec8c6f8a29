"""Whether a message is still true at the moment it would be sent: the state is read again, whatever waited how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.kernel.scope import ClinicScope
from services.kernel.work import AnyWork, ClinicWork
from services.notices.events import SETTLED
from services.notices.messages.booking import said_of
from services.notices.models import NoticeState
from services.notices.repository import ToldRepository, says_of
from services.notices.rules import (
    CAME_BACK,
    NOT_TRUE,
    SAID_ANEW,
    STATE_KINDS,
    tells_outcome,
)
from services.notices.schemas import Said
from services.notices.standing import stands
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView

Untrue = tuple[NoticeState, str]


async def visits_now(work: AnyWork, rows: Iterable[Row[Any]]) -> dict[UUID, BookingView]:
    """The visits that messages speak of, as they are now; those that are gone are not there."""
    ids = {one.booking_id for row in rows for one in says_of(row)}
    if not ids or not isinstance(work.scope, ClinicScope):
        return {}
    return {one.id: one for one in await scheduling.list_by_id(work, ids)}


async def find_untrue(work: AnyWork, row: Row[Any], visits: Mapping[UUID, BookingView]) -> Untrue | None:
    """What becomes of the message where it is not true any more, with the reason; nothing where it is true.

    Where something else is to be said instead, that is seen to (`changes.tell_changes`).
    """
    says = says_of(row)
    now = [said_of(visits[one.booking_id]) for one in says if one.booking_id in visits]
    if isinstance(work.scope, ClinicScope) and now != says:
        return await _changed(work, row, now)
    if not await stands(work, row):
        if tells_outcome(row.notice_kind):
            _tell_by_themselves(work, says)
        return NoticeState.DROPPED, NOT_TRUE
    return None


def _tell_by_themselves(work: AnyWork, says: Iterable[Said]) -> None:
    """What a message about several visits would have said of each is compared with what was told, and told."""
    for one in says:
        work.announce(SETTLED(booking_id=one.booking_id))


async def _changed(work: ClinicWork, row: Row[Any], now: list[Said]) -> Untrue:
    stands = any(one.status in {"confirmed", "requested"} for one in now)
    if not stands or not row.notice_kind.startswith(STATE_KINDS):
        return NoticeState.DROPPED, NOT_TRUE
    last = await ToldRepository(work).last(row.audience, [one.booking_id for one in now])
    if all(last.get(one.booking_id) == one for one in now):
        return NoticeState.DROPPED, CAME_BACK
    _tell_by_themselves(work, now)
    return NoticeState.SUPERSEDED, SAID_ANEW
