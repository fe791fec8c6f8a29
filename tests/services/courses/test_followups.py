"""After a visit: aftercare at once, check-ins by signed link, red flags to the clinic at once."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import select

from infra.platform.mail import MailboxOnly, MailRefused
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import ClinicPatch, NewMember
from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer, Handled
from services.courses.followups import AlreadyAnswered
from services.courses.models import CheckIn
from services.courses.red_flags import rules_version
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.tables import table
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.test_truth import rows
from tests.services.notices.visits import complete, completed_visit, sent, settled, whole_course
from workers.inline import drain

ANSWER = CheckInAnswer(downtime_days=2, discomfort=3, text="A little dry.")


async def _asked(database: Database, clock: MovableClock) -> tuple[World, UUID, str]:
    """A clinic, its first check-in, and the token in the message."""
    world = await live_clinic(database)
    await completed_visit(database, clock, world)
    await sent(database)
    await clock.advance(timedelta(days=1))
    (message,) = await sent(database, "check_in.asked")
    found = re.search(r"/check-ins/(\S+)", message.text)
    assert found is not None
    async with database.begin(PublicScope()) as work:
        clinic_id, check_in_id = followups.read_link(work, found[1])
    assert clinic_id == world.clinic_id
    return world, check_in_id, found[1]


async def test_aftercare_goes_out_on_the_day_and_check_ins_on_days_1_3_7_and_28(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    (aftercare,) = await settled(database, clock, "aftercare")
    assert "Today (day 0)" in aftercare.text
    assert "Days 3 to 5" in aftercare.html
    assert [row.urgent for row in await rows(database, "aftercare")] == [True]
    counts = {}
    for day in range(1, 31):
        await clock.advance(timedelta(days=1))
        counts[day] = len(await sent(database, "check_in.asked"))
    assert [day for day in counts if counts[day] > counts.get(day - 1, 0)] == [1, 3, 7, 28]
    async with database.begin(world.scope) as work:
        assert [one.day for one in await followups.list_check_ins(work, booking_id)] == [1, 3, 7, 28]


async def _noted_late(database: Database, clock: MovableClock, late: timedelta) -> tuple[World, UUID]:
    """A visit that is noted as over so long after its end."""
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        left = (await scheduling.get_booking(work, booking_id)).ends_at + late - work.now
    await clock.advance(left)
    await complete(database, clock, world, booking_id)
    return world, booking_id


async def test_a_visit_noted_a_week_late_is_asked_once_and_told_nothing_of_days_that_are_over(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await _noted_late(database, clock, timedelta(days=8))
    told = await settled(database, clock)
    assert [one.kind for one in told if one.kind in {"aftercare", "check_in.asked"}] == ["check_in.asked"]
    await clock.advance(timedelta(days=20, minutes=1))
    assert len(await sent(database, "check_in.asked")) == 2
    async with database.begin(world.scope) as work:
        assert [one.day for one in await followups.list_check_ins(work, booking_id)] == [7, 28]


async def test_a_visit_noted_the_day_after_gets_the_aftercare_that_is_left_and_not_at_night(
    database: Database, clock: MovableClock
) -> None:
    await _noted_late(database, clock, timedelta(hours=30))
    (late,) = await settled(database, clock, "aftercare")
    assert "day 0" not in late.text
    assert "For 48 to 72 hours" in late.text
    assert [row.urgent for row in await rows(database, "aftercare")] == [False]


async def test_who_did_not_come_or_cancelled_is_asked_nothing(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    missed, cancelled = [
        (await booking_ids(database, world, await book_one(database, world, email=f"{n}@example.test")))[0]
        for n in "ab"
    ]
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, cancelled, by="client")
        left = (await scheduling.get_booking(work, missed)).ends_at - work.now
    await clock.advance(left)
    async with database.begin(world.scope) as work:
        await scheduling.mark_no_show(work, missed)
    await sent(database)
    await clock.advance(timedelta(days=100))
    asked = {"aftercare", "check_in.asked", "review.invited"}
    assert not asked & {one.kind for one in await sent(database)}


async def test_an_answer_is_kept_sealed_and_read_under_audit(database: Database, clock: MovableClock) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        view = await followups.answer_check_in(work, check_in_id, ANSWER)
        assert (view.downtime_days, view.discomfort, view.red_flag) == (2, 3, False)
        assert view.answered_at == work.now
    async with database.begin(world.scope) as work:
        row = await work.row(select(table(CheckIn)).where(table(CheckIn).c.id == check_in_id))
        assert row is not None
        assert b"dry" not in row.answers
        assert await followups.read_answer(work, check_in_id) == ANSWER
        await destroy_key(work, row.client_id)
        with pytest.raises(Erased):
            await followups.read_answer(work, check_in_id)


async def test_an_answer_from_before_is_read_whatever_one_may_hold_by_now(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        earlier = ANSWER.model_copy(update={"text": "red\x0bsince Monday", "fever": True})
        await followups.answer_check_in(work, check_in_id, earlier)
    async with database.begin(world.scope) as work:
        read = await followups.read_answer(work, check_in_id)
    assert read is not None
    assert (read.text, read.fever, read.signs()["fever"]) == ("red\x0bsince Monday", True, True)


async def test_an_answer_is_taken_once(database: Database, clock: MovableClock) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        assert await followups.read_answer(work, check_in_id) is None
        await followups.answer_check_in(work, check_in_id, ANSWER)
    async with database.begin(world.scope) as work:
        with pytest.raises(AlreadyAnswered):
            await followups.answer_check_in(work, check_in_id, ANSWER)


async def test_a_red_flag_reaches_the_clinic_at_once_without_saying_what_it_is(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        flagged = ANSWER.model_copy(update={"fever": True})
        assert (await followups.answer_check_in(work, check_in_id, flagged)).red_flag
    (warning,) = await sent(database, "check_in.red_flag")
    assert warning.to == world.owner.email
    assert "fever" not in (warning.subject + warning.text + warning.html).lower()


async def test_on_the_day_of_the_next_session_the_one_before_is_not_asked_about(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    _, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    async with database.begin(world.scope) as work:
        first, second = [await scheduling.get_booking(work, one) for one in ids[:2]]
    gap = (second.local_starts_at.date() - first.local_starts_at.date()).days
    await clock.advance(timedelta(days=gap - 1))
    async with database.begin(world.scope) as work:
        asked = await followups.ask_check_in(work, ids[0], gap - 1)
    assert asked is not None
    await complete(database, clock, world, ids[1])
    async with database.begin(world.scope) as work:
        assert await followups.ask_check_in(work, ids[0], gap) is None
        red = ANSWER.model_copy(update={"redness": 8})
        assert not (await followups.answer_check_in(work, asked, red)).red_flag, "it comes from today"


class Deaf(MailboxOnly):
    """A transport whose server refuses some addresses for good."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def send(self, message: EmailMessage) -> None:
        if str(message["To"]) in self._addresses:
            raise MailRefused("550 5.1.1 nobody here", dead_address=True)


async def test_where_the_clinics_address_refuses_a_red_flag_its_owners_hear_of_it_at_once(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(email="desk@example.test"))
        await followups.answer_check_in(work, check_in_id, ANSWER.model_copy(update={"fever": True}))
    await drain(database, Deaf("desk@example.test"))
    (warning,) = await sent(database, "check_in.red_flag")
    assert warning.to == world.owner.email
    assert "did not take it" in warning.text


async def test_a_red_flag_that_nobody_takes_is_tried_once_each(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(email="desk@example.test"))
        await followups.answer_check_in(work, check_in_id, ANSWER.model_copy(update={"fever": True}))
    await drain(database, Deaf("desk@example.test", str(world.owner.email)))
    assert {row.state for row in await rows(database, "check_in.red_flag")} == {"failed"}
    assert len(await rows(database, "check_in.red_flag")) == 2


async def test_a_red_flag_that_was_dealt_with_before_the_message_goes_is_not_told(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await followups.answer_check_in(work, check_in_id, ANSWER.model_copy(update={"fever": True}))
        await followups.handle_check_in(work, check_in_id, Handled(note="Called."))
    assert await sent(database, "check_in.red_flag") == []


async def test_a_number_that_stays_high_is_a_red_flag_by_the_day_of_the_answer(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    await clock.advance(timedelta(days=2))
    async with database.begin(world.scope) as work:
        hurts = ANSWER.model_copy(update={"pain": 7})
        taken = await followups.answer_check_in(work, check_in_id, hurts)
        read = await followups.read_check_in(work, check_in_id)
    assert (taken.day, taken.red_flag, taken.rules_version) == (1, True, rules_version())
    assert [one.code for one in read.reasons] == ["pain_after_day_2"]


async def test_an_answer_without_a_red_flag_is_not_watched(database: Database, clock: MovableClock) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        taken = await followups.answer_check_in(work, check_in_id, ANSWER)
    assert (taken.red_flag, taken.look_by) == (False, None)
    await clock.advance(timedelta(days=2))
    assert await sent(database, "check_in.unseen") == []


async def test_an_alert_that_nobody_answers_reaches_every_owner_once(
    database: Database, clock: MovableClock
) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    second, _ = await person(database, "Second Owner")
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=second.email, role=Role.OWNER))
        await clinics.update_clinic(work, ClinicPatch(check_in_hours=2))
        taken = await followups.answer_check_in(work, check_in_id, ANSWER.model_copy(update={"fever": True}))
        assert taken.look_by == work.now + timedelta(hours=2)
    await clock.advance(timedelta(hours=1, minutes=59))
    assert await sent(database, "check_in.unseen") == []
    await clock.advance(timedelta(minutes=2))
    told = await sent(database, "check_in.unseen")
    assert {one.to for one in told} == {world.owner.email, second.email}
    assert all("fever" not in (one.subject + one.text + one.html).lower() for one in told)
    await clock.advance(timedelta(days=3))
    assert len(await sent(database, "check_in.unseen")) == 2
    async with database.begin(world.scope) as work:
        (waiting,) = (await followups.list_waiting(work)).items
        assert waiting.check_in.is_overdue(work.now)
        assert waiting.check_in.escalated_at is not None


async def test_an_alert_that_is_answered_in_time_stops(database: Database, clock: MovableClock) -> None:
    world, check_in_id, _ = await _asked(database, clock)
    async with database.begin(world.scope) as work:
        await followups.answer_check_in(work, check_in_id, ANSWER.model_copy(update={"blisters": True}))
    await clock.advance(timedelta(hours=3))
    async with database.begin(world.scope) as work:
        handled = await followups.handle_check_in(work, check_in_id, Handled(note="Called."))
        assert not handled.is_overdue(work.now + timedelta(days=1))
    await clock.advance(timedelta(days=1))
    assert await sent(database, "check_in.unseen") == []


async def test_a_link_expires_two_weeks_after_it_was_sent(database: Database, clock: MovableClock) -> None:
    _, _, token = await _asked(database, clock)
    await clock.advance(timedelta(days=13, hours=23))
    async with database.begin(PublicScope()) as work:
        followups.read_link(work, token)
    await clock.advance(timedelta(hours=2))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(LinkExpired):
            followups.read_link(work, token)
        with pytest.raises(LinkInvalid):
            followups.read_link(work, token[:-2])


async def test_a_foreign_clinics_check_in_is_not_there(database: Database, clock: MovableClock) -> None:
    _, check_in_id, _ = await _asked(database, clock)
    async with database.begin(ClinicScope(new_id())) as work:
        with pytest.raises(NotFound):
            await followups.answer_check_in(work, check_in_id, ANSWER)


async def test_a_visit_is_asked_once_a_day_however_often_it_is_planned(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world))
    async with database.begin(world.scope) as work:
        assert await followups.ask_check_in(work, booking_id, 1) is None
    await complete(database, clock, world, booking_id)
    await sent(database)
    async with database.begin(world.scope) as work:
        await followups.plan_followups(work, booking_id)
        assert await followups.ask_check_in(work, booking_id, 1) is not None
        assert await followups.ask_check_in(work, booking_id, 1) is None
