"""Use cases of notices: queue a message once, take it for sending, note how that ended.

Before it goes, the state is read again (`truth`), and what can wait waits for the morning.
Sending has two steps, because a mail server is no part of a transaction: the notice is marked as in flight and
that is committed; then it is handed over; then it is marked as sent. The actor does the steps (`workers`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics import places
from services.kernel.scope import ClinicScope
from services.kernel.timers import set_timer
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.notices.events import QUEUED
from services.notices.models import NoticeState
from services.notices.repository import NoticeRepository, ToldRepository, says_of
from services.notices.repository import list_sent as sent_rows
from services.notices.rules import KINDS, SECONDS_A_MINUTE, Step, is_quiet_over, next_step
from services.notices.schemas import Attachment, Message, SentNotice
from services.notices.truth import find_untrue

MOST_LISTED = 500


async def queue(work: AnyWork, message: Message) -> UUID | None:
    """Has the message sent; nothing happens when it was queued before. Gives the notice's id when it is new."""
    rule = KINDS.get(message.kind)
    if rule is None:
        raise LookupError(f"{message.kind} has no rule in services/notices/rules.py")
    if rule.urgent:
        message = replace(message, urgent=True)
    elif not message.zone and isinstance(work.scope, ClinicScope):
        message = replace(message, zone=await _zone_of_clinic(work))
    notice_id = await NoticeRepository(work).add(message)
    if notice_id is not None:
        work.announce(QUEUED(notice_id=notice_id))
    return notice_id


async def _zone_of_clinic(work: ClinicWork) -> str:
    """Where the clinic is: its oldest location's zone; nothing where it has none yet."""
    locations = await places.list_locations(work)
    return locations[0].time_zone if locations else ""


async def take_for_sending(work: AnyWork, notice_id: UUID, mail_from: str) -> EmailMessage | None:
    """Marks the notice as in flight and gives it as e-mail; nothing when it is over, untrue, or waits for the morning.

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
    untrue = await find_untrue(work, row)
    if untrue is not None:
        await notices.move(notice_id, *untrue)
        return None
    morning = _morning(work, row)
    if morning is not None:
        await notices.hold(notice_id, morning)
        version = int(morning.timestamp()) // SECONDS_A_MINUTE
        await set_timer(work, QUEUED(notice_id=notice_id), notice_id, morning, version)
        return None
    await notices.move(notice_id, NoticeState.INFLIGHT)
    return _email(row, mail_from)


async def note_sent(work: AnyWork, notice_id: UUID) -> None:
    """The mail server has it: what it says of visits is known from now on."""
    notices = NoticeRepository(work)
    await notices.move(notice_id, NoticeState.SENT)
    row = await notices.lock(notice_id)
    if row is not None and row.notice_kind.startswith("booking.") and isinstance(work.scope, ClinicScope):
        await ToldRepository(work).note(row.audience, says_of(row))


async def note_refused(work: AnyWork, notice_id: UUID, why: str) -> None:
    """The receiving side will never take it."""
    await NoticeRepository(work).move(notice_id, NoticeState.FAILED, why[:300])


async def note_not_sent(work: AnyWork, notice_id: UUID, why: str) -> None:
    """It did not go out, for certain; it waits for the next try."""
    await NoticeRepository(work).move(notice_id, NoticeState.QUEUED, why[:300])


async def list_sent(work: PlatformWork, to: str | None = None, limit: int = MOST_LISTED) -> list[SentNotice]:
    """What went out, newest first; `to` is one address."""
    return [_sent(row) for row in await sent_rows(work, to, limit)]


def _morning(work: AnyWork, row: Row[Any]) -> datetime | None:
    """Until when a message waits; nothing where it is day, or it cannot wait."""
    if work.tools.quiet is None or row.urgent or not row.zone:
        return None
    morning = work.tools.quiet.until(work.now, row.zone)
    if morning is None or is_quiet_over(
        morning, [one.starts_at for one in says_of(row) if one.starts_at > work.now]
    ):
        return None
    return morning


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
