"""A person with a life here: rows in every declared table, made through the services, with words that can be found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import select

from infra.ops.demo.papers import demo_certificate
from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import NewSecondFactor, SignedIn
from services.clients import notes
from services.clients.schemas import ClientIn, NewNote
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.picture_schemas import NewPicture
from services.clinics.schemas import ClinicPatch, NewMember
from services.courses import followups, photo_results, photos, recalls, records
from services.courses.booking import book
from services.courses.followup_schemas import CheckInAnswer
from services.courses.models import CheckIn
from services.courses.photo_rules import Pose
from services.courses.photo_schemas import NewPhoto, NewResult, ReleaseDecided
from services.courses.recall_schemas import CallIn, RecallIn
from services.courses.schemas import SessionRecordIn
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import ClinicWork, Database
from services.moderation import service as moderation
from services.moderation.schemas import Report
from services.practitioners import evidence, linking
from services.practitioners import service as practitioners
from services.practitioners.absences import add_absence
from services.practitioners.schemas import (
    LinkedMember,
    NewAbsence,
    NewCredential,
    NewPractitioner,
    PractitionerHoursIn,
    PractitionerSpan,
)
from services.privacy import asking
from services.questions import service as questions
from services.questions.schemas import NewAnswer, NewQuestion
from services.reviews import service as reviews
from services.reviews.attendance import assert_visit
from services.reviews.models import ReviewInvitation
from services.reviews.schemas import NewReply, NewReview
from services.scheduling import service as scheduling
from services.scheduling import waitlist
from services.scheduling.asked_moves import decline_move
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import NewFeed, make_feed
from services.scheduling.offering import offer_by_hand
from services.scheduling.reading import get_booking
from services.scheduling.time_schemas import PreferencesIn
from services.scheduling.waitlist_schemas import NewWish, OfferIn
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.factories import PASSWORD, World, booking_ids, booking_in, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.clinics.photos import photo
from tests.services.notices.visits import completed_visit
from tests.services.scheduling.elsewhere import busy_calendar
from workers.inline import drain

NAME, EMAIL, PHONE = "Zephyrine Quibblewick", "zephyrine@quibble.test", "+1 512 777 4242"
WISHES = PreferencesIn(from_time=time(9, 7), until_time=time(21, 7), same_practitioner=False)
MARK = "xylomarker"  # stands in every free text of the person's
TRACES = (NAME, "Quibblewick", "Zephyrine", EMAIL, "777 4242", "7774242", MARK)
FIVE = ("result", "comfort", "cleanliness", "explanation", "value")


@dataclass(frozen=True)
class Life:
    """Where the person is known: as a client of one clinic, as a practitioner of another, invited by a third."""

    account: SignedIn
    token: str
    totp: pyotp.TOTP
    treated_at: World
    works_at: World
    question_id: UUID
    practitioner_id: UUID


async def a_life(database: Database, clock: MovableClock) -> Life:
    """Everything once, and one visit still ahead."""
    here = await live_clinic(database)
    there = await live_clinic(database, name="Another Place", city="Chicago")
    third = await live_clinic(database, name="Third Place", city="Houston")
    account, token = await person(database, NAME, EMAIL)
    token, totp = await _second_factor(database, clock, account, token)
    first = await _book(database, here, account)
    await drain(database, MailboxOnly())
    question_id = await _ask(database, here)
    await _wait(database, here)
    await _ask_for_another_time(database, here, first)
    practitioner_id = await _work_at(database, there, account)
    async with database.begin(third.scope) as work:
        await clinics.invite(work, NewMember(email=EMAIL, role=Role.MANAGER))
    await _treat(database, clock, here, first)
    async with database.begin(ClinicScope(here.clinic_id)) as work:
        report = Report(slug=here.slug, reason="other", text=f"A word {MARK}", email=EMAIL)
        await moderation.report(work, report)
    await drain(database, MailboxOnly())
    async with database.begin(PublicScope(_actor(account))) as public:
        await asking.ask_export(public, await asking.own_person(public, account.account_id), "en")
    await drain(database, MailboxOnly())
    return Life(account, token, totp, here, there, question_id, practitioner_id)


def _actor(account: SignedIn) -> Actor:
    return Actor("account", account.account_id, account.name)


async def _second_factor(
    database: Database, clock: MovableClock, account: SignedIn, token: str
) -> tuple[str, pyotp.TOTP]:
    async with database.begin(PublicScope()) as work:
        shown = await accounts.set_up(work, account.account_id, token)
    totp = pyotp.parse_uri(shown.uri)
    assert isinstance(totp, pyotp.TOTP)
    given = NewSecondFactor(current=PASSWORD, code=totp.at(await clock.now()))
    async with database.begin(PublicScope()) as work:
        fresh, _ = await accounts.switch_on(work, account.account_id, given, token)
    return fresh, totp


async def _book(database: Database, world: World, account: SignedIn) -> UUID:
    """A whole course: the first session will be treated, the others lie ahead."""
    slot = (await free_slots(database, world))[0]
    wanted = booking_in(world, slot.starts_at, whole_course=True, email=EMAIL)
    who = ClientIn(name=NAME, email=EMAIL, phone=PHONE)
    signed = wanted.consent.model_copy(update={"signed_name": NAME})
    async with database.begin(world.scope) as work:
        booked = await book(
            work,
            wanted.model_copy(update={"client": who, "consent": signed, "preferences": WISHES}),
            account.account_id,
        )
    return (await booking_ids(database, world, booked))[0]


async def _ask(database: Database, world: World) -> UUID:
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        new = NewQuestion(name=NAME, email=EMAIL, text=f"Does it hurt? {MARK}")
        question = await questions.ask(work, new)
    async with database.begin(world.scope) as work:
        await questions.answer(work, question.id, NewAnswer(text=f"Hardly, {NAME}. {MARK}"))
    return question.id


async def _wait(database: Database, world: World) -> None:
    """On the waiting list, with a time that was offered."""
    free = await free_slots(database, world, in_days=30)
    async with database.begin(world.scope) as work:
        waits = NewWish(name=NAME, email=EMAIL, phone=PHONE, last_on=work.now.date() + timedelta(days=60))
        wish = await waitlist.join_waitlist(work, world.treatment_id, waits, address="")
        await waitlist.prove_wish(work, wish.id)
        await offer_by_hand(work, wish.id, OfferIn(starts_at=free[-1].starts_at))
    await drain(database, MailboxOnly())


async def _ask_for_another_time(database: Database, world: World, booking_id: UUID) -> None:
    """For the last session of the course: no is said with words, and it is asked for again."""
    async with database.begin(world.scope) as work:
        on_request = TreatmentPatch(booking_mode=BookingMode.REQUEST)
        await treatments.update_treatment(work, world.treatment_id, on_request)
        last = (await scheduling.list_group(work, (await get_booking(work, booking_id)).group_id))[-1]
    for answered in (True, False):
        async with database.begin(world.scope) as work:
            at = last.starts_at + timedelta(minutes=30)
            await scheduling.reschedule(work, last.id, at, by="client")
            if answered:
                await decline_move(work, last.id, f"Not then. {MARK}")
    async with database.begin(world.scope) as work:
        at_once = TreatmentPatch(booking_mode=BookingMode.INSTANT)
        await treatments.update_treatment(work, world.treatment_id, at_once)
    await drain(database, MailboxOnly())


async def _work_at(database: Database, world: World, account: SignedIn) -> UUID:
    """A practitioner there, under a name of the trade, with papers and a portrait."""
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=EMAIL, role=Role.MANAGER))
        new = NewPractitioner(name="Dr Trade Name", title="Nurse", bio=f"Born somewhere. {MARK}")
        own = await practitioners.add_practitioner(work, new)
        await linking.link_member(work, own.id, LinkedMember(member_id=member.id))
        credential = await practitioners.add_credential(
            work,
            own.id,
            NewCredential(kind="registered_nurse", number="1", issuer="Texas", jurisdiction="US-TX"),
        )
        await evidence.add_evidence(work, credential.id, f"{MARK}.pdf", demo_certificate([NAME, MARK]))
        await practitioners.set_portrait(work, own.id, NewPicture(alt=f"{NAME}", no_client=True), photo())
        away = NewAbsence(kind="closed", first_on=date(2099, 1, 4), note=f"Away {MARK}")
        await add_absence(work, own.id, away)
        await busy_calendar(work, own.id)
    async with database.begin(ClinicScope(world.clinic_id, _actor(account))) as work:
        off = NewBlock(resource_id=world.room_id, first_on=date(2099, 1, 4), opens=time(9), closes=time(12))
        await block_time(work, off)
        new_feed = NewFeed(feed_of=FeedOf.ROOM, subject_id=world.room_id)
        await make_feed(work, new_feed, account.account_id)
        await clinics.update_clinic(work, ClinicPatch(name="Another Place Indeed"))
        await clinics.invite(work, NewMember(email="stranger@example.test", role=Role.MANAGER))
    await drain(database, MailboxOnly())
    await _hours(database, world, own.id)
    return own.id


async def _hours(database: Database, world: World, practitioner_id: UUID) -> None:
    async with database.begin(world.scope) as work:
        span = PractitionerSpan(location_id=world.location_id, weekday=1, opens=time(10), closes=time(12))
        await practitioners.set_practitioner_hours(work, practitioner_id, PractitionerHoursIn(hours=[span]))


async def _treat(database: Database, clock: MovableClock, world: World, booking_id: UUID) -> None:
    async with database.begin(world.scope) as work:
        booking = await get_booking(work, booking_id)
        left = booking.ends_at - work.now
        await notes.add_note(work, booking.client_id, NewNote(text=f"Afraid of needles. {MARK}"))
    await clock.advance(left + timedelta(hours=25))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        await assert_visit(work, booking_id)
        record = SessionRecordIn.model_validate(
            {"areas": ["face"], "depth_mm": "1.0", "lot": "LOT-77", "topicals": [], "notes": f"Even. {MARK}"}
        )
        await records.complete_session(work, booking_id, record, by=world.owner.account_id)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        done = await recalls.confirm_recall(work, RecallIn(lot="LOT-77"))
        (told,) = (await recalls.get_recall(work, done.recall.id))[1]
        await recalls.note_call(work, done.recall.id, told.client_id, CallIn())
    await drain(database, MailboxOnly())
    for days in (1, 2, 1):
        await clock.advance(timedelta(days=days))
        await drain(database, MailboxOnly())
    await _answer(database, world)
    await _photograph(database, world, booking_id)
    await drain(database, MailboxOnly())


async def _photograph(database: Database, world: World, booking_id: UUID) -> None:
    """Two photos with the consent to them, both released, and shown by the clinic."""
    async with database.begin(world.scope) as work:
        sessions = await scheduling.list_group(work, (await get_booking(work, booking_id)).group_id)
        day = sessions[0].local_starts_at.date() - timedelta(days=1)
        made = []
        for taken_on, colour in ((day, "#b7cdc4"), (None, "#c4b7cd")):
            given = NewPhoto(pose=Pose.FRONT, taken_on=taken_on, consent=True, signed_name=NAME)
            made.append(await photos.add_photo(work, sessions, given, photo(colour=colour), by_clinic=False))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        for one in made:
            ready = await photos.get_photo(work, one.id)
            await photo_results.decide_release(work, ready, ReleaseDecided(release=True, signed_name=NAME))
        await photo_results.choose_result(work, NewResult(before_id=made[0].id, after_id=made[1].id))


async def _answer(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        check_in, invitation = await _asked(work)
        given = CheckInAnswer(downtime_days=2, discomfort=3, text=f"Red. {MARK}")
        await followups.answer_check_in(work, check_in, given)
        words = {"ratings": dict.fromkeys(FIVE, 4), "text": f"Careful. {MARK}"}
        review = await reviews.write_review(work, invitation, NewReview.model_validate(words))
        await reviews.reply(work, review.id, NewReply(text=f"Thank you, {NAME}. {MARK}"))


async def _asked(work: ClinicWork) -> tuple[UUID, UUID]:
    check_in = await work.scalar(select(table(CheckIn).c.id).limit(1))
    invitation = await work.scalar(select(table(ReviewInvitation).c.id).limit(1))
    return check_in, invitation


async def reviewed(database: Database, clock: MovableClock) -> None:
    """Ana's visit, and what she says of it."""
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        invitation_id = await reviews.invite(work, booking_id, "session")
        assert invitation_id is not None
        words = {"ratings": dict.fromkeys(FIVE, 5), "text": "Careful and clear."}
        await reviews.write_review(work, invitation_id, NewReview.model_validate(words))
    await drain(database, MailboxOnly())
