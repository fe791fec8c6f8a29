"""Use cases of erasure (docs/adr/0015): clinic by clinic, each in one transaction, then what belongs to no clinic.

There is no time of grace: the person has proved who they are and was told what goes, and the keys go at once. Killed at
any point it is taken up again from the start, and what is gone already leads to nobody any more.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.clinics.events import CHANGED
from services.courses import followups, photos
from services.kernel.errors import NotFound
from services.kernel.language import speaking
from services.kernel.scope import PublicScope
from services.kernel.timers import set_timer
from services.kernel.vault import destroy_key
from services.kernel.work import AnyWork, ClinicWork, Database, PlatformWork, PublicWork
from services.notices import sending
from services.notices import service as notices
from services.notices.messages import privacy as messages
from services.practitioners import evidence, portraits
from services.practitioners.events import LINK_CHANGED
from services.privacy import events
from services.privacy.asking import report_link, requester
from services.privacy.declaration import PERSONAL
from services.privacy.holding import in_clinic, list_clinics, visits_ahead
from services.privacy.law import law_version, laws
from services.privacy.models import RequestKind, RequestState
from services.privacy.person import Person
from services.privacy.repository import (
    Erased,
    OwnRows,
    cancel_timers_of,
    clear_notices_about,
    note_client_cancelled,
)
from services.privacy.requests_repository import RequestRepository
from services.scheduling import changes
from services.scheduling.errors import TooLate

RECEIPT_LASTS = timedelta(days=1)
WHY_CANCELLED = ""
_TIMED = ("booking", "check_in", "review_invitation", "question", "client")


async def erase_person(work: PlatformWork, database: Database, request_id: UUID) -> None:
    """Erases whoever asked. Done already, it does nothing. Raises `NotFound`."""
    row = await RequestRepository(work).find(request_id)
    if row is None or row.request_kind != RequestKind.ERASURE:
        raise NotFound
    if row.state != RequestState.ASKED:
        return
    person, by = await requester(work, row), work.scope.by
    for clinic_id in await list_clinics(database, person, by):
        async with in_clinic(database, clinic_id, by) as own:
            await erase_at_clinic(own, person, request_id, keep_reviews=row.keep_reviews)
    async with database.begin(PublicScope(by)) as last:
        await _erase_platform(last, person, request_id)


async def _note(work: AnyWork, request_id: UUID, more: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Adds to the request's report, in the transaction of what it tells."""
    requests = RequestRepository(work)
    row = await requests.find(request_id, lock=True)
    if row is None:
        raise NotFound
    report = _empty(row.report)
    _add(report, more)
    await requests.change(request_id, report=report, **values)
    return report


def _empty(known: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {"deleted": {}, "cleared": {}, "kept": {}}
    return {"clinics": 0, "keys": 0, "cancelled": 0, **parts, "law": law_version()[0], **known}


def _add(report: dict[str, Any], more: dict[str, Any]) -> None:
    for key in ("clinics", "keys", "cancelled"):
        report[key] += more.get(key, 0)
    for key in ("deleted", "cleared", "kept"):
        report[key] = dict(Counter(report[key]) + Counter(more.get(key, {})))


async def erase_at_clinic(work: ClinicWork, person: Person, request_id: UUID, *, keep_reviews: bool) -> None:
    """Everything of the person at one clinic: visits ahead cancelled, files and keys gone, rows cleared.

    The clinic is told, and its audit says what was erased, in counts.
    """
    await RequestRepository(work).find(request_id, lock=True)  # two who erase the same person take turns
    rows = OwnRows(work, person)
    cancelled = await _cancel_ahead(work, person)
    await _remove_files(work, rows)
    await sending.forget_texts(work, await rows.ids("notice"))
    subjects = [one for name in _TIMED for one in await rows.ids(name)]
    await cancel_timers_of(work, subjects)
    await followups.end_check_ins(work, await rows.ids("check_in"))
    keys = [one for name in rows.tables() if PERSONAL[name].holds_key for one in await rows.ids(name)]
    records, practitioner_ids = len(await rows.ids("client")), await rows.ids("practitioner")
    found = {name: await rows.erase(name, keep_reviews=keep_reviews) for name in rows.tables()}
    for key in keys:
        await destroy_key(work, key)
    report = {"clinics": 1, "keys": len(keys), "cancelled": cancelled, **_sorted(found)}
    await _note(work, request_id, report)
    work.audit("privacy.erase", "clinic", work.scope.clinic_id, **report)
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))
    for practitioner_id in practitioner_ids:
        work.announce(LINK_CHANGED(practitioner_id=practitioner_id))
    if records:
        work.announce(events.CLIENT_ERASED(request_id=request_id))


async def _cancel_ahead(work: ClinicWork, person: Person) -> int:
    """The person's own cancelling; a visit so near that only the clinic may cancel it is the clinic's to cancel."""
    ahead = await visits_ahead(work, person)
    for booking in ahead:
        try:
            await changes.cancel(work, booking.id, by="client", reason=WHY_CANCELLED)
        except TooLate:
            await changes.cancel(work, booking.id, by="clinic", reason=WHY_CANCELLED)
    await note_client_cancelled(work, [booking.id for booking in ahead])
    return len(ahead)


async def _remove_files(work: ClinicWork, rows: OwnRows) -> None:
    """Photos of a client, portraits and evidence of a practitioner; their actors erase what lies in storage."""
    for photo_id in await rows.ids("clinical_photo"):
        await photos.remove_photo(work, photo_id)
    for practitioner_id in await rows.ids("practitioner"):
        if await portraits.list_portraits(work, practitioner_id):
            await portraits.remove_portraits(work, practitioner_id)
    for evidence_id in await rows.ids("evidence"):
        await evidence.delete_evidence(work, evidence_id)


def _sorted(found: dict[str, Erased]) -> dict[str, dict[str, int]]:
    """Counts by what happened: a table's rows that were cleared but stay by law count as kept as well."""
    kept: Counter[str] = Counter()
    for name, erased in found.items():
        if PERSONAL[name].kept and (stays := erased.kept + erased.cleared):
            kept[name] += stays
    return {
        "deleted": {name: one.deleted for name, one in found.items() if one.deleted},
        "cleared": {name: one.cleared for name, one in found.items() if one.cleared},
        "kept": dict(kept),
    }


async def _erase_platform(work: PublicWork, person: Person, request_id: UUID) -> None:
    """What belongs to no clinic: files, messages, the account; then one last message says that it is done."""
    requests, rows = RequestRepository(work), OwnRows(work, person)
    asked = await requests.find(request_id, lock=True)
    if asked is None or asked.state != RequestState.ASKED:
        return
    own = [one for one in await rows.ids("privacy_request") if one != request_id]
    for one in own:
        await _forget_request(work, one)
    tables = [name for name in rows.tables() if name != "privacy_request"]
    found = {name: await rows.erase(name, keep_reviews=False) for name in tables}
    report = await _note(
        work,
        request_id,
        _sorted(found),
        state=RequestState.DONE,
        done_at=work.now,
        account_id=None,
        email=None,
    )
    work.audit("privacy.erase", "privacy_request", request_id, **report)
    if person.email is not None:
        with speaking(asked.language):
            link = report_link(work, request_id)
            await notices.queue(work, messages.erased(request_id, person.email, link, report, laws()))
        over = events.RECEIPT_OVER(request_id=request_id)
        set_timer(work, over, request_id, work.now + RECEIPT_LASTS)


async def _forget_request(work: PublicWork, request_id: UUID) -> None:
    """It leads to nobody. An export that is being made is waited for; its file goes after the commit."""
    requests = RequestRepository(work)
    row = await requests.find(request_id, lock=True)
    if row is None:
        return
    await requests.change(request_id, account_id=None, email=None, state=RequestState.EXPIRED)
    if row.request_kind == RequestKind.EXPORT:
        work.announce(events.EXPORT_OVER(request_id=request_id))


async def forget_receipt(work: PublicWork, request_id: UUID) -> None:
    """The last message has gone out, or will not any more: its address and words are forgotten."""
    await clear_notices_about(work, request_id)
