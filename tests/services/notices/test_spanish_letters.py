"""Every kind of message, to everyone it goes to, in Spanish: no English is left over in what the product says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.moderation import deciding
from services.moderation import service as moderation
from services.moderation.contesting import contest_visit
from services.moderation.schemas import Decide, Flag
from services.moderation.watching import flag_review
from services.notices.models import Notice
from services.notices.rules import KINDS, SETTLING
from services.scheduling import asked_moves
from services.scheduling import service as scheduling
from services.scheduling.models import TextReminders
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.courses.test_followups import Deaf
from tests.services.moderation.drafts import draft_clinic, moderator
from tests.services.notices.english import english_left
from tests.services.notices.test_texts import go_to, texted_visit
from tests.services.notices.visits import Phones
from tests.services.reviews.test_reviews import review, write
from tests.workers.booking_cases import booking
from tests.workers.case import Case, Make, of
from tests.workers.cases import CASES
from workers.actor import Job, Outside, load_actors
from workers.inline import drain

NOTICES = table(Notice)
DESK = "desk@linden.test"
A_WHILE = timedelta(days=3)
# Names, and what people wrote themselves: it stays as it is.
OWN = ("Linden Skin Austin", "Linden Skin", "Pen facial for acne scars", "We found another name.", "A word.")
SPEAKERS = ("account", "client", "question", "waitlist_wish", "privacy_request")
Then = Callable[[Database, MovableClock, Case], Awaitable[None]]


class Story(NamedTuple):
    """Kinds of messages that come of a world, in which all have chosen Spanish, and of what happens in it then."""

    name: str
    kinds: frozenset[str]
    make: Make
    then: Then


async def run_actor(name: str, database: Database, clock: MovableClock, case: Case) -> None:
    actor = load_actors()[name]
    ids = {key: "es" if key == "language" else value for key, value in case.ids.items()}
    async with database.begin(actor.scope_for(case.clinic_id)) as work:
        jobs = [Job(new_id(), ids, "")]
        await actor.call(work, jobs, Outside(database, MailboxOnly(), "us@needlewise.test"))


async def let_out(database: Database, clock: MovableClock, case: Case) -> None:
    await drain(database, MailboxOnly())


def clinic_of(database: Database, case: Case) -> Any:
    assert case.clinic_id is not None
    return database.begin(ClinicScope(case.clinic_id))


async def cancel_it(database: Database, clock: MovableClock, case: Case) -> None:
    async with clinic_of(database, case) as work:
        await scheduling.cancel(work, UUID(case.ids["booking_id"]), by="client")
    await drain(database, MailboxOnly())
    await clock.advance(SETTLING)
    await drain(database, MailboxOnly())


async def decline_it(database: Database, clock: MovableClock, case: Case) -> None:
    async with clinic_of(database, case) as work:
        asked = await asked_moves.get_asked(work, UUID(case.ids["move_id"]))
        await asked_moves.decline_move(work, asked.booking_id, "We found another name.", seen=asked.starts_at)
    await drain(database, MailboxOnly())


async def half_a_year_on(database: Database, clock: MovableClock, case: Case) -> None:
    await clock.advance(timedelta(days=183))
    await run_actor("suggest_upkeep", database, clock, case)


async def unseen(database: Database, clock: MovableClock, case: Case) -> None:
    await clock.advance(A_WHILE)
    await run_actor("warn_owners", database, clock, case)


async def flagged_to_the_deaf(database: Database, clock: MovableClock) -> Case:
    """A red flag of a clinic whose address takes no mail."""
    case = await CASES["warn_clinic"](database, clock)
    async with clinic_of(database, case) as work:
        await clinics.update_clinic(work, ClinicPatch(email=DESK))
    return case


async def refused(database: Database, clock: MovableClock, case: Case) -> None:
    await drain(database, Deaf(DESK))


async def texted(database: Database, clock: MovableClock) -> Case:
    database.tools = replace(database.tools, texts=True)
    world, booking_id = await texted_visit(database, TextReminders.ALL)
    await go_to(database, clock, world, booking_id, 72)
    return of(world, booking_id=booking_id)


async def text_it(database: Database, clock: MovableClock, case: Case) -> None:
    await drain(database, MailboxOnly(), texts=Phones())


async def contested(database: Database, clock: MovableClock) -> Case:
    case = await CASES["tell_of_assertion"](database, clock)
    async with clinic_of(database, case) as work:
        opened = await contest_visit(work, UUID(case.ids["booking_id"]), "A word.")
    return Case(case.clinic_id, {"case_id": str(opened.id)})


async def flagged_review(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    review_id = await write(database, clock, world, review(1, 1, 1, 1, 1))
    async with database.begin(world.scope) as work:
        return of(
            world, case_id=(await flag_review(work, review_id, Flag(reason="fake_review", text="A word."))).id
        )


async def submitted(database: Database, clock: MovableClock) -> Case:
    draft = await draft_clinic(database)
    async with database.begin(draft.scope) as work:
        return Case(draft.scope.clinic_id, {"case_id": str((await moderation.submit_clinic(work)).id)})


async def opened(by: str, database: Database, clock: MovableClock) -> Case:
    """A case that opens by itself waits for the moderators."""
    case = await CASES[by](database, clock)
    await drain(database, MailboxOnly())
    async with clinic_of(database, case) as work:
        found = (await moderation.list_clinic_cases(work))[0]
    return Case(case.clinic_id, {"case_id": str(found.id)})


async def decide(given: Decide, database: Database, clock: MovableClock, case: Case) -> None:
    by = await moderator(database)
    assert case.clinic_id is not None
    async with database.begin(by.scope(case.clinic_id)) as work:
        await deciding.decide(work, UUID(case.ids["case_id"]), given)
    await drain(database, MailboxOnly())


def decided(decision: str, reason: str) -> Then:
    words = {"decision": decision, "reason": reason, "message": "A word."}
    return partial(decide, Decide.model_validate(words))


def of_actor(name: str, *kinds: str, make: Make | None = None) -> Story:
    return Story(name, frozenset(kinds), make or CASES[name], partial(run_actor, name))


def both(kind: str) -> tuple[str, str]:
    return f"{kind}.client", f"{kind}.clinic"


async def second_factor(change: str, database: Database, clock: MovableClock) -> Case:
    case = await CASES["tell_of_second_factor"](database, clock)
    return Case(None, case.ids | {"change": change})


async def booked(database: Database, clock: MovableClock) -> Case:
    world, booking_id, _ = await booking(database)
    await drain(database, MailboxOnly())
    return of(world, booking_id=booking_id)


REJECTED = decided("reject", "business_not_proved")
STORIES = (
    of_actor("ask_to_verify_email", "account.verify_email"),
    of_actor("send_reset_link", "account.reset_password"),
    of_actor("tell_of_new_password", "account.password_changed"),
    of_actor("send_new_email_link", "account.new_email"),
    of_actor("warn_of_new_email", "account.new_email_asked"),
    *(
        Story(
            f"second factor {change}",
            frozenset({"account.second_factor_changed"}),
            partial(second_factor, change),
            partial(run_actor, "tell_of_second_factor"),
        )
        for change in ("on", "off", "codes_made", "code_used")
    ),
    of_actor("tell_of_confirmation", *both("booking.confirmed")),
    of_actor("tell_of_request", *both("booking.requested")),
    of_actor("tell_what_changed", *both("booking.rescheduled")),
    Story("cancelled", frozenset(both("booking.cancelled")), booked, cancel_it),
    of_actor("tell_of_refusal", "booking.declined.client"),
    of_actor("tell_of_expiry", "booking.expired.client"),
    of_actor("tell_of_asked_move", *both("booking.move_asked")),
    of_actor("tell_of_refused_move", "booking.move_expired.client"),
    Story(
        "declined move", frozenset({"booking.move_declined.client"}), CASES["tell_of_asked_move"], decline_it
    ),
    of_actor("send_lost_links", "booking.lost_links"),
    of_actor("remind_by_mail", "booking.reminder"),
    Story("texted", frozenset({"booking.reminder.text"}), texted, text_it),
    of_actor("send_aftercare", "aftercare"),
    of_actor("send_check_in", "check_in.asked"),
    of_actor("warn_clinic", "check_in.red_flag"),
    Story("refused", frozenset({"check_in.red_flag"}), flagged_to_the_deaf, refused),
    Story("unseen", frozenset({"check_in.unseen"}), CASES["warn_owners"], unseen),
    of_actor("tell_of_assertion", "visit.asserted"),
    Story("judged true", frozenset(both("visit.judged")), contested, decided("dismiss", "visit_took_place")),
    Story("judged false", frozenset(both("visit.judged")), contested, decided("remove", "visit_not_shown")),
    of_actor("send_invitation", "review.invited"),
    Story("upkeep", frozenset({"course.upkeep"}), CASES["suggest_upkeep"], half_a_year_on),
    of_actor("tell_of_stop", "course.stopped"),
    of_actor("ask_to_prove_wish", "waitlist.prove"),
    of_actor("tell_of_offer", "waitlist.offered"),
    of_actor("tell_waiting_is_over", "waitlist.over"),
    of_actor("tell_of_question", "question.asked"),
    of_actor("tell_of_answer", "question.answered"),
    of_actor("tell_of_recall", "lot.recalled.client"),
    Story("recalled everywhere", frozenset(both("lot.recalled")), CASES["recall_everywhere"], let_out),
    of_actor("confirm_closing", "clinic.closed"),
    of_actor("invite_to_team", "team.invited"),
    of_actor("remind_of_expiry", "credential.expires_soon"),
    of_actor("tell_of_lapse", "credential.lapsed"),
    of_actor("remind_of_proof", "proof.expires_soon"),
    of_actor("tell_of_lapsed_proof", "proof.lapsed"),
    of_actor("confirm_submission", "clinic.submitted", make=submitted),
    of_actor("send_decision", "moderation.decided"),
    *(
        Story(f"{name} decided", frozenset({"moderation.decided"}), partial(opened, name), REJECTED)
        for name in ("open_edit_case", "open_proof_case", "open_credential_case")
    ),
    Story(
        "author", frozenset({"moderation.decided"}), flagged_review, decided("remove", "review_not_fitting")
    ),
    of_actor("answer_report", "moderation.report_answered"),
    of_actor("send_data_link", "privacy.link"),
    of_actor("make_export", "privacy.export_ready"),
    of_actor("erase_person", "privacy.erased"),
    of_actor("tell_of_erasure", "privacy.client_erased"),
    of_actor("tell_of_withdrawal", "consent.withdrawn"),
)


async def choose_spanish(superuser: AsyncEngine) -> None:
    """Everyone who says of themselves in which language they are written to says Spanish."""
    async with superuser.begin() as connection:
        for name in SPEAKERS:
            await connection.execute(text(f"UPDATE {name} SET language = 'es'"))
        report = 'detail || \'{"language": "es"}\''
        await connection.execute(text(f"UPDATE moderation_case SET detail = {report}"))


async def queued(database: Database) -> dict[UUID, Row[Any]]:
    async with database.begin(PlatformScope("a test reads messages")) as work:
        return {row.id: row for row in await work.rows(select(NOTICES))}


def test_every_kind_of_message_has_a_story() -> None:
    assert {kind for story in STORIES for kind in story.kinds} == set(KINDS)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_a_letter_to_who_reads_spanish_says_nothing_in_english(
    database: Database, clock: MovableClock, superuser: AsyncEngine, story: Story
) -> None:
    case = await story.make(database, clock)
    before = await queued(database)
    await choose_spanish(superuser)
    await story.then(database, clock, case)
    new = [row for notice_id, row in (await queued(database)).items() if notice_id not in before]
    assert story.kinds <= {row.notice_kind for row in new}
    own = (*OWN, *(one for one in case.ids.values()))
    left = {row.notice_kind: english_left(row, own) for row in new}
    assert {kind: lines for kind, lines in left.items() if lines} == {}
    assert {(row.notice_kind, row.language) for row in new} == {(row.notice_kind, "es") for row in new}


async def test_english_in_a_letter_is_found(database: Database, clock: MovableClock) -> None:
    case = await CASES["tell_of_confirmation"](database, clock)
    await run_actor("tell_of_confirmation", database, clock, case)
    for row in (await queued(database)).values():
        found = english_left(row, OWN)
        assert any(line.startswith("Reference") for line in found), found
        assert any(line.startswith("If the button does not work") for line in found), found
        assert row.title in found
