"""For each actor: how to make the world in which it has something to do. A new actor needs an entry."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from services.accounts import service as accounts
from services.accounts.schemas import NewAccount, NewEmail
from services.clinics import pictures, proofs, standing
from services.clinics import service as clinics
from services.clinics.models import ProofKind
from services.clinics.picture_schemas import NewPicture
from services.clinics.schemas import ClinicPatch, ClosedClinic
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer
from services.kernel.ids import new_id
from services.kernel.models import Outbox
from services.kernel.scope import Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.moderation import deciding, edits
from services.moderation import service as moderation
from services.moderation.models import Decision
from services.moderation.schemas import Decide, Report
from services.notices import service as notices
from services.notices.schemas import Message
from services.practitioners import evidence
from services.practitioners import service as practitioners
from services.practitioners.schemas import CredentialPatch
from services.reviews import service as reviews
from services.scheduling import service as scheduling
from services.scheduling.schemas import LostLinks
from tests.factories import PASSWORD, book_one, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.clinics.papers import prove_business
from tests.services.clinics.photos import photo
from tests.services.notices.visits import completed_visit
from tests.services.practitioners.papers import pdf
from tests.services.reviews.test_reviews import review
from tests.workers import privacy_cases
from tests.workers.booking_cases import (
    asked_move,
    booking,
    cancelled_course,
    confirmed,
    confirmed_group,
    declined,
    expired,
    moved,
    number_given,
    other_reminders,
    refused_move,
    requested_group,
    settled,
    unanswered,
    unanswered_move,
    untexted,
)
from tests.workers.calendar_cases import external_calendar
from tests.workers.case import Case, Make, of
from tests.workers.client_cases import answer, other_language, put_right, question, straggler
from tests.workers.course_cases import (
    asserted_visit,
    broken_off,
    platform_recall,
    recall,
    stopped_course,
)
from tests.workers.hold_cases import HOLD_CASES
from tests.workers.notice_cases import dead_address, finished_course, text_of_nobody
from tests.workers.photo_cases import new_photo, unreleased_result
from tests.workers.team_cases import busy_elsewhere, left_the_team, now_signs_in, team_invitation


async def _account(database: Database, clock: MovableClock) -> Case:
    async with database.begin(PublicScope()) as work:
        new = NewAccount(email="ana@example.test", password="a long walk by the sea", name="Ana Torres")
        return Case(None, {"account_id": str((await accounts.sign_up(work, new)).account_id)})


async def _forgetful(database: Database, clock: MovableClock) -> Case:
    account, _ = await person(database)
    return Case(None, {"account_id": str(account.account_id)})


async def _owner_of_guest_bookings(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await book_one(database, world, email="ana@example.test")
    account, _ = await person(database, email="ana@example.test")
    return Case(None, {"account_id": str(account.account_id)})


async def _lost_links(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await book_one(database, world, email="ana@example.test")
    async with database.begin(PublicScope()) as work:
        await scheduling.ask_lost_links(work, LostLinks(email="ana@example.test"))
    async with database.begin(PlatformScope("a test reads what was announced")) as work:
        asked = table(Outbox).c
        payload = await work.scalar(select(asked.payload).where(asked.name == "booking.links_asked"))
    return Case(None, payload)


async def _changed_account(database: Database, clock: MovableClock) -> Case:
    account, _ = await person(database)
    ids = {"account_id": str(account.account_id), "change_id": str(new_id()), "change": "code_used"}
    return Case(None, ids)


async def _new_email(database: Database, clock: MovableClock) -> Case:
    account, token = await person(database)
    async with database.begin(PublicScope()) as work:
        new = NewEmail(email="new@example.test", current=PASSWORD)
        await accounts.ask_new_email(work, account.account_id, new, token=token)
    return Case(None, {"account_id": str(account.account_id)})


async def _notice(database: Database, clock: MovableClock) -> Case:
    async with database.begin(PublicScope()) as work:
        words = Message(
            "account.password_changed", new_id(), 0, "ana@example.test", "Hello", "Hello", "<p>Hello</p>"
        )
        (notice_id,) = await notices.queue(work, words)
        return Case(None, {"notice_id": str(notice_id)})


async def _completed(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    return of(world, booking_id=await completed_visit(database, clock, world), day="1", stage="session")


async def _check_in(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        check_in_id = await followups.ask_check_in(work, booking_id, 1)
    assert check_in_id is not None
    return of(world, check_in_id=check_in_id)


async def _red_flag(database: Database, clock: MovableClock) -> Case:
    case = await _check_in(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        answer = CheckInAnswer(downtime_days=1, discomfort=8, fever=True)
        await followups.answer_check_in(work, UUID(case.ids["check_in_id"]), answer)
    return case


async def _invitation(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        invitation_id = await reviews.invite(work, booking_id, "session")
    assert invitation_id is not None
    return of(world, invitation_id=invitation_id)


async def _review(database: Database, clock: MovableClock) -> Case:
    case = await _invitation(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        written = await reviews.write_review(work, UUID(case.ids["invitation_id"]), review(5, 4, 5, 4, 5))
    return Case(case.clinic_id, {"review_id": str(written.id)})


async def _clinic(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    return of(world, clinic_id=world.clinic_id)


async def _held_edit(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(name="Another name"))
        (held,) = await clinics.list_held_edits(work)
    return of(world, edit_id=held.id)


async def _withdrawn_edit(database: Database, clock: MovableClock) -> Case:
    case = await _held_edit(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await edits.open_edit_case(work, UUID(case.ids["edit_id"]))
        await clinics.withdraw_edit(work, UUID(case.ids["edit_id"]))
    return case


async def _closed(database: Database, clock: MovableClock) -> Case:
    world, _, _ = await booking(database)
    async with database.begin(world.scope) as work:
        await standing.close(work, ClosedClinic(name="Linden Skin"))
    return of(world, clinic_id=world.clinic_id)


async def _credential(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await clock.advance(timedelta(days=4000))
    return of(world, credential_id=world.credential_id)


async def _expiring(database: Database, clock: MovableClock, *, left: int) -> Case:
    world = await live_clinic(database)
    expires_on = (await clock.now()).date() + timedelta(days=20)
    async with database.begin(world.scope) as work:
        patch = CredentialPatch(expires_on=expires_on)
        await practitioners.update_credential(work, world.credential_id, patch)
        await practitioners.verify_credential(work, world.credential_id, against="the register")
    await _go_to_noon(clock, expires_on - timedelta(days=left))
    return of(world, credential_id=world.credential_id, days="7")


async def _go_to_noon(clock: MovableClock, day: date) -> None:
    """Noon in UTC, when it is that day in the zone of the clinic too."""
    await clock.advance(datetime.combine(day, time(12), UTC) - await clock.now())


async def _credential_expiring(database: Database, clock: MovableClock) -> Case:
    return await _expiring(database, clock, left=7)


async def _credential_lapsed(database: Database, clock: MovableClock) -> Case:
    case = await _expiring(database, clock, left=-1)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        assert await practitioners.lapse_credential(work, UUID(case.ids["credential_id"]))
    return case


async def _removed_evidence(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        kept = await evidence.add_evidence(work, world.credential_id, "licence.pdf", pdf())
    async with database.begin(world.scope) as work:
        await evidence.delete_evidence(work, kept.id)
    return of(world, evidence_id=kept.id)


async def _proof(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await prove_business(work, insured_days=20)
        proof = await proofs.get_proof(work, ProofKind.INSURANCE)
    return of(world, proof_id=proof.id, days="7")


async def _checked_proof(database: Database, clock: MovableClock, *, left: int) -> Case:
    case = await _proof(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await proofs.verify_proof(work, UUID(case.ids["proof_id"]))
        today = work.now.date()
    await _go_to_noon(clock, today + timedelta(days=20 - left))
    return case


async def _proof_ending(database: Database, clock: MovableClock) -> Case:
    return await _checked_proof(database, clock, left=7)


async def _proof_over(database: Database, clock: MovableClock) -> Case:
    return await _checked_proof(database, clock, left=-1)


async def _proof_lapsed(database: Database, clock: MovableClock) -> Case:
    case = await _proof_over(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        assert await proofs.lapse_proof(work, UUID(case.ids["proof_id"]))
    return case


async def _removed_proof_file(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await prove_business(work)
        kept = (await proofs.get_proof(work, ProofKind.INSURANCE)).evidence[0]
        await proofs.delete_proof_evidence(work, ProofKind.INSURANCE, kept.id)
    return of(world, evidence_id=kept.id)


async def _new_picture(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        made = await pictures.add_picture(work, NewPicture(alt="A room", no_client=True), photo())
    return of(world, picture_id=made.id)


async def _removed_picture(database: Database, clock: MovableClock) -> Case:
    case = await _new_picture(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await pictures.remove_picture(work, UUID(case.ids["picture_id"]))
    return case


async def _case(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        return of(
            world, case_id=(await moderation.open_own_case(work, "The register names another person.")).id
        )


async def _renewed(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await evidence.add_evidence(work, world.credential_id, "licence.pdf", pdf())
        await practitioners.update_credential(work, world.credential_id, CredentialPatch(number="MD-2"))
    return of(world, credential_id=world.credential_id)


async def _answered_report(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        told = Report(slug=world.slug, reason="other", text="A word.", email="pia@example.test")
        case = await moderation.report(work, told)
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(world.clinic_id, by)) as work:
        await deciding.decide(work, case.id, Decide(decision=Decision.DISMISS, reason="report_unfounded"))
    return of(world, case_id=case.id)


async def _decided_case(database: Database, clock: MovableClock) -> Case:
    case = await _case(database, clock)
    assert case.clinic_id is not None
    moderator, _ = await person(database, "Mo Derator")
    by = Actor("account", moderator.account_id, moderator.name)
    async with database.begin(ClinicScope(case.clinic_id, by)) as work:
        given = Decide(
            decision=Decision.SUSPEND, reason="identity_not_confirmed", message="We found another name."
        )
        await deciding.decide(work, UUID(case.ids["case_id"]), given)
    return case


CASES: dict[str, Make] = {
    "read_external_calendar": external_calendar,
    "ask_to_verify_email": _account,
    "ask_again_to_verify_email": _account,
    "send_reset_link": _forgetful,
    "follow_language": other_language,
    "claim_guest_bookings": _owner_of_guest_bookings,
    "tell_of_new_password": _changed_account,
    "tell_of_second_factor": _changed_account,
    "send_new_email_link": _new_email,
    "warn_of_new_email": _new_email,
    "send_notice": _notice,
    "forget_text": text_of_nobody,
    "tell_of_confirmation": confirmed_group,
    "tell_of_request": requested_group,
    "let_change_settle": moved,
    "tell_what_changed": settled,
    "plan_reminders_again": other_reminders,
    "let_completion_settle": _completed,
    "tell_of_refusal": declined,
    "tell_of_expiry": expired,
    "remind_client": confirmed,
    "remind_by_mail": untexted,
    "believe_number": number_given,
    "expire_request": unanswered,
    "tell_of_asked_move": asked_move,
    "tell_of_refused_move": refused_move,
    "expire_asked_move": unanswered_move,
    **HOLD_CASES,
    "send_lost_links": _lost_links,
    "follow_course": cancelled_course,
    "send_aftercare": _completed,
    "plan_followups": _completed,
    "plan_upkeep": finished_course,
    "suggest_upkeep": finished_course,
    "believe_proven_address": dead_address,
    "plan_invitations": _completed,
    "plan_last_invitations": broken_off,
    "ask_check_in": _completed,
    "invite_to_review": _completed,
    "send_check_in": _check_in,
    "warn_clinic": _red_flag,
    "warn_owners": _red_flag,
    "tell_of_assertion": asserted_visit,
    "invite_who_was_there": asserted_visit,
    "send_invitation": _invitation,
    "count_reviews": _review,
    "rebuild_listing": _clinic,
    "lapse_credential": _credential,
    "remind_of_expiry": _credential_expiring,
    "tell_of_lapse": _credential_lapsed,
    "erase_evidence_file": _removed_evidence,
    "open_proof_case": _proof,
    "lapse_proof": _proof_over,
    "remind_of_proof": _proof_ending,
    "tell_of_lapsed_proof": _proof_lapsed,
    "open_proof_lapsed_case": _proof_lapsed,
    "erase_proof_file": _removed_proof_file,
    "develop_picture": _new_picture,
    "erase_picture_files": _removed_picture,
    "open_edit_case": _held_edit,
    "close_edit_case": _withdrawn_edit,
    "cancel_what_lies_ahead": _closed,
    "confirm_closing": _closed,
    "invite_to_team": team_invitation,
    "unlink_practitioner": left_the_team,
    "bind_person_time": now_signs_in,
    "look_elsewhere": busy_elsewhere,
    "confirm_submission": _case,
    "send_decision": _decided_case,
    "answer_report": _answered_report,
    "open_credential_case": _renewed,
    "open_lapsing_case": _credential_expiring,
    "tell_of_stop": stopped_course,
    "tell_of_recall": recall,
    "recall_everywhere": platform_recall,
    "gather_stragglers": straggler,
    "tell_new_address": put_right,
    "tell_of_question": question,
    "tell_of_answer": answer,
    "send_data_link": privacy_cases.data_link,
    "make_export": privacy_cases.guest_export,
    "forget_export": privacy_cases.export_over,
    "erase_person": privacy_cases.erasure,
    "forget_receipt": privacy_cases.receipt,
    "tell_of_erasure": privacy_cases.client_erased,
    "tell_of_withdrawal": privacy_cases.withdrawal,
    "develop_photo": new_photo,
    "tidy_photo_files": new_photo,
    "take_off_results": unreleased_result,
    "run_retention": privacy_cases.retention,
}
# Actors whose work in this world is done outside the database, or that rightly do nothing.
WITHOUT_ROWS = frozenset(
    {
        "forget_text",
        "erase_evidence_file",
        "erase_proof_file",
        "erase_picture_files",
        "tidy_photo_files",
        "lapse_credential",
        "look_elsewhere",
        "confirm_submission",
    }
)
