"""Use cases of notices: queue a message once, take it for sending, note how that ended.

Sending has two steps, because a mail server is no part of a transaction: the notice is marked as in flight and
that is committed; then it is handed over; then it is marked as sent. The actor does the steps (`workers`).
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.kernel.work import AnyWork, PlatformWork
from services.notices.events import QUEUED
from services.notices.models import NoticeState
from services.notices.repository import NoticeRepository
from services.notices.repository import list_sent as sent_rows
from services.notices.rules import KINDS, Step, next_step
from services.notices.schemas import Attachment, Message, SentNotice

MOST_LISTED = 500


async def queue(work: AnyWork, message: Message) -> UUID | None:
    """Has the message sent; nothing happens when it was queued before. Gives the notice's id when it is new."""
    if message.kind not in KINDS:
        raise LookupError(f"{message.kind} has no rule in services/notices/rules.py")
    notice_id = await NoticeRepository(work).add(message)
    if notice_id is not None:
        work.announce(QUEUED(notice_id=notice_id))
    return notice_id


async def take_back(work: AnyWork, kind: str, subject_id: UUID, why: str) -> None:
    """A message that still waits does not go out: what it says is no longer so."""
    await NoticeRepository(work).fail_queued(kind, subject_id, why)


async def take_for_sending(work: AnyWork, notice_id: UUID, mail_from: str) -> EmailMessage | None:
    """Marks the notice as in flight and gives it as e-mail; nothing when it is over or its time has passed.

    To be committed before the e-mail is handed over.
    """
    notices = NoticeRepository(work)
    row = await notices.lock(notice_id)
    if row is None:
        return None
    step, why = next_step(row.notice_kind, row.state, row.created_at, work.now)
    if step is Step.FAIL:
        await notices.move(notice_id, NoticeState.FAILED, why)
    if step is not Step.SEND:
        return None
    await notices.move(notice_id, NoticeState.INFLIGHT)
    return _email(row, mail_from)


async def note_sent(work: AnyWork, notice_id: UUID) -> None:
    """The mail server has it."""
    await NoticeRepository(work).move(notice_id, NoticeState.SENT)


async def note_refused(work: AnyWork, notice_id: UUID, why: str) -> None:
    """The receiving side will never take it."""
    await NoticeRepository(work).move(notice_id, NoticeState.FAILED, why[:300])


async def note_not_sent(work: AnyWork, notice_id: UUID, why: str) -> None:
    """It did not go out, for certain; it waits for the next try."""
    await NoticeRepository(work).move(notice_id, NoticeState.QUEUED, why[:300])


async def list_sent(work: PlatformWork, to: str | None = None, limit: int = MOST_LISTED) -> list[SentNotice]:
    """What went out, newest first; `to` is one address."""
    return [_sent(row) for row in await sent_rows(work, to, limit)]


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
    )


def _email(row: Row[Any], mail_from: str) -> EmailMessage:
    name, address = parseaddr(mail_from)
    user, _, domain = address.partition("@")
    email = EmailMessage()
    email["Message-ID"] = f"<notice-{row.id.hex}@{domain}>"
    email["Date"] = format_datetime(row.created_at)
    email["From"] = Address(name, user, domain)
    email["To"] = row.recipient
    email["Subject"] = row.title
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(row.text_body)
    email.add_alternative(row.html_body, subtype="html")
    for one in row.attachments:
        main, _, rest = str(one["content_type"]).partition("/")
        subtype, *parameters = [part.strip() for part in rest.split(";")]
        if main != "text":
            raise ValueError(f"attachments are text, not {main}")
        email.add_attachment(
            one["content"],
            subtype=subtype,
            filename=one["filename"],
            params=dict(part.split("=", 1) for part in parameters if not part.startswith("charset")),
        )
    return email
