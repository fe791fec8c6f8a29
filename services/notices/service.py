"""Use cases of notices: queue a message once, take it for sending, note how that ended.

Before it goes, the state is read again (`truth`), and what can wait waits for the morning.
Sending has two steps, because a mail server is no part of a transaction: the notice is marked as in flight and
that is committed; then it is handed over; then it is marked as sent. The actor does the steps (`workers`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients import service as clients
from services.clinics import places
from services.kernel.scope import ClinicScope
from services.kernel.timers import set_timer
from services.kernel.vault import is_nobodys
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.notices.envelope import letter
from services.notices.events import QUEUED, REMINDER_NOT_TEXTED, TEXT_ERASED
from services.notices.models import Channel, NoticeState
from services.notices.repository import (
    AddressRepository,
    NoticeRepository,
    ToldRepository,
    count_states,
    list_dead,
    list_unsent,
    says_of,
)
from services.notices.repository import list_sent as sent_rows
from services.notices.rules import (
    ADDRESS_DEAD,
    KINDS,
    NO_TEXTS,
    NOT_ALLOWED,
    NUMBER_DEAD,
    SECONDS_A_MINUTE,
    STATE_KINDS,
    Step,
    is_quiet_over,
    next_step,
    refusal_words,
)
from services.notices.schemas import Attachment, ClientNotice, MailFigures, Message, SentNotice, ShortText
from services.notices.truth import Untrue, find_untrue
from services.notices.unsubscribing import unsubscribe_url
from services.scheduling import service as scheduling
from services.scheduling import texts
from services.scheduling.reminder_rules import hours_of
from services.screening import marketing

MOST_LISTED = 500
WAS_ERASED = "its words or its recipient were erased"


async def queue(work: AnyWork, message: Message) -> UUID | None:
    """Has the message sent; nothing happens when it was queued before. Gives the notice's id when it is new.

    Nothing is sent to a person who was erased.
    """
    rule = KINDS.get(message.kind)
    if rule is None:
        raise LookupError(f"{message.kind} has no rule in services/notices/rules.py")
    if is_nobodys(message.recipient):
        return None
    if rule.urgent:
        message = replace(message, urgent=True)
    elif not message.zone and isinstance(work.scope, ClinicScope):
        message = replace(message, zone=await _zone_of_clinic(work))
    if rule.marketing and not await _is_wanted(work, message.client_id):
        return None
    messages = NoticeRepository(work)
    if message.says and message.kind.startswith(STATE_KINDS) and await messages.is_being_said(message):
        return None
    notice_id = await messages.add(message)
    if notice_id is not None:
        work.announce(QUEUED(notice_id=notice_id))
    return notice_id


async def _is_wanted(work: AnyWork, client_id: UUID | None) -> bool:
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


async def take_for_sending(work: AnyWork, notice_id: UUID, mail_from: str) -> EmailMessage | ShortText | None:
    """Marks the notice as in flight and gives it as it goes; nothing when it is over, untrue, or waits for the morning.

    To be committed before it is handed over.
    """
    notices = NoticeRepository(work)
    row = await notices.lock(notice_id)
    if row is None:
        return None
    step, why = next_step(row.notice_kind, row.state, row.created_at, work.now)
    if step is Step.SEND and (is_nobodys(row.recipient) or not row.text_body):
        step, why = Step.FAIL, WAS_ERASED
    if step is Step.FAIL:
        await notices.move(notice_id, NoticeState.FAILED, why)
    if step is not Step.SEND:
        return None
    untrue = await find_untrue(work, row) or await _find_unwanted(work, row)
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
    if row.channel == Channel.TEXT:
        return ShortText(row.recipient, row.text_body, _text_key(row.id))
    return _email(work, row, mail_from)


async def _find_unwanted(work: AnyWork, row: Row[Any]) -> Untrue | None:
    """What becomes of a message that its address does not take, or its client does not want any more."""
    rule = KINDS[row.notice_kind]
    if rule.marketing and not await _is_wanted(work, row.client_id):
        return NoticeState.DROPPED, NOT_ALLOWED
    if row.channel == Channel.TEXT and isinstance(work.scope, ClinicScope):
        return await _find_untexted(work, row)
    if not rule.essential and await AddressRepository(work).find(row.recipient):
        return NoticeState.FAILED, ADDRESS_DEAD
    return None


async def _find_untexted(work: ClinicWork, row: Row[Any]) -> Untrue | None:
    """What becomes of a text whose client has stopped texts, or whose number takes none: an e-mail goes instead."""
    booking = await scheduling.get_booking(work, row.subject_id)
    if await texts.find_number(work, booking.group_id) != row.recipient:
        untrue = NoticeState.DROPPED, NO_TEXTS
    elif await AddressRepository(work).find(row.recipient):
        untrue = NoticeState.FAILED, NUMBER_DEAD
    else:
        return None
    _mail_instead(work, row)
    return untrue


def _mail_instead(work: AnyWork, row: Row[Any]) -> None:
    work.announce(REMINDER_NOT_TEXTED(booking_id=row.subject_id, hours=str(hours_of(row.version))))


async def note_sent(work: AnyWork, notice_id: UUID) -> None:
    """The mail server, or the gateway of texts, has it: what it says of visits is known from now on."""
    row = await NoticeRepository(work).move(notice_id, NoticeState.SENT)
    if row is not None:
        await AddressRepository(work).believe(row.recipient)
    if row is not None and row.notice_kind.startswith("booking.") and isinstance(work.scope, ClinicScope):
        await ToldRepository(work).note(row.audience, says_of(row))


async def note_refused(work: AnyWork, notice_id: UUID, why: str, *, dead_address: bool = False) -> None:
    """The receiving side will never take it; with `dead_address`, nor anything else to that address."""
    words = refusal_words(why)
    row = await NoticeRepository(work).move(notice_id, NoticeState.FAILED, words)
    if row is not None and dead_address:
        await AddressRepository(work).note_refused(row.recipient, words)
    if row is not None and row.channel == Channel.TEXT:
        _mail_instead(work, row)


async def forget_texts(work: ClinicWork, notice_ids: Collection[UUID]) -> None:
    """What was handed to the gateway of these messages is deleted there, with this transaction."""
    for notice_id in await NoticeRepository(work).texts_among(notice_ids):
        work.announce(TEXT_ERASED(key=_text_key(notice_id)))


async def note_not_sent(work: AnyWork, notice_id: UUID, why: str) -> None:
    """It did not go out, for certain; it waits for the next try."""
    await NoticeRepository(work).move(notice_id, NoticeState.QUEUED, why[:300])


async def list_sent(work: PlatformWork, to: str | None = None, limit: int = MOST_LISTED) -> list[SentNotice]:
    """What went out, newest first; `to` is one address."""
    return [_sent(row) for row in await sent_rows(work, to, limit)]


async def list_to_client(work: ClinicWork, client_id: UUID, limit: int) -> list[ClientNotice]:
    """What the client was sent, or should have been, newest first. Raises `NotFound`."""
    client = await clients.get_client(work, client_id)
    rows = await NoticeRepository(work).of_client(client.id, client.email, limit)
    return [
        ClientNotice(
            id=row.id,
            kind=row.notice_kind,
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
        channel=row.channel,
        language=row.language,
    )


def _text_key(notice_id: UUID) -> str:
    return f"notice-{notice_id.hex}"


def _email(work: AnyWork, row: Row[Any], mail_from: str) -> EmailMessage:
    if not KINDS[row.notice_kind].marketing:
        return letter(row, mail_from, {})
    # RFC 8058; nothing of the kind on what is about a visit or an account
    one_click = {
        "List-Unsubscribe": f"<{unsubscribe_url(work, row.clinic_id, row.client_id)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return letter(row, mail_from, one_click)
