"""What has to stand for a kind of message to go, beside what it says of visits: read again when it is sent.

Kinds that are not here say something of visits alone, or tell what stays so (docs/notices.md says of each which).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from services.accounts import service as accounts
from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus, ProofState
from services.clinics.proof_schemas import ProofView
from services.courses import followups
from services.courses import service as courses
from services.kernel.errors import NotFound
from services.kernel.scope import ClinicScope
from services.kernel.work import AnyWork, ClinicWork
from services.notices import upkeep
from services.notices.rules import STOPPED, day_of, one_each, stop_version
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.questions import service as questions
from services.reviews import attendance
from services.reviews import service as reviews
from services.scheduling import asked_moves, offering, waitlist
from services.scheduling import service as scheduling
from services.screening import consents

# How much older than its message what the message tells can be: none waits as long to be written.
_UNTIL_TOLD = timedelta(days=30)


async def stands(work: AnyWork, row: Row[Any]) -> bool:
    """Whether what a message asks for, offers or warns of is still so."""
    kind = row.notice_kind
    try:
        if kind in OF_ACCOUNTS:
            return await OF_ACCOUNTS[kind](work, row)
        if kind in OF_CLINICS and isinstance(work.scope, ClinicScope):
            return await OF_CLINICS[kind](work, row)
    except NotFound:
        return False
    return True


async def _is_unproved(work: AnyWork, row: Row[Any]) -> bool:
    account = await accounts.get_own_account(work, row.subject_id)
    return bool(not account.email_verified and account.email == row.recipient)


async def _is_new_email(work: AnyWork, row: Row[Any]) -> bool:
    return bool((await accounts.get_own_account(work, row.subject_id)).new_email == row.recipient)


async def _is_check_in_open(work: ClinicWork, row: Row[Any]) -> bool:
    return (await followups.get_check_in(work, row.subject_id)).check_in.answered_at is None


async def _is_unhandled(work: ClinicWork, row: Row[Any]) -> bool:
    flagged = await followups.list_flagged(work)
    return row.subject_id in {*flagged, *(one_each(check_in_id, row.recipient) for check_in_id in flagged)}


async def _is_unseen(work: ClinicWork, row: Row[Any]) -> bool:
    unseen = await followups.list_unseen(work)
    return row.subject_id in {one_each(check_in_id, row.recipient) for check_in_id in unseen}


async def _is_asserted(work: ClinicWork, row: Row[Any]) -> bool:
    claim = await attendance.get_claim(work, row.subject_id)
    booking = await scheduling.get_booking(work, row.subject_id)
    return booking.status != "completed" and claim.contested_at is None


async def _is_review_wanted(work: ClinicWork, row: Row[Any]) -> bool:
    return not (await reviews.get_invitation(work, row.subject_id)).answered


async def _is_upkeep_due(work: ClinicWork, row: Row[Any]) -> bool:
    return await upkeep.find_due(work, row.subject_id) is not None


async def _is_stopped(work: ClinicWork, row: Row[Any]) -> bool:
    stopped_at = (await courses.get_course(work, row.subject_id)).stopped_at
    return stopped_at is not None and stop_version(stopped_at) == row.version


async def _is_unproven_wish(work: ClinicWork, row: Row[Any]) -> bool:
    return (await waitlist.get_wish(work, row.subject_id)).state == "unproven"


async def _is_offered(work: ClinicWork, row: Row[Any]) -> bool:
    offer = await offering.get_offered(work, row.subject_id)
    return offer.stands(work.now) and (await waitlist.get_wish(work, offer.wish_id)).state == "waiting"


async def _is_move_asked(work: ClinicWork, row: Row[Any]) -> bool:
    waiting = [one.id for one in await asked_moves.list_open(work)]
    return row.subject_id in {*waiting, *(one_each(move_id, row.recipient) for move_id in waiting)}


async def _is_move_refused(work: ClinicWork, row: Row[Any]) -> bool:
    """Whether the visit stays as it is, as the message says."""
    asked = await asked_moves.get_asked(work, row.subject_id)
    booking = await scheduling.get_booking(work, asked.booking_id)
    return booking.status == "confirmed" and booking.sequence == row.version


async def _is_question_open(work: ClinicWork, row: Row[Any]) -> bool:
    return (await questions.get_question(work, row.subject_id)).state == "waiting"


async def _is_invited(work: ClinicWork, row: Row[Any]) -> bool:
    return bool((await clinics.get_invitation(work, row.subject_id)).sent == row.version)


async def _is_submitted(work: ClinicWork, row: Row[Any]) -> bool:  # noqa: ARG001  there is one listing
    return (await clinics.get_clinic(work)).status == ClinicStatus.SUBMITTED


async def _is_closed(work: ClinicWork, row: Row[Any]) -> bool:  # noqa: ARG001  the same
    return (await clinics.get_clinic(work)).status == ClinicStatus.CLOSED


async def _is_expiring(work: ClinicWork, row: Row[Any]) -> bool:
    credential = await practitioners.get_credential(work, row.subject_id)
    return (
        credential.state is CredentialState.VERIFIED and day_of(credential.expires_on) == row.version // 100
    )


async def _is_lapsed(work: ClinicWork, row: Row[Any]) -> bool:
    return (await practitioners.get_credential(work, row.subject_id)).state is CredentialState.LAPSED


async def _is_proof_expiring(work: ClinicWork, row: Row[Any]) -> bool:
    return (await _proof_of(work, row)).state is ProofState.VERIFIED


async def _is_proof_lapsed(work: ClinicWork, row: Row[Any]) -> bool:
    return (await _proof_of(work, row)).state is ProofState.LAPSED


async def _proof_of(work: ClinicWork, row: Row[Any]) -> ProofView:
    """The paper that the message tells an owner of, with the last day that it tells. Raises `NotFound`."""
    for proof in await proofs.list_proofs(work):
        same_day = day_of(proof.valid_until) == row.version // 100
        if same_day and one_each(proof.id, row.recipient) == row.subject_id:
            return proof
    raise NotFound


async def _is_withdrawn(work: ClinicWork, row: Row[Any]) -> bool:
    withdrawn = await consents.list_withdrawn(work, row.created_at - _UNTIL_TOLD)
    return row.subject_id in {one_each(consent_id, row.recipient) for consent_id in withdrawn}


OF_ACCOUNTS: dict[str, Callable[[AnyWork, Row[Any]], Awaitable[bool]]] = {
    "account.verify_email": _is_unproved,
    "account.new_email": _is_new_email,
}
OF_CLINICS: dict[str, Callable[[ClinicWork, Row[Any]], Awaitable[bool]]] = {
    "check_in.asked": _is_check_in_open,
    "check_in.red_flag": _is_unhandled,
    "check_in.unseen": _is_unseen,
    "visit.asserted": _is_asserted,
    "review.invited": _is_review_wanted,
    "course.upkeep": _is_upkeep_due,
    STOPPED: _is_stopped,
    "waitlist.prove": _is_unproven_wish,
    "waitlist.offered": _is_offered,
    "booking.move_asked.client": _is_move_asked,
    "booking.move_asked.clinic": _is_move_asked,
    "booking.move_declined.client": _is_move_refused,
    "booking.move_expired.client": _is_move_refused,
    "question.asked": _is_question_open,
    "team.invited": _is_invited,
    "clinic.submitted": _is_submitted,
    "clinic.closed": _is_closed,
    "credential.expires_soon": _is_expiring,
    "credential.lapsed": _is_lapsed,
    "proof.expires_soon": _is_proof_expiring,
    "proof.lapsed": _is_proof_lapsed,
    "consent.withdrawn": _is_withdrawn,
}
