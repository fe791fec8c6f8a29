"""Clients written down and changed by the desk, and the team's notes on them."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clients import notes
from services.clients.errors import ClientKnown, StruckAlready
from services.clients.schemas import ClientIn, ClientPatch, NewNote
from services.clients.service import add_client, find_or_create_client, get_client, update_client
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import Database
from tests.factories import live_clinic

ANA = ClientIn(name="Ana Torres", email="ana@example.test", phone="+1 512 555 0100")


async def test_the_desk_writes_down_and_changes_and_an_address_is_one_records(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await add_client(work, ANA)
        assert (ana.name, ana.email, ana.phone, ana.account_id) == (ANA.name, ANA.email, ANA.phone, None)
        with pytest.raises(ClientKnown) as known:
            await add_client(work, ANA.model_copy(update={"email": "ANA@example.test"}))
        assert known.value.extra == {"client_id": ana.id}
        ben = await add_client(work, ClientIn(name="Ben Ode", email="ben@example.test"))
        with pytest.raises(ClientKnown) as known:
            await update_client(work, ben.id, ClientPatch(name="Ben", email="Ana@example.test"))
        assert known.value.extra == {"client_id": ana.id}
        assert await get_client(work, ben.id) == ben
        changed = await update_client(work, ana.id, ClientPatch(email="at@example.test", phone=""))
        assert (changed.name, changed.email, changed.phone) == ("Ana Torres", "at@example.test", "")
        assert await update_client(work, ana.id, ClientPatch()) == changed
        assert (await find_or_create_client(work, name="A", email="at@example.test")).id == ana.id
        with pytest.raises(NotFound):
            await update_client(work, new_id(), ClientPatch(name="Nobody"))


async def test_a_note_is_sealed_has_who_and_when_and_is_only_ever_struck_out(
    database: Database, superuser: AsyncEngine
) -> None:
    world, words = await live_clinic(database), "Nervous about needles."
    async with database.begin(world.scope) as work:
        ana, ben = await add_client(work, ANA), await find_or_create_client(work, name="B", email="b@x.test")
        first = await notes.add_note(work, ana.id, NewNote(text=words))
        second = await notes.add_note(work, ana.id, NewNote(text="Prefers mornings."))
        assert (first.text, first.written_by, first.written_at) == (words, "Owen Lind", work.now)
        struck = await notes.strike_note(work, ana.id, first.id)
        assert (struck.text, struck.struck_by, struck.struck_at) == (words, "Owen Lind", work.now)
        with pytest.raises(StruckAlready):
            await notes.strike_note(work, ana.id, first.id)
        with pytest.raises(NotFound):
            await notes.strike_note(work, ben.id, second.id)
        assert {note.id for note in await notes.list_notes(work, ana.id)} == {first.id, second.id}
        assert await notes.list_notes(work, ben.id) == []
    async with superuser.connect() as behind:
        boxes = await behind.execute(text("SELECT body FROM client_note"))
        assert all(words.encode() not in bytes(box) for (box,) in boxes)
        looks = "SELECT action FROM audit_event WHERE action LIKE 'client_note%' ORDER BY 1"
        assert [action for (action,) in await behind.execute(text(looks))] == [
            "client_note.read",
            "client_note.strike",
            "client_note.write",
            "client_note.write",
        ]
    for change in ("UPDATE client_note SET body = ''", "DELETE FROM client_note"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.begin(world.scope) as work:
                await work.execute(text(change))
    async with database.begin(world.scope) as work:
        await destroy_key(work, ana.id)
        with pytest.raises(Erased):
            await notes.list_notes(work, ana.id)
