"""A clinic in which everything has happened once: booked, treated, checked in on, reviewed, reported, refused."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops.demo.papers import demo_certificate
from infra.ops.migrations.declared import declared_models
from infra.platform.mail import MailboxOnly
from services.clients import notes
from services.clients.schemas import NewNote
from services.clinics import pictures, proofs
from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.models import ProofKind, Role
from services.clinics.picture_schemas import NewPicture
from services.clinics.schemas import ClinicPatch, NewLocation, NewMember, TravelIn, TravelWay
from services.courses import followups, photo_results, photos, recalls, records
from services.courses.followup_schemas import CheckInAnswer
from services.courses.photo_rules import Pose
from services.courses.photo_schemas import NewPhoto, NewResult, ReleaseDecided, ResultView
from services.courses.recall_schemas import RecallIn
from services.courses.schemas import SessionRecordIn
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.tables import Kind, table
from services.kernel.work import ClinicWork, Database
from services.moderation import service as moderation
from services.moderation.schemas import Report
from services.notices import service as notices
from services.notices.own_words import OwnWordsIn, choose_words
from services.practitioners import evidence
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.privacy import retention
from services.questions import service as questions
from services.questions.schemas import NewQuestion
from services.reviews import service as reviews
from services.reviews.attendance import assert_visit
from services.reviews.schemas import NewReview
from services.scheduling import externals, waitlist
from services.scheduling import service as scheduling
from services.scheduling.block_schemas import NewBlock
from services.scheduling.blocking import block_time
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import NewFeed, make_feed
from services.scheduling.offering import offer_by_hand
from services.scheduling.reading import get_booking
from services.scheduling.reminders import ReminderPolicyIn, choose_policy
from services.scheduling.waitlist_schemas import NewWish, OfferIn
from services.screening.marketing import choose_marketing
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.clinics.papers import prove_business
from tests.services.clinics.photos import photo
from tests.services.scheduling.elsewhere import busy_calendar
from workers.inline import drain

FIVE = ("result", "comfort", "cleanliness", "explanation", "value")
_LINK = re.compile(r"/(check-ins|reviews)/([A-Za-z0-9_.~-]{20,})")


async def _choose_messages(work: ClinicWork, booking_id: UUID) -> None:
    """Reminders and words as the clinic wants them, and a client who allows more."""
    await choose_policy(work, ReminderPolicyIn(hours=[72, 48, 24]))
    await choose_words(work, OwnWordsIn(greeting="Dear {name},"))
    booking = await get_booking(work, booking_id)
    await choose_marketing(work, booking.client_id, "desk", allowed=True)


async def _wait(work: ClinicWork, world: World, free_at: datetime) -> UUID:
    """A wish on the waiting list, and another to which a time is offered."""
    waits = NewWish(name="Di", email="di@example.test", last_on=work.now.date() + timedelta(days=60))
    wish = await waitlist.join_waitlist(work, world.treatment_id, waits, address="")
    await waitlist.prove_wish(work, wish.id)
    other = await waitlist.join_waitlist(work, world.treatment_id, waits, address="")
    await waitlist.prove_wish(work, other.id)
    await offer_by_hand(work, other.id, OfferIn(starts_at=free_at))
    return wish.id


async def _ask_for_another_time(work: ClinicWork, world: World, course_id: UUID) -> None:
    """A client asks to move the last session of a course, of what is booked on request for a moment."""
    last = (await scheduling.list_group(work, course_id))[-1]
    for mode in (BookingMode.REQUEST, BookingMode.INSTANT):
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(booking_mode=mode))
        if mode is BookingMode.REQUEST:
            await scheduling.reschedule(work, last.id, last.starts_at + timedelta(minutes=30), by="client")


async def _set_schedule(work: ClinicWork, world: World) -> None:
    """A second place with the way to it, and who gives the treatment in which room."""
    other = await clinics.add_location(work, NewLocation(name="South", street="Oak 2", city="Austin"))
    way = TravelWay(location_id=world.location_id, other_id=other.id, minutes=20)
    await clinics.set_travel(work, TravelIn(ways=[way]))
    named = TreatmentPatch(performer_ids=[world.practitioner_id], room_ids=[world.room_id])
    await treatments.update_treatment(work, world.treatment_id, named)


async def _treat(database: Database, clock: MovableClock, world: World, booking_id: UUID) -> UUID:
    """The visit takes place, its lot is called back, and days go by; gives the recall."""
    async with database.begin(world.scope) as work:
        record = SessionRecordIn.model_validate(
            {"areas": ["face"], "depth_mm": "1.0", "lot": "LOT-1", "topicals": [], "notes": "Even."}
        )
        await assert_visit(work, booking_id)
        await records.complete_session(work, booking_id, record, by=world.owner.account_id)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        recall = (await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))).recall
    for days in (1, 2, 1):
        await clock.advance(timedelta(days=days))
        await drain(database, MailboxOnly())
    return recall.id


async def full_world(database: Database, clock: MovableClock) -> tuple[World, dict[str, str]]:
    """The clinic, and its ids by the names that routes use."""
    world = await live_clinic(database)
    booked = await book_one(database, world, whole_course=True)
    later = await book_one(database, world, email="ben@example.test")
    async with database.begin(world.scope) as work:
        await _choose_messages(work, (await booking_ids(database, world, later))[0])
        picture = await pictures.add_picture(work, NewPicture(alt="A room", no_client=True), photo())
        portrait = NewPicture(no_client=True)
        await practitioners.set_portrait(work, world.practitioner_id, portrait, photo(colour="#123456"))
        paper = await evidence.add_evidence(
            work, world.credential_id, "paper.pdf", demo_certificate(["A paper"])
        )
    await drain(database, MailboxOnly())
    proof_file_id = await _prove(database, world)
    await clock.advance(timedelta(days=9))
    first = (await booking_ids(database, world, booked))[0]
    recall_id = await _treat(database, clock, world, first)
    await _answer_mail(database)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(name="Linden Skin and Scalp"))
        (held,) = await clinics.list_held_edits(work)
        away = await practitioners.add_absence(
            work, world.practitioner_id, NewAbsence(kind="closed", first_on=date(2099, 1, 4))
        )
        shut = await clinics.add_exception(
            work, world.location_id, NewException(kind="closed", first_on=date(2099, 1, 4))
        )
        blocked_id, feed_id = await _block_and_share(work, world)
        holiday = (await clinics.list_holidays(work, world.location_id))[0]
        await _set_schedule(work, world)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        case = await moderation.report(
            work, Report(slug=world.slug, reason="other", text="A word about this page.")
        )
        asked = await clinics.invite(work, NewMember(email="zoe@example.test", role=Role.MANAGER))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        review = (await reviews.list_reviews(work)).items[0]
        (elsewhere,) = await externals.list_calendars(work, world.practitioner_id)
        check_in = (await followups.list_check_ins(work, first))[0]
        team = await clinics.list_team(work)
        file = (await pictures.get_picture(work, picture.id)).files[0]
    client_id = await _client_of(database, world, first)
    other_id = await _client_of(database, world, (await booking_ids(database, world, later))[0])
    free = await free_slots(database, world, in_days=30)
    async with database.begin(world.scope) as work:
        note = await notes.add_note(work, client_id, NewNote(text="Prefers mornings."))
        question = await questions.ask(
            work, NewQuestion(name="Cy", email="cy@example.test", text="Does it hurt?")
        )
        wish_id = await _wait(work, world, free[-1].starts_at)
    async with database.begin(world.scope) as work:
        await _ask_for_another_time(work, world, booked.course_id or first)
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test plays retention")) as platform:
        await retention.note(platform, platform.now.date(), "messages", world.clinic_id, erased=1)
    shown = await _photograph(database, world, first)
    await drain(database, MailboxOnly())
    return world, {
        "photo_id": str(shown.after.id),
        "result_id": str(shown.id),
        "size": "medium",
        "slug": world.slug,
        "location_id": str(world.location_id),
        "room_id": str(world.room_id),
        "device_id": str(world.device_id),
        "practitioner_id": str(world.practitioner_id),
        "credential_id": str(world.credential_id),
        "evidence_id": str(paper.id),
        "picture_id": str(picture.id),
        "name": file.name,
        "treatment_id": str(world.treatment_id),
        "wish_id": str(wish_id),
        "proof_kind": "insurance",
        "proof_file_id": str(proof_file_id),
        "reference": later.reference,
        "treated_reference": booked.reference,
        "asked_reference": booked.sessions[-1].reference,
        "asked_token": booked.manage_token,
        "recall_id": str(recall_id),
        "client_id": str(client_id),
        "other_client_id": str(other_id),
        "note_id": str(note.id),
        "question_id": str(question.id),
        "course_id": str(booked.course_id),
        "check_in_id": str(check_in.id),
        "review_id": str(review.id),
        "member_id": str(team[0].id),
        "invitation_id": str(asked.id),
        "edit_id": str(held.id),
        "exception_id": str(away.id),
        "blocked_id": str(blocked_id),
        "feed_id": str(feed_id),
        "calendar_id": str(elsewhere.id),
        "location_exception_id": str(shut.id),
        "on": holiday.on.isoformat(),
        "case_id": str(case.id),
    }


async def _block_and_share(work: ClinicWork, world: World) -> tuple[UUID, UUID]:
    """A blocked room, and the address at which a calendar program reads its times."""
    await busy_calendar(work, world.practitioner_id)
    off = NewBlock(resource_id=world.room_id, first_on=date(2099, 1, 4), opens=time(9), closes=time(12))
    new_feed = NewFeed(feed_of=FeedOf.ROOM, subject_id=world.room_id)
    return await block_time(work, off), (await make_feed(work, new_feed, world.owner.account_id))[0]


async def _prove(database: Database, world: World) -> UUID:
    async with database.begin(world.scope) as work:
        await prove_business(work)
        return (await proofs.get_proof(work, ProofKind.INSURANCE)).evidence[0].id


async def _photograph(database: Database, world: World, booking_id: UUID) -> ResultView:
    """Two photos that the clinic took, released by their client and shown."""
    made = []
    async with database.begin(world.scope) as work:
        sessions = await scheduling.list_group(work, (await get_booking(work, booking_id)).group_id)
        for days, colour in ((20, "#b7cdc4"), (0, "#c4b7cd")):
            day = work.now.date() - timedelta(days=days + 1)
            given = NewPhoto(pose=Pose.FRONT, taken_on=day, consent=True, signed_name="Ana")
            made.append(await photos.add_photo(work, sessions, given, photo(colour=colour), by_clinic=True))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        for one in made:
            ready = await photos.get_photo(work, one.id)
            await photo_results.decide_release(work, ready, ReleaseDecided(release=True, signed_name="Ana"))
        return await photo_results.choose_result(work, NewResult(before_id=made[0].id, after_id=made[1].id))


async def _client_of(database: Database, world: World, booking_id: UUID) -> UUID:
    async with database.begin(world.scope) as work:
        return (await get_booking(work, booking_id)).client_id


async def _answer_mail(database: Database) -> None:
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = await notices.list_sent(work)
    links = {found for message in sent for found in _LINK.findall(message.text)}
    for kind, token in sorted(links):
        async with database.begin(PublicScope()) as opened:
            reader = followups.read_link if kind == "check-ins" else reviews.read_link
            clinic_id, subject_id = reader(opened, token)
        async with database.begin(ClinicScope(clinic_id)) as work:
            if kind == "check-ins":
                await followups.answer_check_in(
                    work, subject_id, CheckInAnswer(downtime_days=2, discomfort=3)
                )
            else:
                given = {"ratings": dict.fromkeys(FIVE, 4), "text": "Careful and clear."}
                await reviews.write_review(work, subject_id, NewReview.model_validate(given))


async def digest(superuser: AsyncEngine, clinic_id: str) -> str:
    """All rows of the clinic, those of the machinery too, as one figure that changes when any row does."""
    names = [table(m).name for m in declared_models() if m.table_kind in {Kind.TENANT, Kind.WORK}]
    made = hashlib.sha256()
    async with superuser.connect() as connection:
        for name in sorted(names):
            rows = await connection.execute(
                text(f'SELECT t::text FROM "{name}" t WHERE clinic_id = :c ORDER BY 1'), {"c": clinic_id}
            )
            made.update(f"{name}{[row[0] for row in rows]}".encode())
    return made.hexdigest()
