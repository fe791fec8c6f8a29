"""The API of a clinic's clients: their records, the team's notes on them, and two records merged into one."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import BaseModel

from services.clients import merging, notes
from services.clients import service as clients
from services.clients.schemas import ClientIn, ClientPatch, ClientView, Merge, NewNote, NoteView
from services.kernel.work import ClinicWork, Database
from services.scheduling import booking as scheduling
from web.api.answers import BEARER, Listed, as_json, listed, made
from web.api.booking_views import ClientOut, DeskBookingOut, done
from web.api.manage_bookings import Cursor, Limit, desk_rows
from web.context import AppRequest, Visitor, clinic_access
from web.idempotent import answer_once

READ, WRITE = "clients:read", "clients:manage"


class ClientDetailOut(ClientOut):
    """A client; a record that was merged is answered by the one that was kept, which has another id."""

    has_account: bool
    bookings: list[DeskBookingOut]


class LikenessOut(BaseModel):
    """A record that may be the same person's, and in what it is the same: email, phone, name."""

    client: ClientOut
    same: list[str]


class ManageClientsApi(Controller):
    path = "/api/v1/manage/{slug:str}/clients"
    tags = ("Clinic: clients",)
    security = BEARER

    @get(summary="Clients by name")
    async def list_all(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        q: Annotated[
            str, QueryParameter(description="Part of a name, e-mail or phone.", max_length=200)
        ] = "",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[ClientOut]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            found = await clients.list_clients(work, q, limit, cursor)
        return Listed(items=[_client(one) for one in found.items], next=found.next)

    @post(summary="Write a client down", responses=made(ClientOut))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[ClientIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 `client-known` where there is a record of that address; `client_id` says which."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(_client(await clients.add_client(work, data)))

        scope = clinic_access(visitor, slug, WRITE).scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{client_id:uuid}", summary="A client with their bookings")
    async def read(
        self,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ClientDetailOut:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return await _detail(work, client_id)

    @patch("/{client_id:uuid}", summary="Change name, e-mail or phone")
    async def update(
        self,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        data: JSONBody[ClientPatch],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> ClientDetailOut:
        async with database.begin(clinic_access(visitor, slug, WRITE).scope) as work:
            return await _detail(work, (await clients.update_client(work, client_id, data)).id)

    @get("/{client_id:uuid}/duplicates", summary="Records that may be the same person's")
    async def duplicates(
        self,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[LikenessOut]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            client = await clients.get_client(work, client_id)
            found = await merging.list_likenesses(work, client.id)
        return listed([LikenessOut(client=_client(one.client), same=list(one.same)) for one in found])

    @post(
        "/{client_id:uuid}/merge",
        status_code=200,
        summary="Merge another record into this one, for good",
        responses=done(ClientDetailOut),
    )
    async def merge(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        data: JSONBody[Merge],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """409 `same-record`, `merged-already`, or `two-accounts` where each belongs to an account of its own."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await _detail(work, (await merging.merge_clients(work, client_id, data)).id))

        scope = clinic_access(visitor, slug, WRITE).scope
        return await answer_once(request, visitor, database, scope, do, status=200)

    @get("/{client_id:uuid}/notes", summary="The team's notes, latest first; each look is recorded")
    async def list_notes(
        self,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Listed[NoteView]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            return listed(await notes.list_notes(work, client_id))

    @post("/{client_id:uuid}/notes", summary="Write a note", responses=made(NoteView))
    async def add_note(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        data: JSONBody[NewNote],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(await notes.add_note(work, client_id, data))

        scope = clinic_access(visitor, slug, WRITE).scope
        return await answer_once(request, visitor, database, scope, do)

    @post("/{client_id:uuid}/notes/{note_id:uuid}/strike", status_code=200, summary="Strike a note out")
    async def strike_note(
        self,
        slug: FromPath[str],
        client_id: FromPath[UUID],
        note_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> NoteView:
        """It stays readable, with who did it and when. 409 `struck-already`."""
        async with database.begin(clinic_access(visitor, slug, WRITE).scope) as work:
            return await notes.strike_note(work, client_id, note_id)


def _client(client: ClientView) -> ClientOut:
    return ClientOut(
        id=client.id,
        name=client.name,
        email=client.email,
        phone=client.phone,
        language=client.language,
    )


async def _detail(work: ClinicWork, client_id: UUID) -> ClientDetailOut:
    client = await clients.get_client(work, client_id)
    visits = await scheduling.list_visits(work, client.id)
    return ClientDetailOut(
        **_client(client).model_dump(),
        has_account=client.account_id is not None,
        bookings=await desk_rows(work, visits),
    )
