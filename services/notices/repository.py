"""The SQL of notices, and of what was last said of a visit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.ids import new_id
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import AnyWork, ClinicWork, PlatformWork, clinic_of
from services.notices.models import Notice, NoticeState, Told
from services.notices.rules import FIRST_KINDS, audience_of
from services.notices.schemas import Message, Said

_NOTICES, _TOLD = table(Notice), table(Told)
_KNOWN = ("status", "starts_at", "practitioner_id", "location_id", "told_at")


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
                audience=audience_of(message.kind),
                says=[_as_json(one) for one in message.says],
                zone=message.zone,
                urgent=message.urgent,
            )
            .on_conflict_do_nothing(index_elements=["subject_id", "notice_kind", "version"])
            .returning(_NOTICES.c.id)
        )
        return added

    async def lock(self, notice_id: UUID) -> Row[Any] | None:
        return await self._work.row(select(_NOTICES).where(*self._mine(notice_id)).with_for_update())

    async def move(self, notice_id: UUID, state: NoticeState, error: str | None = None) -> None:
        """Another state; sending counts an attempt, and what was sent has its time."""
        changes: dict[str, Any] = {"state": state, "error": error or null()}
        if state is NoticeState.INFLIGHT:
            changes["attempts"] = _NOTICES.c.attempts + 1
        if state is NoticeState.SENT:
            changes["sent_at"] = self._work.now
        await self._work.execute(update(_NOTICES).where(*self._mine(notice_id)).values(**changes))

    async def hold(self, notice_id: UUID, until: datetime) -> None:
        """It waits for the morning."""
        held = update(_NOTICES).where(*self._mine(notice_id))
        await self._work.execute(held.values(held_until=until, state=NoticeState.QUEUED))

    async def has_first(self, group_id: UUID) -> bool:
        """Whether there is a first message about what was booked together, whatever became of it."""
        found = exists().where(
            _NOTICES.c.subject_id == group_id,
            _NOTICES.c.notice_kind.in_(FIRST_KINDS),
            _NOTICES.c.clinic_id.is_not_distinct_from(clinic_of(self._work.scope)),
        )
        return bool(await self._work.scalar(select(found)))


def _as_json(said: Said) -> dict[str, str]:
    values = asdict(said)
    return {name: one.isoformat() if isinstance(one, datetime) else str(one) for name, one in values.items()}


def says_of(row: Row[Any]) -> list[Said]:
    """What a message says of visits."""
    return [
        Said(
            booking_id=UUID(one["booking_id"]),
            status=one["status"],
            starts_at=datetime.fromisoformat(one["starts_at"]),
            practitioner_id=UUID(one["practitioner_id"]),
            location_id=UUID(one["location_id"]),
        )
        for one in row.says
    ]


class ToldRepository:
    """What a clinic's clients and team were last told of its visits."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work

    async def last(self, audience: str, bookings: Collection[UUID]) -> dict[UUID, Said]:
        """What was last said of each, where something was."""
        mine = and_(
            _TOLD.c.clinic_id == self._work.scope.clinic_id,
            _TOLD.c.audience == audience,
            _TOLD.c.booking_id.in_(list(bookings)),
        )
        columns = (
            _TOLD.c.booking_id,
            _TOLD.c.status,
            _TOLD.c.starts_at,
            _TOLD.c.practitioner_id,
            _TOLD.c.location_id,
        )
        return {
            row.booking_id: Said(*tuple(row)) for row in await self._work.rows(select(*columns).where(mine))
        }

    async def note(self, audience: str, says: Collection[Said]) -> None:
        """This is what they know now."""
        if not says:
            return
        clinic_id, now = self._work.scope.clinic_id, self._work.now
        rows = [asdict(one) | {"clinic_id": clinic_id, "audience": audience, "told_at": now} for one in says]
        statement = insert(_TOLD).values(sorted(rows, key=lambda row: str(row["booking_id"])))
        known = {name: statement.excluded[name] for name in _KNOWN}
        await self._work.execute(
            statement.on_conflict_do_update(
                index_elements=["clinic_id", "booking_id", "audience"], set_=known
            )
        )


async def list_sent(work: PlatformWork, to: str | None, limit: int) -> Sequence[Row[Any]]:
    """What went out, newest first."""
    statement = select(_NOTICES).where(_NOTICES.c.state == NoticeState.SENT)
    if to:
        statement = statement.where(func.lower(_NOTICES.c.recipient) == to.lower())
    return await work.rows(statement.order_by(_NOTICES.c.sent_at.desc(), _NOTICES.c.id.desc()).limit(limit))
