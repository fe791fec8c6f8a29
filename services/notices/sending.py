"""Use cases of sending: a few queued notices are looked at once more and taken, and how that ended is noted.

Before a message goes, the state is read again (`truth`), and what can wait waits for the morning. Sending has two
steps, because a mail server is no part of a transaction: notices are marked as in flight and that is committed; then
they are handed over; then they are marked as sent. The actor does the steps (`workers`), with some of one clinic at a
time, since a round trip costs more than what it carries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clinics import service as clinics
from services.courses import followups
from services.kernel.scope import ClinicScope
from services.kernel.timers import set_timer
from services.kernel.vault import is_nobodys
from services.kernel.work import AnyWork, ClinicWork
from services.notices.envelope import letter
from services.notices.events import QUEUED, REMINDER_NOT_TEXTED, TEXT_ERASED
from services.notices.models import Audience, Channel, NoticeState
from services.notices.repository import AddressRepository, NoticeRepository, ToldRepository, says_of
from services.notices.rules import (
    ADDRESS_DEAD,
    KINDS,
    NO_TEXTS,
    NOT_ALLOWED,
    NOT_OF_THE_TEAM,
    NUMBER_DEAD,
    RED_FLAG,
    SECONDS_A_MINUTE,
    SETTLING,
    Step,
    is_quiet_over,
    next_step,
    refusal_words,
    tells_outcome,
)
from services.notices.schemas import ShortText
from services.notices.service import is_wanted
from services.notices.truth import Untrue, find_untrue, visits_now
from services.notices.unsubscribing import unsubscribe_url
from services.scheduling import service as scheduling
from services.scheduling import texts
from services.scheduling.reminder_rules import hours_of
from services.scheduling.schemas import BookingView

WAS_ERASED = "its words or its recipient were erased"
Outgoing = EmailMessage | ShortText


@dataclass(frozen=True, slots=True)
class Taking:
    """Notices that are locked, to be taken for sending one by one; `finish` marks those that were as in flight."""

    work: AnyWork
    rows: Mapping[UUID, Row[Any]]
    visits: Mapping[UUID, BookingView]
    taken: list[UUID] = field(default_factory=list)

    async def take(self, notice_id: UUID, mail_from: str) -> Outgoing | None:
        """The message as it goes; nothing when it is over, taken already, untrue, or waits for the morning."""
        found = self.rows.get(notice_id)
        if found is None or notice_id in self.taken:
            return None
        row = await self._addressed(found)
        if not await self._may_go(row):
            return None
        outgoing = self._written(row, mail_from)
        self.taken.append(notice_id)
        return outgoing

    async def _addressed(self, row: Row[Any]) -> Row[Any]:
        """The notice to its client's address as it is now: it may have been put right while the message waited."""
        of_client = row.audience == Audience.CLIENT and row.channel == Channel.MAIL
        visit = next((self.visits.get(one.booking_id) for one in says_of(row)), None) if of_client else None
        if visit is None or visit.client_email == row.recipient or is_nobodys(visit.client_email):
            return row
        return await NoticeRepository(self.work).readdress(row.id, visit.client_email)

    def _written(self, row: Row[Any], mail_from: str) -> Outgoing:
        if row.channel == Channel.TEXT:
            return ShortText(row.recipient, row.text_body, _text_key(row.id))
        return _email(self.work, row, mail_from)

    async def finish(self) -> None:
        """To be committed before anything is handed over."""
        if self.taken:
            await NoticeRepository(self.work).move(self.taken, NoticeState.INFLIGHT)

    async def _may_go(self, row: Row[Any]) -> bool:
        work, notices = self.work, NoticeRepository(self.work)
        step, why = next_step(row.notice_kind, row.state, row.created_at, work.now)
        if step is Step.SEND and (is_nobodys(row.recipient) or not row.text_body):
            step, why = Step.FAIL, WAS_ERASED
        if step is Step.FAIL:
            await notices.move([row.id], NoticeState.FAILED, why)
        if step is not Step.SEND:
            return False
        untrue = await find_untrue(work, row, self.visits) or await _find_unwanted(work, row)
        if untrue is not None:
            await notices.move([row.id], *untrue)
            return False
        morning = _morning(work, row)
        if morning is not None:
            await notices.hold(row.id, morning)
            version = int(morning.timestamp()) // SECONDS_A_MINUTE
            set_timer(work, QUEUED(notice_id=row.id), row.id, morning, version)
        return morning is None


async def open_for_sending(work: AnyWork, notice_ids: Collection[UUID]) -> Taking:
    """The notices, locked, and the visits that they speak of as these are now."""
    rows = await NoticeRepository(work).lock(notice_ids)
    return Taking(work, {row.id: row for row in rows}, await visits_now(work, rows))


async def note_sent(work: AnyWork, notice_ids: Sequence[UUID]) -> None:
    """The mail server, or the gateway of texts, has them: what they say of visits is known from now on."""
    if not notice_ids:
        return
    rows = await NoticeRepository(work).move(notice_ids, NoticeState.SENT)
    await AddressRepository(work).believe([row.recipient for row in rows])
    if isinstance(work.scope, ClinicScope):
        said = [(row.audience, says_of(row)) for row in rows if tells_outcome(row.notice_kind)]
        await ToldRepository(work).note_all(said)


async def note_refused(work: AnyWork, notice_id: UUID, why: str, *, dead_address: bool = False) -> None:
    """The receiving side will never take it; with `dead_address`, nor anything else to that address."""
    words = refusal_words(why)
    for row in await NoticeRepository(work).move([notice_id], NoticeState.FAILED, words):
        if dead_address:
            await AddressRepository(work).note_refused(row.recipient, words)
        if row.channel == Channel.TEXT:
            _mail_instead(work, row)
        if row.notice_kind == RED_FLAG and isinstance(work.scope, ClinicScope):
            await followups.warn_again(work, row.subject_id)


async def note_not_sent(work: AnyWork, notice_id: UUID, why: str) -> None:
    """It did not go out, for certain; it waits for the next try."""
    await NoticeRepository(work).move([notice_id], NoticeState.QUEUED, why[:300])


async def forget_texts(work: ClinicWork, notice_ids: Collection[UUID]) -> None:
    """What was handed to the gateway of these messages is deleted there, with this transaction."""
    for notice_id in await NoticeRepository(work).texts_among(notice_ids):
        work.announce(TEXT_ERASED(key=_text_key(notice_id)))


async def _find_unwanted(work: AnyWork, row: Row[Any]) -> Untrue | None:
    """What becomes of a message that its address does not take, or its client does not want any more."""
    rule = KINDS[row.notice_kind]
    if rule.marketing and not await is_wanted(work, row.client_id):
        return NoticeState.DROPPED, NOT_ALLOWED
    if row.channel == Channel.TEXT and isinstance(work.scope, ClinicScope):
        return await _find_untexted(work, row)
    if row.audience == Audience.TEAM and not await _is_theirs(work, row):
        return NoticeState.DROPPED, NOT_OF_THE_TEAM
    if not rule.essential and await AddressRepository(work).find(row.recipient):
        return NoticeState.FAILED, ADDRESS_DEAD
    return None


async def _is_theirs(work: AnyWork, row: Row[Any]) -> bool:
    """Whether a message to the team that has waited is to somebody of the team, or to the clinic."""
    if not isinstance(work.scope, ClinicScope) or work.now - row.created_at < SETTLING:
        return True
    team = {member.email for member in await clinics.list_team(work)}
    return row.recipient in {*team, (await clinics.get_clinic(work)).email}


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
