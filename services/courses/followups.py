"""Follow-ups of a completed visit: check-ins by signed link, answered once, sealed, red flags told at once."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients import service as clients
from services.clinics import service as clinics
from services.courses import followup_rules as rules
from services.courses.followup_events import CHECK_IN_ASKED, CHECK_IN_DUE, CHECK_IN_RED_FLAG, CHECK_IN_UNSEEN
from services.courses.followup_repository import CheckInRepository
from services.courses.followup_schemas import (
    CheckInAnswer,
    CheckInPage,
    CheckInRead,
    CheckInView,
    Handled,
    Judged,
    WaitingCheckIn,
)
from services.courses.protocols import protocol_of
from services.courses.red_flags import emergency_numbers, red_flags, rules_version
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.vault import Erased, is_nobodys, open_for, seal_for
from services.kernel.work import AnyWork, ClinicWork
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import STANDING

CHECK_IN_LINK = "check-in"
_TREATED = ("arrived", "completed")
CLOSED_BY_ERASURE = "closed when the client was erased"


class AlreadyAnswered(WrongState):
    code = "already-answered"
    message = "You answered this before, and the clinic has it. Tell the clinic if something has changed."


class NothingToHandle(WrongState):
    code = "nothing-to-handle"
    message = "There is no answer yet, or somebody has dealt with it already."


async def plan_followups(work: ClinicWork, booking_id: UUID) -> None:
    """Sets the times of a completed visit's check-ins that are still to be asked. Raises `NotFound`."""
    booking = await scheduling.get_booking(work, booking_id)
    days = (await protocol_of(work, booking)).check_in_days
    for day, due_at in rules.check_ins_due(min(booking.ends_at, work.now), days, work.now).items():
        event = CHECK_IN_DUE(booking_id=booking_id, day=str(day))
        set_timer(work, event, booking_id, due_at, version=day)


async def ask_check_in(work: ClinicWork, booking_id: UUID, day: int) -> UUID | None:
    """Opens the check-in of that day, where there is none and the next session is not there. Gives its id when new."""
    booking = await scheduling.get_booking(work, booking_id)
    if booking.status != "completed" or is_nobodys(booking.client_email):
        return None
    if await _next_day_of(work, booking, STANDING) is not None:
        return None
    expires_at = work.now + rules.ANSWER_WITHIN
    check_in_id = await CheckInRepository(work).add(booking_id, booking.client_id, day, expires_at)
    if check_in_id is not None:
        work.announce(CHECK_IN_ASKED(check_in_id=check_in_id))
    return check_in_id


async def check_in_link(work: ClinicWork, check_in_id: UUID) -> str:
    """The address that opens the check-in, for the message. Raises `NotFound`."""
    row = await _check_in(work, check_in_id)
    token = work.tools.links.sign(
        CHECK_IN_LINK, check_in_id, clinic_id=work.scope.clinic_id, expires_at=row.expires_at
    )
    return page_address(work.tools.base_url, f"/check-ins/{token}")


def read_link(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """The clinic and the check-in a token leads to. Raises `LinkInvalid` or `LinkExpired`."""
    link = work.tools.links.read(CHECK_IN_LINK, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link.subject_id


async def get_check_in(work: ClinicWork, check_in_id: UUID) -> CheckInPage:
    """The check-in with its visit. Raises `NotFound`."""
    row = await _check_in(work, check_in_id)
    booking = await scheduling.get_booking(work, row.booking_id)
    return CheckInPage(
        check_in=_view(row),
        clinic_name=booking.clinic_name,
        clinic_slug=booking.clinic_slug,
        clinic_phone=booking.phone,
        clinic_email=booking.clinic_email,
        reference=booking.reference,
        visited_at=booking.starts_at,
        time_zone=booking.time_zone,
        client_name=booking.client_name,
        client_email=booking.client_email,
        days=(await protocol_of(work, booking)).check_in_days,
        emergency=emergency_numbers(booking.country),
    )


async def open_check_in(work: ClinicWork, check_in_id: UUID) -> CheckInPage:
    """The same for whoever came by the link. Raises `Erased` where the client was, `NotFound`."""
    asked = await get_check_in(work, check_in_id)
    if is_nobodys(asked.client_email):
        raise Erased
    return asked


async def answer_check_in(work: ClinicWork, check_in_id: UUID, answer: CheckInAnswer) -> CheckInView:
    """Keeps the answer, sealed with the client's key; a red flag reaches the clinic at once, and is watched.

    Raises `AlreadyAnswered`, `NotFound`, and `Erased` where the client was: no new key is made for what they say.
    """
    row = await _check_in(work, check_in_id, lock=True)
    booking = await scheduling.get_booking(work, row.booking_id)
    if is_nobodys(booking.client_email):
        raise Erased
    if row.answered_at is not None:
        raise AlreadyAnswered
    today = work.now.astimezone(booking.zone).date()
    treated_again = await _next_day_of(work, booking, _TREATED)
    day = rules.day_after(row.day, booking.local_starts_at.date(), today, treated_again)
    reasons = rules.met(red_flags().values(), answer.signs(), answer.scales(), day)
    look_by = await _watch(work, check_in_id, booking.time_zone) if reasons else None
    await CheckInRepository(work).answer(
        check_in_id,
        answers=await seal_for(work, row.client_id, _sealable(answer, reasons)),
        red_flag=bool(reasons),
        rules_version=rules_version(),
        look_by=look_by,
        downtime_days=answer.downtime_days,
        discomfort=answer.discomfort,
    )
    work.audit("check_in.answer", "check_in", check_in_id, day=row.day)
    if reasons:
        work.announce(CHECK_IN_RED_FLAG(check_in_id=check_in_id))
    return _view(await _check_in(work, check_in_id))


async def _next_day_of(work: ClinicWork, booking: BookingView, statuses: Collection[str]) -> date | None:
    """The local day, today at the latest, of the last session after this one in such a status; nothing without one."""
    today = work.now.astimezone(booking.zone).date()
    days = [
        one.local_starts_at.date()
        for one in await scheduling.list_group(work, booking.group_id)
        if one.starts_at > booking.starts_at and one.status in statuses
    ]
    return max((day for day in days if day <= today), default=None)


async def _watch(work: ClinicWork, check_in_id: UUID, zone: str) -> datetime:
    """By when somebody has to look; a timer sees to it that the owners hear when nobody has."""
    hours = (await clinics.get_clinic(work)).check_in_hours
    look_by = rules.look_by(work.now, hours, zone, work.tools.quiet)
    set_timer(work, CHECK_IN_UNSEEN(check_in_id=check_in_id), check_in_id, look_by)
    return look_by


async def note_unseen(work: ClinicWork, check_in_id: UUID) -> bool:
    """Marks a red flag that nobody has looked at in time, once: True where the owners are to be told now.

    Raises `NotFound`.
    """
    row = await _check_in(work, check_in_id, lock=True)
    if not row.red_flag or row.handled_at is not None or row.escalated_at is not None:
        return False
    await CheckInRepository(work).note_escalated(check_in_id)
    work.audit("check_in.escalate", "check_in", check_in_id)
    return True


async def warn_again(work: ClinicWork, check_in_id: UUID) -> None:
    """The clinic could not be told of a red flag: it is told another way. Nothing where there is no such check-in."""
    if check_in_id in await list_flagged(work):
        work.announce(CHECK_IN_RED_FLAG(check_in_id=check_in_id))


async def list_flagged(work: ClinicWork) -> list[UUID]:
    """Those with a red flag that nobody has dealt with."""
    return await CheckInRepository(work).flagged()


async def list_unseen(work: ClinicWork) -> list[UUID]:
    """Those of which the owners are told and that nobody has looked at yet."""
    return await CheckInRepository(work).flagged(escalated=True)


def _sealable(answer: CheckInAnswer, reasons: list[str]) -> bytes:
    return json.dumps(answer.model_dump(mode="json") | {"reasons": reasons}).encode()


async def list_check_ins(work: ClinicWork, booking_id: UUID) -> list[CheckInView]:
    """A visit's check-ins by day."""
    return [_view(row) for row in await CheckInRepository(work).of_booking(booking_id)]


async def list_open_check_ins(work: ClinicWork, client_id: UUID) -> list[CheckInView]:
    """A client's check-ins that still wait for an answer, the oldest first."""
    return [_view(row) for row in await CheckInRepository(work).open_of_client(client_id)]


async def read_answer(work: ClinicWork, check_in_id: UUID) -> CheckInAnswer | None:
    """The sealed answer, for the team; the look is audited. Raises `NotFound`, `Erased`."""
    judged = await _open(work, await _check_in(work, check_in_id))
    return judged.answer if judged else None


async def _open(work: ClinicWork, row: Row[Any]) -> Judged | None:
    if row.answers is None:
        return None
    work.audit("check_in.read", "check_in", row.id)
    given = json.loads(await open_for(work, row.client_id, row.answers))
    # Those from before the rules had versions name none: the signs alone were red flags.
    reasons = given.pop("reasons", None)
    if reasons is None:
        reasons = [code for code in rules.SIGNS if given.get(code)]
    # As it was taken: what an answer may hold by now is no reason not to read an earlier one.
    return Judged(CheckInAnswer.model_construct(**given), tuple(reasons))


async def list_waiting(
    work: ClinicWork, *, cursor: str | None = None, limit: int = 50
) -> Page[WaitingCheckIn]:
    """Check-ins whose answer the clinic has to look at, what is due first, first; with their visits.

    Raises a field error for a cursor that is not ours.
    """
    rows = await CheckInRepository(work).waiting(_after(cursor), limit + 1)
    visits = {one.id: one for one in await scheduling.list_by_id(work, {row.booking_id for row in rows})}
    found = [WaitingCheckIn(_view(row), visits[row.booking_id]) for row in rows]
    return page_of(found, limit, lambda one: (one.due_at, one.check_in.id))


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    due_at, check_in_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(str(due_at)), UUID(str(check_in_id))
    except ValueError as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error


async def count_waiting(work: ClinicWork) -> int:
    """How many there are."""
    return await CheckInRepository(work).count_waiting()


async def read_check_in(work: ClinicWork, check_in_id: UUID) -> CheckInRead:
    """A check-in with its answers, for those who treat; the look is audited. Raises `NotFound`, `Erased`."""
    row = await _check_in(work, check_in_id)
    judged = await _open(work, row)
    box = row.handled_note
    note = "" if box is None else (await open_for(work, row.client_id, box)).decode()
    client = await clients.get_client(work, row.client_id)
    return CheckInRead(
        page=await get_check_in(work, check_in_id),
        answer=judged.answer if judged else None,
        note=note,
        reasons=tuple(red_flags()[code] for code in judged.reasons if code in red_flags()) if judged else (),
        client_phone=client.phone,
    )


async def handle_check_in(work: ClinicWork, check_in_id: UUID, given: Handled) -> CheckInView:
    """Notes what the clinic did about an answer. Raises `NotFound`, `NothingToHandle`."""
    row = await _check_in(work, check_in_id, lock=True)
    if row.answered_at is None or row.handled_at is not None:
        raise NothingToHandle
    note = await seal_for(work, row.client_id, given.note.encode())
    await CheckInRepository(work).handle(check_in_id, work.scope.by.label, note)
    await cancel_timers(work, check_in_id, CHECK_IN_UNSEEN.name)
    work.audit("check_in.handle", "check_in", check_in_id)
    return _view(await _check_in(work, check_in_id))


async def end_check_ins(work: ClinicWork, check_in_ids: Collection[UUID]) -> None:
    """Of a client who is being erased: none is answered any more, and no answer waits that nobody can read."""
    for check_in_id in await CheckInRepository(work).end(check_in_ids, CLOSED_BY_ERASURE):
        work.audit("check_in.close", "check_in", check_in_id)


async def _check_in(work: ClinicWork, check_in_id: UUID, *, lock: bool = False) -> Row[Any]:
    row = await CheckInRepository(work).one(check_in_id, lock=lock)
    if row is None:
        raise NotFound
    return row


def _view(row: Row[Any]) -> CheckInView:
    return CheckInView(
        id=row.id,
        booking_id=row.booking_id,
        client_id=row.client_id,
        day=row.day,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        red_flag=row.red_flag,
        downtime_days=row.downtime_days,
        discomfort=row.discomfort,
        handled_at=row.handled_at,
        handled_by=row.handled_by,
        look_by=row.look_by,
        escalated_at=row.escalated_at,
        rules_version=row.rules_version,
    )
