"""What a message asks for, offers or warns of is looked at once more when it is sent: of each kind both sides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.clinics import proofs, standing
from services.clinics import service as clinics
from services.clinics.models import ProofKind
from services.clinics.proof_schemas import ProofIn
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer, Handled
from services.courses.states import resume_course
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database, PublicWork
from services.moderation import service as moderation
from services.notices.rules import KINDS
from services.notices.schemas import Message
from services.notices.service import queue
from services.notices.standing import OF_ACCOUNTS, OF_CLINICS
from services.practitioners import service as practitioners
from services.questions import service as questions
from services.questions.schemas import NewAnswer
from services.reviews import attendance
from services.reviews import service as reviews
from services.scheduling import asked_moves, offering, waitlist
from services.scheduling import service as scheduling
from services.screening import consents
from tests.factories import book_one, live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import draft_clinic
from tests.services.notices.test_truth import Away, rows
from tests.services.reviews.test_reviews import review
from tests.workers.case import Case, Make
from tests.workers.cases import CASES
from tests.workers.notice_cases import over
from workers.inline import drain

Undo = Callable[[ClinicWork, Case], Awaitable[object]]


class Told(NamedTuple):
    """A kind of message, the world in which it is told after so long, and what makes it untrue before it goes."""

    kind: str
    make: Make
    undo: Undo
    after: timedelta = timedelta()


def of(case: Case, name: str) -> UUID:
    return UUID(case.ids[name])


async def answer_check_in(work: ClinicWork, case: Case) -> None:
    answer = CheckInAnswer(downtime_days=1, discomfort=1)
    await followups.answer_check_in(work, of(case, "check_in_id"), answer)


async def handle(work: ClinicWork, case: Case) -> None:
    await followups.handle_check_in(work, of(case, "check_in_id"), Handled(note="We called, all is well."))


async def complete(work: ClinicWork, case: Case) -> None:
    await scheduling.mark_completed(work, of(case, "booking_id"))


async def contest(work: ClinicWork, case: Case) -> None:
    await attendance.contest(work, of(case, "booking_id"))


async def write_review(work: ClinicWork, case: Case) -> None:
    await reviews.write_review(work, of(case, "invitation_id"), review(5, 4, 5, 4, 5))


async def resume(work: ClinicWork, case: Case) -> None:
    await resume_course(work, of(case, "course_id"))


async def prove_wish(work: ClinicWork, case: Case) -> None:
    await waitlist.prove_wish(work, of(case, "wish_id"))


async def decline_offer(work: ClinicWork, case: Case) -> None:
    offer = await offering.get_offered(work, of(case, "offer_id"))
    await offering.decline_offer(work, offer.wish_id, offer.id)


async def take_move_back(work: ClinicWork, case: Case) -> None:
    await asked_moves.take_back(work, (await asked_moves.get_asked(work, of(case, "move_id"))).booking_id)


async def move_elsewhere(work: ClinicWork, case: Case) -> None:
    asked = await asked_moves.get_asked(work, of(case, "move_id"))
    await scheduling.reschedule(work, asked.booking_id, asked.starts_at, by="clinic")


async def declined_move(database: Database, clock: MovableClock) -> Case:
    case = await CASES["tell_of_asked_move"](database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        asked = await asked_moves.get_asked(work, of(case, "move_id"))
        await asked_moves.decline_move(work, asked.booking_id)
    return case


async def answer_question(work: ClinicWork, case: Case) -> None:
    await questions.answer(work, of(case, "question_id"), NewAnswer(text="A little."))


async def withdraw_invitation(work: ClinicWork, case: Case) -> None:
    await clinics.withdraw_invitation(work, of(case, "invitation_id"))


async def refuse(work: ClinicWork, case: Case) -> None:
    await standing.reject(work)


async def reopen(work: ClinicWork, case: Case) -> None:
    await standing.restore(work)


async def refuse_credential(work: ClinicWork, case: Case) -> None:
    await practitioners.reject_credential(work, of(case, "credential_id"))


async def renew_proof(work: ClinicWork, case: Case) -> None:
    proof = await proofs.get_proof(work, ProofKind.INSURANCE)
    until = work.now.date() + timedelta(days=300)
    given = ProofIn(number=proof.number, issuer=proof.issuer, valid_until=until)
    await proofs.save_proof(work, ProofKind.INSURANCE, given)
    (held,) = await clinics.list_held_edits(work)
    await proofs.apply_proof_edit(work, held)


async def delete_proof(work: ClinicWork, case: Case) -> None:
    await proofs.delete_proof(work, ProofKind.INSURANCE)


async def consent_again(work: ClinicWork, case: Case) -> None:
    await consents.decide(work, of(case, "client_id"), "treatment", "given", "Ana Torres")


async def suspend(work: ClinicWork, case: Case) -> None:
    await standing.suspend(work)


async def submitted(database: Database, clock: MovableClock) -> Case:
    draft = await draft_clinic(database)
    async with database.begin(draft.scope) as work:
        await moderation.submit_clinic(work)
    return Case(draft.scope.clinic_id, {})


A_WHILE, HALF_A_YEAR = timedelta(days=3), timedelta(days=183)
TOLD = (
    Told("check_in.asked", CASES["send_check_in"], answer_check_in),
    Told("check_in.red_flag", CASES["warn_clinic"], handle),
    Told("check_in.unseen", CASES["warn_owners"], handle, A_WHILE),
    Told("visit.asserted", CASES["tell_of_assertion"], complete),
    Told("visit.asserted", CASES["tell_of_assertion"], contest),
    Told("review.invited", CASES["send_invitation"], write_review),
    Told("course.upkeep", CASES["suggest_upkeep"], suspend, HALF_A_YEAR),
    Told("course.stopped", CASES["tell_of_stop"], resume),
    Told("waitlist.prove", CASES["ask_to_prove_wish"], prove_wish),
    Told("waitlist.offered", CASES["tell_of_offer"], decline_offer),
    Told("booking.move_asked.client", CASES["tell_of_asked_move"], take_move_back),
    Told("booking.move_asked.clinic", CASES["tell_of_asked_move"], take_move_back),
    Told("booking.move_declined.client", declined_move, move_elsewhere),
    Told("booking.move_expired.client", CASES["tell_of_refused_move"], move_elsewhere),
    Told("question.asked", CASES["tell_of_question"], answer_question),
    Told("team.invited", CASES["invite_to_team"], withdraw_invitation),
    Told("clinic.submitted", submitted, refuse),
    Told("clinic.closed", CASES["confirm_closing"], reopen),
    Told("credential.expires_soon", CASES["remind_of_expiry"], refuse_credential),
    Told("credential.lapsed", CASES["tell_of_lapse"], refuse_credential),
    Told("proof.expires_soon", CASES["remind_of_proof"], delete_proof),
    Told("proof.lapsed", CASES["tell_of_lapsed_proof"], renew_proof),
    Told("consent.withdrawn", CASES["tell_of_withdrawal"], consent_again),
)


def _named(told: Told) -> str:
    return f"{told.kind}-{told.undo.__name__}"


async def waiting(database: Database, clock: MovableClock, told: Told) -> tuple[Case, set[UUID]]:
    """The world, and the messages of that kind that could not go yet."""
    case = await told.make(database, clock)
    await clock.advance(told.after)
    await drain(database, Away(), strict=False)
    found = {row.id for row in await rows(database, told.kind) if row.state == "queued"}
    assert found
    return case, found


async def states(database: Database, clock: MovableClock, kind: str, among: set[UUID]) -> set[str]:
    """What becomes of the messages once there is a mail server."""
    await clock.advance(timedelta(minutes=5))
    await drain(database, MailboxOnly())
    return {row.state for row in await rows(database, kind) if row.id in among}


def test_every_kind_that_is_looked_at_is_here() -> None:
    assert {told.kind for told in TOLD} == set(OF_CLINICS)


@pytest.mark.parametrize("told", TOLD, ids=_named)
async def test_what_is_not_so_any_more_is_not_said(
    database: Database, clock: MovableClock, told: Told
) -> None:
    case, found = await waiting(database, clock, told)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await told.undo(work, case)
    assert await states(database, clock, told.kind, found) == {"dropped"}


@pytest.mark.parametrize("told", {told.kind: told for told in TOLD}.values(), ids=lambda told: told.kind)
async def test_what_is_still_so_is_said(database: Database, clock: MovableClock, told: Told) -> None:
    _, found = await waiting(database, clock, told)
    assert await states(database, clock, told.kind, found) == {"sent"}


async def test_who_has_booked_again_is_not_asked_to_come_again(
    database: Database, clock: MovableClock
) -> None:
    world, _, _ = await over(database, clock)
    await clock.advance(HALF_A_YEAR)
    await drain(database, Away(), strict=False)
    await book_one(database, world)
    (row,) = await rows(database, "course.upkeep")
    assert row.state == "queued"
    assert await states(database, clock, "course.upkeep", {row.id}) == {"dropped"}


async def test_an_invitation_that_was_sent_again_goes_once(database: Database, clock: MovableClock) -> None:
    told = next(one for one in TOLD if one.kind == "team.invited")
    case, found = await waiting(database, clock, told)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await clinics.invite_again(work, of(case, "invitation_id"))
    assert await states(database, clock, told.kind, found) == {"dropped"}
    assert sorted(row.state for row in await rows(database, told.kind)) == ["dropped", "sent"]


async def verify(work: PublicWork, case: Case) -> None:
    link = await accounts.verification_link(work, of(case, "account_id"))
    await accounts.verify_email(work, link.rpartition("/")[2])


async def keep_the_old(work: PublicWork, case: Case) -> None:
    await accounts.drop_new_email(work, of(case, "account_id"))


ACCOUNTS = (
    ("account.verify_email", CASES["ask_to_verify_email"], verify),
    ("account.new_email", CASES["send_new_email_link"], keep_the_old),
)


@pytest.mark.parametrize(("kind", "make", "undo"), ACCOUNTS, ids=[kind for kind, *_ in ACCOUNTS])
@pytest.mark.parametrize("undone", [True, False])
async def test_an_account_is_asked_only_for_what_is_still_open(
    database: Database,
    clock: MovableClock,
    kind: str,
    make: Make,
    undo: Callable[[PublicWork, Case], Awaitable[None]],
    undone: bool,  # noqa: FBT001  a parameter
) -> None:
    assert {one for one, *_ in ACCOUNTS} == set(OF_ACCOUNTS)
    case = await make(database, clock)
    await drain(database, Away(), strict=False)
    found = {row.id for row in await rows(database, kind) if row.state == "queued"}
    assert found
    if undone:
        async with database.begin(PublicScope()) as work:
            await undo(work, case)
    assert await states(database, clock, kind, found) == {"dropped" if undone else "sent"}


@pytest.mark.parametrize("kind", [kind for kind, rule in KINDS.items() if rule.of_visits])
async def test_a_message_about_visits_says_what_has_to_be_so(database: Database, kind: str) -> None:
    world = await live_clinic(database)
    words = (world.clinic_id, 0, "ana@example.test", "Hello", "Hello", "<p>Hello</p>")
    async with database.begin(world.scope) as work:
        with pytest.raises(LookupError, match="does not say"):
            await queue(work, Message(kind, *words))
