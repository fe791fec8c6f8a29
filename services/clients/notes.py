"""Use cases of the team's notes on a client: written, read with a trace, struck out; never changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.clients.errors import StruckAlready
from services.clients.notes_repository import NoteRepository
from services.clients.schemas import NewNote, NoteView
from services.clients.service import get_client, get_living_client
from services.kernel.errors import NotFound
from services.kernel.vault import open_for, seal_for
from services.kernel.work import ClinicWork


async def add_note(work: ClinicWork, client_id: UUID, new: NewNote) -> NoteView:
    """A note on a client, sealed with the client's key. Raises `NotFound`, `Erased`."""
    client = await get_living_client(work, client_id)
    body = await seal_for(work, client.id, new.text.encode())
    notes = NoteRepository(work)
    note_id = await notes.add(client.id, body, work.scope.by.label)
    work.audit("client_note.write", "client", client.id, note_id=str(note_id))
    return await _view(work, client.id, await _find(notes, client.id, note_id))


async def strike_note(work: ClinicWork, client_id: UUID, note_id: UUID) -> NoteView:
    """Strikes a note out: it stays readable, with who did it and when. Raises `NotFound`, `StruckAlready`."""
    client = await get_client(work, client_id)
    notes = NoteRepository(work)
    await _find(notes, client.id, note_id)
    if not await notes.strike(note_id, work.scope.by.label):
        raise StruckAlready
    work.audit("client_note.strike", "client", client.id, note_id=str(note_id))
    return await _view(work, client.id, await _find(notes, client.id, note_id))


async def list_notes(work: ClinicWork, client_id: UUID) -> list[NoteView]:
    """The notes on a client, latest first; the look is recorded where there are any. Raises `NotFound`, `Erased`."""
    client = await get_client(work, client_id)
    found = [
        await _view(work, client.id, row) for row in await NoteRepository(work).list_of_client(client.id)
    ]
    if found:
        work.audit("client_note.read", "client", client.id, notes=len(found))
    return found


async def _find(notes: NoteRepository, client_id: UUID, note_id: UUID) -> Row[Any]:
    row = await notes.find(client_id, note_id)
    if row is None:
        raise NotFound
    return row


async def _view(work: ClinicWork, client_id: UUID, row: Row[Any]) -> NoteView:
    return NoteView(
        id=row.id,
        text=(await open_for(work, client_id, row.body)).decode(),
        written_by=row.written_by,
        written_at=row.written_at,
        struck_by=row.struck_by,
        struck_at=row.struck_at,
    )
