"""A question to a clinic before booking: sealed, answered, followed by its own link; and what it lets be booked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.assembly import Adapters
from infra.platform.mail import MailboxOnly
from services.clinics import standing
from services.clinics.schemas import ClosedClinic
from services.courses.booking import book
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.paging import encode_cursor
from services.kernel.scope import PublicScope
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import Database
from services.questions import inviting
from services.questions import service as questions
from services.questions.errors import AskFirst, QuestionClosed
from services.questions.schemas import NewAnswer, NewMessage, NewQuestion, Thread
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from tests.factories import World, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.accounts.people import throttled
from tests.services.notices.visits import sent
from workers.inline import drain

WORDS = "I take isotretinoin until June."
NEW = NewQuestion(name="Ana Torres", email="ana@example.test", text=WORDS)


async def _ask(database: Database, world: World, *, about: bool = False) -> Thread:
    async with database.begin(world.scope) as work:
        treatment_id = world.treatment_id if about else None
        return await questions.ask(work, NEW.model_copy(update={"treatment_id": treatment_id}))


async def test_a_question_is_sealed_answered_written_on_and_closed(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    asked = await _ask(database, world, about=True)
    assert (asked.state, asked.treatment_name) == ("waiting", "Pen facial for acne scars")
    async with database.begin(world.scope) as work:
        assert await questions.count_waiting(work) == 1
        answered = await questions.answer(work, asked.id, NewAnswer(text="Wait until December."))
        assert (answered.state, await questions.count_waiting(work)) == ("answered", 0)
        more = await questions.write_more(work, asked.id, NewMessage(text="Thank you."))
        assert [(one.number, one.side, one.written_by, one.text) for one in more.messages] == [
            (1, "person", "Ana Torres", WORDS),
            (2, "clinic", "Owen Lind", "Wait until December."),
            (3, "person", "Ana Torres", "Thank you."),
        ]
        assert (more.state, more.messages[0].written_at) == ("waiting", asked.asked_at)
        assert (await questions.close(work, asked.id)).state == "closed"
        for late in (
            questions.write_more(work, asked.id, NewMessage(text="One more.")),
            questions.answer(work, asked.id, NewAnswer(text="One more.")),
            questions.close(work, asked.id),
        ):
            with pytest.raises(QuestionClosed):
                await late
        assert len((await questions.read_thread(work, asked.id)).messages) == 3
    async with superuser.connect() as behind:
        boxes = [bytes(box) for (box,) in await behind.execute(text("SELECT body FROM question_message"))]
        assert len(boxes) == 3
        assert not any(b"isotretinoin" in box for box in boxes)
        looks = text("SELECT count(*) FROM audit_event WHERE action = 'question.read'")
        assert await behind.scalar(looks) == 1
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.begin(world.scope) as work:
            await work.execute(text("UPDATE question_message SET body = ''"))
    async with database.begin(world.scope) as work:
        await destroy_key(work, asked.id)
        with pytest.raises(Erased):
            await questions.get_thread(work, asked.id)


async def test_each_side_hears_of_the_other_in_neutral_words(database: Database) -> None:
    world = await live_clinic(database)
    asked = await _ask(database, world, about=True)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        await questions.answer(work, asked.id, NewAnswer(text="Wait until December."))
        await questions.write_more(work, asked.id, NewMessage(text="Thank you."))
        await questions.answer(work, asked.id, NewAnswer(text="You are welcome."))
        link = questions.thread_link(work, asked.id)
    await drain(database, MailboxOnly())
    mail = [one for one in await sent(database) if one.kind.startswith("question.")]
    assert sorted((one.kind, one.to, one.subject) for one in mail) == [
        ("question.answered", "ana@example.test", "Linden Skin has answered you"),
        ("question.answered", "ana@example.test", "Linden Skin has answered you"),
        ("question.asked", world.owner.email, "A question has come in"),
    ]
    told = "".join(one.text + one.html for one in mail)
    assert not any(words in told for words in (WORDS, "December", "acne", "welcome"))
    assert all(link in one.text for one in mail if one.kind == "question.answered")


async def test_a_link_opens_its_own_thread_alone(database: Database) -> None:
    world = await live_clinic(database)
    one, other = await _ask(database, world), await _ask(database, world)
    foreign = await live_clinic(database, name="Other Skin")
    async with database.begin(world.scope) as work:
        token = questions.thread_token(work, one.id)
        assert questions.read_link(work, token) == (world.clinic_id, one.id)
        assert questions.thread_token(work, other.id) != token
        for wrong in (
            token[:-2],
            work.tools.links.sign("check-in", one.id, clinic_id=world.clinic_id),
            work.tools.links.sign(questions.THREAD_LINK, one.id),
        ):
            with pytest.raises(LinkInvalid):
                questions.read_link(work, wrong)
    async with database.begin(foreign.scope) as work:
        for call in (
            questions.get_thread(work, one.id),
            questions.answer(work, one.id, NewAnswer(text="Hello.")),
            questions.close(work, one.id),
        ):
            with pytest.raises(NotFound):
                await call
        assert (await questions.list_questions(work)).items == []


async def test_questions_are_listed_by_state_the_latest_first_in_pages(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    asked = []
    for _ in range(3):
        asked.append((await _ask(database, world)).id)
        await clock.advance(timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await questions.close(work, asked[1])
        first = await questions.list_questions(work, "waiting", 1)
        rest = await questions.list_questions(work, "waiting", 1, first.next)
        assert [one.id for one in first.items + rest.items] == [asked[2], asked[0]]
        assert rest.next is None
        assert [one.id for one in (await questions.list_questions(work)).items] == [
            asked[1],
            asked[2],
            asked[0],
        ]
        assert len(await questions.list_of_email(work, "ANA@example.test")) == 3
        for bad in ("x", encode_cursor("a", "b")):
            with pytest.raises(InvalidFields):
                await questions.list_questions(work, cursor=bad)


async def test_what_cannot_be_asked_is_said(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        with pytest.raises(InvalidFields):
            await questions.ask(work, NEW.model_copy(update={"treatment_id": new_id()}))
        in_general = await questions.ask(work, NEW)
        with pytest.raises(InvalidFields):
            await questions.answer(work, in_general.id, NewAnswer(text="Come.", invite=True))
        with pytest.raises(NotFound):
            await questions.write_more(work, new_id(), NewMessage(text="Hello."))
        await standing.close(work, ClosedClinic(name="Linden Skin"))
        with pytest.raises(QuestionClosed):
            await questions.write_more(work, in_general.id, NewMessage(text="Hello?"))


async def test_who_asks_too_often_waits(database: Database, adapters: Adapters) -> None:
    world = await live_clinic(database)
    limited = throttled(database, adapters)
    async with limited.begin(world.scope) as work:
        for _ in range(10):
            asked = await questions.ask(work, NEW, address="10.0.0.1")
        with pytest.raises(TooManyRequests):
            await questions.ask(work, NEW, address="10.0.0.1")
        assert await questions.ask(work, NEW, address="10.0.0.2")
        for _ in range(20):
            await questions.write_more(work, asked.id, NewMessage(text="Hello?"))
        with pytest.raises(TooManyRequests):
            await questions.write_more(work, asked.id, NewMessage(text="Hello?"))


async def test_what_is_to_be_asked_about_first_is_booked_by_invitation_alone_for_two_weeks(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.ASK_FIRST)
    asked = await _ask(database, world, about=True)
    slots = await free_slots(database, world, in_days=20)
    first, second = slots[0].starts_at, slots[-1].starts_at
    async with database.begin(world.scope) as work:
        invited = await questions.answer(work, asked.id, NewAnswer(text="Come.", invite=True))
        path = inviting.invitation_path(work, world.slug, invited, invited.messages[1])
        assert path is not None
        assert path.startswith(f"/c/{world.slug}/book/{world.treatment_id}?invitation=")
        assert inviting.invitation_path(work, world.slug, invited, invited.messages[0]) is None
        token = path.partition("=")[2]
        other = inviting.invitation_token(work, new_id(), work.now)
    for given, fact in ((None, AskFirst), ("", AskFirst), (token[:-3], LinkInvalid), (other, LinkInvalid)):
        wanted = booking_in(world, first).model_copy(update={"invitation": given})
        async with database.begin(world.scope) as work:
            with pytest.raises(fact):
                await book(work, wanted)
    async with database.begin(world.scope) as work:
        wanted = booking_in(world, first).model_copy(update={"invitation": token})
        assert (await book(work, wanted)).status == "confirmed"
        assert (await book(work, booking_in(world, second), by_clinic=True)).status == "confirmed"
    await clock.advance(timedelta(days=14, minutes=1))
    async with database.begin(world.scope) as work:
        assert inviting.invitation_path(work, world.slug, invited, invited.messages[1]) is None
        with pytest.raises(LinkExpired):
            inviting.require_invitation(work, world.treatment_id, token)
        await treatments.archive_treatment(work, world.treatment_id)
        with pytest.raises(InvalidFields):
            await questions.answer(work, asked.id, NewAnswer(text="Come.", invite=True))
    async with database.begin(PublicScope()) as work:
        with pytest.raises(LinkInvalid):
            questions.read_link(work, token)
