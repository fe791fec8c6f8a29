"""Two records of one person: found, looked at side by side, and merged for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.clients import merging
from services.clients import service as clients
from services.clients.errors import MergedAlready, SameRecord
from services.clients.schemas import ClientView, Merge
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.language import N_
from services.kernel.work import Database
from web.clinic.desk import desk_page
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
WRITE, FOUND = "clients:manage", 10
# What moves, in words; a table without words of its own is named as it is.
MOVES = {
    "booking": N_("Visits"),
    "course": N_("Courses"),
    "screening_answer": N_("Safety answers"),
    "consent": N_("Consents"),
    "check_in": N_("Check-ins"),
    "review_invitation": N_("Invitations to a review"),
    "visit_claim": N_("What they said of visits"),
    "client_note": N_("Notes"),
    "client": N_("Records merged earlier"),
}


class MergePages(Controller):
    """`/clinic/{slug}/clients/{client_id}/merge`: the record of the address is the one that stays."""

    path = "/clinic/{slug:str}/clients/{client_id:uuid}/merge"

    @get("/")
    async def ask(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """With another record, both side by side; without, what may be the same person's, and a search."""
        access = clinic_access(visitor, slug, WRITE)
        other_id = _id(request.query_params.get("with", ""))
        if other_id is None:
            return await _choose_page(request, visitor, access, database, client_id)
        return await _merge_page(request, visitor, access, database, pair=(client_id, other_id), form=Form())

    @post("/", status_code=200)
    async def merge(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Merges them, once it was confirmed that they are one person."""
        access = clinic_access(visitor, slug, WRITE)
        form = await read_form(request)
        try:
            given = check(form, Merge)
            if form.values.get("sure") != "true":
                raise InvalidFields.one("sure", "missing", "Confirm that both records are of one person.")
            async with database.begin(access.scope) as work:
                kept = await merging.merge_clients(work, client_id, given)
        except InvalidFields as refusal:
            other_id = _id(form.values.get("other_id", ""))
            if other_id is None:
                return await _choose_page(request, visitor, access, database, client_id)
            pair = (client_id, other_id)
            return await _merge_page(
                request, visitor, access, database, pair=pair, form=form.reject(refusal), status=422
            )
        except Refusal as refusal:
            return _led_on(access, client_id, refusal)
        return go_to(f"/clinic/{slug}/clients/{kept.id}", flash="The two records are one now.")


async def _choose_page(
    request: AppRequest, visitor: Visitor, access: ClinicAccess, database: Database, client_id: UUID
) -> Response[Any] | Redirect:
    q = request.query_params.get("q", "").strip()
    found: list[ClientView] = []
    try:
        async with database.begin(access.scope) as work:
            client = await clients.get_client(work, client_id)
            likenesses = await merging.list_likenesses(work, client_id)
            if q:
                found = (await clients.list_clients(work, q, FOUND)).items
    except MergedAlready as refusal:
        return _led_on(access, client_id, refusal)
    return desk_page(
        request,
        visitor,
        access,
        "clinic/clients/choose_other.html",
        current="clients",
        client=client,
        likenesses=likenesses,
        q=q,
        found=[one for one in found if one.id != client.id],
    )


async def _merge_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    pair: tuple[UUID, UUID],
    form: Form,
    status: int = 200,
) -> Response[Any] | Redirect:
    try:
        async with database.begin(access.scope) as work:
            preview = await merging.preview_merge(work, *pair)
    except (SameRecord, MergedAlready) as refusal:
        return _led_on(access, pair[0], refusal)
    return desk_page(
        request,
        visitor,
        access,
        "clinic/clients/merge.html",
        current="clients",
        status=status,
        preview=preview,
        moves=[(gettext(MOVES.get(name, name)), count) for name, count in preview.moves.items()],
        values=form.values,
        errors=form.errors,
    )


def _led_on(access: ClinicAccess, client_id: UUID, refusal: Refusal) -> Redirect:
    """To the record that is there, with what was refused."""
    if refusal.status != SameRecord.status:
        raise refusal
    there = refusal.extra.get("client_id", client_id)
    return go_to(f"/clinic/{access.slug}/clients/{there}", flash=refusal.text, kind="caution")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
