"""Whether a message is still true at the moment it would be sent: the state is read again, whatever waited how long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.courses import followups
from services.courses import service as courses
from services.kernel.errors import NotFound
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
    STOPPED,
    stop_version,
    tells_outcome,
)
from services.notices.schemas import Said
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.questions import service as questions
from services.reviews import service as reviews
from services.scheduling import service as scheduling

Untrue = tuple[NoticeState, str]


async def visits_now(work: AnyWork, rows: Iterable[Row[Any]]) -> dict[UUID, Said]:
    """The visits that messages speak of, as they are now; those that are gone are not there."""
    ids = {one.booking_id for row in rows for one in says_of(row)}
    if not ids or not isinstance(work.scope, ClinicScope):
        return {}
    return {one.id: said_of(one) for one in await scheduling.list_by_id(work, ids)}


async def find_untrue(work: AnyWork, row: Row[Any], visits: Mapping[UUID, Said]) -> Untrue | None:
    """What becomes of the message where it is not true any more, with the reason; nothing where it is true.

    Where something else is to be said instead, that is seen to (`changes.tell_changes`).
    """
    if not isinstance(work.scope, ClinicScope):
        return None
    says = says_of(row)
    if any(visits.get(one.booking_id) != one for one in says):
        return await _changed(work, row, [visits[one.booking_id] for one in says if one.booking_id in visits])
    if not await _is_asked_for(work, row):
        if tells_outcome(row.notice_kind):
            _tell_by_themselves(work, says)
        return NoticeState.DROPPED, NOT_TRUE
    return None


def _tell_by_themselves(work: ClinicWork, says: Iterable[Said]) -> None:
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
    work.announce(SETTLED(booking_id=now[0].booking_id))
    return NoticeState.SUPERSEDED, SAID_ANEW


async def _is_asked_for(work: ClinicWork, row: Row[Any]) -> bool:
    """Whether what a message asks or warns of still stands, for kinds that are about something else than a visit."""
    stands = _STANDS.get(row.notice_kind)
    try:
        return stands is None or await stands(work, row)
    except NotFound:
        return False


async def _is_check_in_open(work: ClinicWork, row: Row[Any]) -> bool:
    return (await followups.get_check_in(work, row.subject_id)).check_in.answered_at is None


async def _is_review_wanted(work: ClinicWork, row: Row[Any]) -> bool:
    return not (await reviews.get_invitation(work, row.subject_id)).answered


async def _is_question_open(work: ClinicWork, row: Row[Any]) -> bool:
    return (await questions.get_question(work, row.subject_id)).state == "waiting"


async def _is_expiring(work: ClinicWork, row: Row[Any]) -> bool:
    credential = await practitioners.get_credential(work, row.subject_id)
    ends = credential.expires_on.toordinal() if credential.expires_on else 0
    return credential.state is CredentialState.VERIFIED and ends == row.version // 100


async def _is_lapsed(work: ClinicWork, row: Row[Any]) -> bool:
    return (await practitioners.get_credential(work, row.subject_id)).state is CredentialState.LAPSED


async def _is_stopped(work: ClinicWork, row: Row[Any]) -> bool:
    stopped_at = (await courses.get_course(work, row.subject_id)).stopped_at
    return stopped_at is not None and stop_version(stopped_at) == row.version


_STANDS: dict[str, Callable[[ClinicWork, Row[Any]], Awaitable[bool]]] = {
    "check_in.asked": _is_check_in_open,
    "review.invited": _is_review_wanted,
    STOPPED: _is_stopped,
    "question.asked": _is_question_open,
    "credential.expires_soon": _is_expiring,
    "credential.lapsed": _is_lapsed,
}
