"""Use cases of notices: queue a message once, take it back, and see what was sent. They go out in `sending`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients import service as clients
from services.clinics import places
from services.kernel.correlation import followed_by
from services.kernel.scope import ClinicScope
from services.kernel.vault import is_nobodys
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.notices.events import QUEUED
from services.notices.models import NoticeState
from services.notices.repository import (
    NoticeRepository,
    count_states,
    list_dead,
    list_unsent,
)
from services.notices.repository import list_sent as sent_rows
from services.notices.rules import (
    KINDS,
    STATE_KINDS,
)
from services.notices.schemas import Attachment, ClientNotice, MailFigures, Message, SentNotice
from services.screening import marketing

MOST_LISTED = 500


async def queue(work: AnyWork, *messages: Message) -> list[UUID]:
    """Has messages sent; nothing happens with those that were queued before. Gives the ids of the new notices.

    Nothing is sent to a person who was erased.
    """
    ready = [await _ready(work, message) for message in messages]
    wanted = [message for message in ready if message is not None]
    notices = NoticeRepository(work)
    about_visits = [one for one in wanted if one.says and one.kind.startswith(STATE_KINDS)]
    unsaid = await notices.without_said(about_visits)
    new = await notices.add([one for one in wanted if one in unsaid or one not in about_visits])
    for notice_id, message in new.items():
        with followed_by(message.thread):
            work.announce(QUEUED(notice_id=notice_id))
    return list(new)


async def _ready(work: AnyWork, message: Message) -> Message | None:
    """The message with its hour and zone; nothing where it is for nobody, or not wanted."""
    rule = KINDS.get(message.kind)
    if rule is None:
        raise LookupError(f"{message.kind} has no rule in services/notices/rules.py")
    if rule.of_visits and not message.says and isinstance(work.scope, ClinicScope):
        raise LookupError(f"{message.kind} does not say what has to be true of which visit")
    if is_nobodys(message.recipient):
        return None
    if rule.marketing and not await is_wanted(work, message.client_id):
        return None
    if rule.urgent:
        return replace(message, urgent=True)
    if not message.zone and isinstance(work.scope, ClinicScope):
        return replace(message, zone=await _zone_of_clinic(work))
    return message


async def is_wanted(work: AnyWork, client_id: UUID | None) -> bool:
    """Whether a client has allowed messages that are about no visit, and not stopped them since."""
    if client_id is None or not isinstance(work.scope, ClinicScope):
        raise LookupError("a marketing message is to a client of a clinic")
    return await marketing.may_market(work, client_id)


async def _zone_of_clinic(work: ClinicWork) -> str:
    """Where the clinic is: its oldest location's zone; nothing where it has none yet."""
    locations = await places.list_locations(work)
    return locations[0].time_zone if locations else ""


async def take_back(work: AnyWork, kind: str, subject_id: UUID, why: str) -> None:
    """A message that still waits does not go out: what it says is no longer so."""
    await NoticeRepository(work).fail_queued(kind, subject_id, why)


async def list_sent(work: PlatformWork, to: str | None = None, limit: int = MOST_LISTED) -> list[SentNotice]:
    """What went out, newest first; `to` is one address."""
    return [_sent(row) for row in await sent_rows(work, to, limit)]


async def list_to_client(work: ClinicWork, client_id: UUID, limit: int) -> list[ClientNotice]:
    """What the client was sent, or should have been, under any record of theirs, newest first. Raises `NotFound`."""
    rows = await NoticeRepository(work).of_client(await clients.list_known_as(work, client_id), limit)
    return [
        ClientNotice(
            id=row.id,
            kind=row.notice_kind,
            to="" if is_nobodys(row.recipient) else row.recipient,
            title=row.title,
            state=row.state,
            at=row.sent_at or row.created_at,
            held_until=row.held_until if row.state == NoticeState.QUEUED else None,
            why=row.error or "",
        )
        for row in rows
    ]


async def mail_figures(work: PlatformWork, limit: int) -> MailFigures:
    """The messages of all clinics at one moment."""
    return MailFigures(await count_states(work), await list_unsent(work, limit), await list_dead(work, limit))


def _sent(row: Row[Any]) -> SentNotice:
    return SentNotice(
        id=row.id,
        to=row.recipient,
        subject=row.title,
        kind=row.notice_kind,
        sent_at=row.sent_at,
        text=row.text_body,
        html=row.html_body,
        attachments=tuple(Attachment(**one) for one in row.attachments),
        channel=row.channel,
        language=row.language,
    )
