"""What lies on the first demo clinic's desk: notes on clients, a record that is there twice, questions of people."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from infra.ops.demo.building import BuiltHouse
from infra.ops.demo.clock import set_offset
from services.clients import notes
from services.clients import service as clients
from services.clients.schemas import ClientIn, NewNote
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from services.questions import service as questions
from services.questions.schemas import NewAnswer, NewMessage, NewQuestion
from services.scheduling.models import TextReminders
from services.scheduling.reminder_rules import DEFAULT_HOURS
from services.scheduling.reminders import ReminderPolicyIn, choose_policy
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch

_NOTES = (
    "Prefers the first appointment of the day. Explain each step before it happens.",
    "Asked for the quiet room. Bring the price list for the second course.",
)
_STRUCK = "Allergic to lidocaine: ask before numbing. (That is his sister.)"
_TWICE = ClientIn(name="theo marchetti", email="t.marchetti@mail.test", phone="+44 20 7946 0142")
# Who asks, about the how-manieth treatment of the menu or none, in what words, and what the clinic answered.
_QUESTIONS: tuple[tuple[str, int | None, str, str | None], ...] = (
    (
        "Priscilla Ward",
        0,
        "I took isotretinoin until last spring. How long should I wait before a course for acne scars?",
        "Six months is what we ask for. Come for a look at the skin first; that visit costs nothing.",
    ),
    ("Jonas Falk", None, "Is there a step-free way in? I use a wheelchair.", None),
    (
        "Amina Yusuf",
        1,
        "My skin is dark and marks easily. Which depth do you begin with?",
        None,
    ),
)
_AGO = (timedelta(days=3), timedelta(hours=20), timedelta(hours=2))


async def fill_the_desk(database: Database, house: BuiltHouse) -> None:
    """Fills it as of the last days; the clock stands at the present afterwards."""
    try:
        for ago, (name, number, words, answer) in zip(_AGO, _QUESTIONS, strict=True):
            await set_offset(database, -ago)
            treatment_id = None if number is None else house.treatment_ids[number]
            await _ask(
                database,
                house,
                NewQuestion(name=name, email=_address(name), text=words, treatment_id=treatment_id),
                answer,
            )
    finally:
        await set_offset(database, timedelta(0))
    async with database.begin(house.scope) as work:
        known = (await clients.list_clients(work)).items
        theo = await clients.find_or_create_client(
            work, name="Theo Marchetti", email=_address("Theo Marchetti")
        )
        await clients.add_client(work, _TWICE)
        await choose_policy(work, ReminderPolicyIn(hours=list(DEFAULT_HOURS), texts=TextReminders.LAST))
        for client, words in zip((theo, known[0]), _NOTES, strict=True):
            await notes.add_note(work, client.id, NewNote(text=words))
        wrong = await notes.add_note(work, theo.id, NewNote(text=_STRUCK))
        await notes.strike_note(work, theo.id, wrong.id)


async def talk_first(database: Database, house: BuiltHouse) -> None:
    """The clinic's last treatment is one that it talks about before it is booked."""
    async with database.begin(house.scope) as work:
        patch = TreatmentPatch(booking_mode=BookingMode.ASK_FIRST)
        await treatments.update_treatment(work, house.treatment_ids[-1], patch)


async def _ask(database: Database, house: BuiltHouse, new: NewQuestion, answer: str | None) -> None:
    async with database.begin(ClinicScope(house.scope.clinic_id, Actor("guest"))) as work:
        asked = await questions.ask(work, new, address="demo")
    if answer is not None:
        await _answer(database, house, asked.id, answer)


async def _answer(database: Database, house: BuiltHouse, question_id: UUID, words: str) -> None:
    async with database.begin(house.scope) as work:
        await questions.answer(work, question_id, NewAnswer(text=words, invite=True))
    async with database.begin(ClinicScope(house.scope.clinic_id, Actor("guest"))) as work:
        await questions.write_more(
            work, question_id, NewMessage(text="Thank you, that helps. I will come in March.")
        )
    async with database.begin(house.scope) as work:
        await questions.answer(work, question_id, NewAnswer(text="You are welcome. Until March."))


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@mail.test"
