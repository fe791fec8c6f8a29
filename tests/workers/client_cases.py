"""The worlds of the actors that follow merged records, and questions to a clinic."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import OwnDetails
from services.clients import merging, notes
from services.clients.models import ClientNote
from services.clients.schemas import ClientIn, ClientPatch, Merge, NewNote
from services.clients.service import add_client, find_client, update_client
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.questions import service as questions
from services.questions.schemas import NewAnswer, NewQuestion
from tests.factories import book_one, live_clinic, person
from tests.fixtures import MovableClock
from tests.workers.case import Case, of
from workers.inline import drain


async def straggler(database: Database, clock: MovableClock) -> Case:
    """A note that was written for a record while it was being merged."""
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await add_client(work, ClientIn(name="Ana", email="ana@example.test"))
        twin = await add_client(work, ClientIn(name="Ana", email="at@example.test"))
        await merging.merge_clients(work, ana.id, Merge(other_id=twin.id))
        note = await notes.add_note(work, ana.id, NewNote(text="Prefers mornings."))
        rows = table(ClientNote)
        await work.execute(update(rows).where(rows.c.id == note.id).values(client_id=twin.id))
    return of(world, client_id=twin.id)


async def put_right(database: Database, clock: MovableClock) -> Case:
    """A client whose visit was told to another address than theirs is now."""
    world = await live_clinic(database)
    await book_one(database, world, email="anna@example.test")
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        client = await find_client(work, "anna@example.test")
        assert client is not None
        await update_client(work, client.id, ClientPatch(email="ana@example.test"))
    return of(world, client_id=client.id)


async def other_language(database: Database, clock: MovableClock) -> Case:
    """An account that has booked, and has chosen another language since."""
    world = await live_clinic(database)
    account, _ = await person(database, email="ana@example.test")
    await book_one(database, world, email="ana@example.test", account_id=account.account_id)
    async with database.begin(PublicScope()) as work:
        await accounts.change_details(work, account.account_id, OwnDetails(name="Ana", language="es"))
    return Case(None, {"account_id": str(account.account_id)})


async def question(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        new = NewQuestion(name="Ana", email="ana@example.test", text="Does it hurt?")
        return of(world, question_id=(await questions.ask(work, new)).id, number="1")


async def answer(database: Database, clock: MovableClock) -> Case:
    case = await question(database, clock)
    assert case.clinic_id is not None
    async with database.begin(ClinicScope(case.clinic_id)) as work:
        await questions.answer(work, UUID(case.ids["question_id"]), NewAnswer(text="A little."))
    return Case(case.clinic_id, case.ids | {"number": "2"})
