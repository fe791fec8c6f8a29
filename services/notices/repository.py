"""The SQL of notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.ids import new_id
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import AnyWork, PlatformWork, clinic_of
from services.notices.models import Notice, NoticeState
from services.notices.schemas import Message

_NOTICES = table(Notice)


class NoticeRepository:
    """The notices of the work's clinic, or of no clinic."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    def _mine(self, notice_id: UUID) -> list[ColumnElement[bool]]:
        mine: list[ColumnElement[bool]] = [_NOTICES.c.id == notice_id]
        if not isinstance(self._work.scope, PlatformScope):
            mine.append(_NOTICES.c.clinic_id.is_not_distinct_from(clinic_of(self._work.scope)))
        return mine

    async def add(self, message: Message) -> UUID | None:
        """A queued notice; nothing where subject, kind and version are taken."""
        added: UUID | None = await self._work.scalar(
            insert(_NOTICES)
            .values(
                id=new_id(),
                clinic_id=clinic_of(self._work.scope),
                notice_kind=message.kind,
                subject_id=message.subject_id,
                version=message.version,
                recipient=message.recipient,
                title=message.title,
                text_body=message.text,
                html_body=message.html,
                attachments=[asdict(one) for one in message.attachments],
                state=NoticeState.QUEUED,
                attempts=0,
                created_at=self._work.now,
            )
            .on_conflict_do_nothing(index_elements=["subject_id", "notice_kind", "version"])
            .returning(_NOTICES.c.id)
        )
        return added

    async def lock(self, notice_id: UUID) -> Row[Any] | None:
        return await self._work.row(select(_NOTICES).where(*self._mine(notice_id)).with_for_update())

    async def fail_queued(self, kind: str, subject_id: UUID, why: str) -> None:
        """Ends the messages of a kind about a thing that were not handed over yet."""
        await self._work.execute(
            update(_NOTICES)
            .where(
                _NOTICES.c.clinic_id.is_not_distinct_from(clinic_of(self._work.scope)),
                _NOTICES.c.subject_id == subject_id,
                _NOTICES.c.notice_kind == kind,
                _NOTICES.c.state == NoticeState.QUEUED,
            )
            .values(state=NoticeState.FAILED, error=why)
        )

    async def move(self, notice_id: UUID, state: NoticeState, error: str | None = None) -> None:
        """Another state; sending counts an attempt, and what was sent has its time."""
        changes: dict[str, Any] = {"state": state, "error": error or null()}
        if state is NoticeState.INFLIGHT:
            changes["attempts"] = _NOTICES.c.attempts + 1
        if state is NoticeState.SENT:
            changes["sent_at"] = self._work.now
        await self._work.execute(update(_NOTICES).where(*self._mine(notice_id)).values(**changes))


async def list_sent(work: PlatformWork, to: str | None, limit: int) -> Sequence[Row[Any]]:
    """What went out, newest first."""
    statement = select(_NOTICES).where(_NOTICES.c.state == NoticeState.SENT)
    if to:
        statement = statement.where(func.lower(_NOTICES.c.recipient) == to.lower())
    return await work.rows(statement.order_by(_NOTICES.c.sent_at.desc(), _NOTICES.c.id.desc()).limit(limit))
