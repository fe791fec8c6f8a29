"""The clinic's clients: found, written down by hand, changed; one person's visits, courses, consents and notes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.clients import merging, notes
from services.clients import service as clients
from services.clients.errors import ClientKnown
from services.clients.schemas import ClientIn, ClientPatch, ClientView, NewNote, NoteView
from services.courses import followups
from services.courses import service as courses
from services.kernel.errors import InvalidFields
from services.kernel.language import LANGUAGES
from services.kernel.vault import Erased
from services.kernel.work import ClinicWork, Database
from services.notices import addresses
from services.notices import service as notices
from services.questions import service as questions
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.screening import marketing
from services.screening import service as screening
from web.client.plans import day_of_course, drawing_of
from web.clinic.desk import clinic_zone, desk_page, may
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
PAGE = 50
_READDRESSED = "Saved. Visits that lie ahead are told to the new address."
MESSAGES_SHOWN = 20
READ, WRITE = "clients:read", "clients:manage"


class ClientPages(Controller):
    """`/clinic/{slug}/clients`."""

    path = "/clinic/{slug:str}/clients"

    @get("/")
    async def index(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Everyone, or who matches `q`, or with `alike` who may have two records; in pages."""
        access = clinic_access(visitor, slug, READ)
        given = request.query_params
        q, cursor, alike = given.get("q", "").strip(), given.get("cursor"), given.get("alike") == "true"
        async with database.begin(access.scope) as work:
            found = await clients.list_with_likeness(work, q, PAGE, cursor, alike=alike)
        base = f"/clinic/{slug}/clients"
        keep = {name: value for name, value in (("q", q), ("alike", "true" if alike else "")) if value}
        return desk_page(
            request,
            visitor,
            access,
            "clinic/clients/index.html",
            current="clients",
            q=q,
            alike=alike,
            listed=found.items,
            next_url=f"{base}?{urlencode(keep | {'cursor': found.next})}" if found.next else None,
            start_url=(f"{base}?{urlencode(keep)}" if keep else base) if cursor else None,
            can_book=may(access, "bookings:manage"),
            can_write=may(access, WRITE),
        )

    @get("/new")
    async def ask_new(self, request: AppRequest, slug: str, visitor: Visitor_) -> Response[str]:
        """The empty form of a client."""
        access = clinic_access(visitor, slug, WRITE)
        return _form_page(request, visitor, access, Form())

    @post("/new", status_code=200)
    async def add(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Writes a client down, once a form; an address that is known leads to its record."""
        access = clinic_access(visitor, slug, WRITE)
        form = await read_form(request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))

        async def do(work: ClinicWork) -> str:
            return f"/clinic/{slug}/clients/{(await clients.add_client(work, given)).id}"

        try:
            given = check(form, ClientIn)
            path = await send_once(database, access.scope, form.values["form_token"], do)
        except InvalidFields as refusal:
            return _form_page(request, visitor, access, form.reject(refusal), status=422)
        except ClientKnown as refusal:
            return await _known_page(request, visitor, access, database, form=form, refusal=refusal)
        return go_to(path, flash="Written down.")

    @get("/{client_id:uuid}")
    async def show(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """One client. Health answers are not here: they are asked for at a booking, and each look is recorded."""
        access = clinic_access(visitor, slug, READ)
        return await _client_page(request, visitor, access, database, client_id=client_id, form=Form())

    @get("/{client_id:uuid}/edit")
    async def ask_edit(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The client's name, address and phone in a form."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            client = await clients.get_client(work, client_id)
        values = {
            "name": client.name,
            "email": client.email,
            "phone": client.phone,
            "language": client.language,
        }
        return _form_page(request, visitor, access, Form(values), client=client)

    @post("/{client_id:uuid}/edit", status_code=200)
    async def edit(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Changes them."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            client = await clients.get_client(work, client_id)
        form = await read_form(request)
        try:
            given = check(form, ClientIn)
            async with database.begin(access.scope) as work:
                now = await clients.update_client(work, client.id, ClientPatch(**given.model_dump()))
        except InvalidFields as refusal:
            return _form_page(request, visitor, access, form.reject(refusal), client=client, status=422)
        except ClientKnown as refusal:
            return await _known_page(
                request, visitor, access, database, form=form, refusal=refusal, client=client
            )
        words = "Saved." if now.email == client.email else _READDRESSED
        return go_to(f"/clinic/{slug}/clients/{client.id}", flash=words)

    @post("/{client_id:uuid}/address")
    async def believe(self, slug: str, client_id: UUID, database: Database_, visitor: Visitor_) -> Redirect:
        """The address is right: messages are tried again."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            await addresses.believe_client(work, client_id)
        return go_to(f"/clinic/{slug}/clients/{client_id}", flash="The next message is tried again.")

    @post("/{client_id:uuid}/marketing")
    async def choose_marketing(
        self, *, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Redirect:
        """What the client said at the desk about messages that are not about their visits."""
        access = clinic_access(visitor, slug, WRITE)
        allowed = (await read_form(request)).values.get("allowed") == "true"
        async with database.begin(access.scope) as work:
            await marketing.choose_marketing(work, client_id, "desk", allowed=allowed)
        return go_to(f"/clinic/{slug}/clients/{client_id}#messages", flash="Saved.")

    @post("/{client_id:uuid}/notes", status_code=200)
    async def note(
        self, request: AppRequest, slug: str, client_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Keeps a note; the same form sent twice keeps one."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            client = await clients.get_client(work, client_id)
        form = await read_form(request)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))

        async def do(work: ClinicWork) -> str:
            await notes.add_note(work, client.id, given)
            return f"/clinic/{slug}/clients/{client.id}"

        try:
            given = check(form, NewNote)
        except InvalidFields as refusal:
            form.reject(refusal)
            return await _client_page(
                request, visitor, access, database, client_id=client.id, form=form, status=422
            )
        path = await send_once(database, access.scope, form.values["form_token"], do)
        return go_to(f"{path}#notes")

    @post("/{client_id:uuid}/notes/{note_id:uuid}/strike")
    async def strike(
        self, *, slug: str, client_id: UUID, note_id: UUID, database: Database_, visitor: Visitor_
    ) -> Redirect:
        """Strikes a note out. Raises `StruckAlready`."""
        access = clinic_access(visitor, slug, WRITE)
        async with database.begin(access.scope) as work:
            await notes.strike_note(work, client_id, note_id)
        return go_to(f"/clinic/{slug}/clients/{client_id}#notes")


def _form_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    form: Form,
    *,
    client: ClientView | None = None,
    known: ClientView | None = None,
    status: int = 200,
) -> Response[str]:
    return desk_page(
        request,
        visitor,
        access,
        "clinic/clients/form.html",
        current="clients",
        status=status,
        client=client,
        known=known,
        values=form.values,
        errors=form.errors,
        languages=list(LANGUAGES.items()),
        form_token=form.values.get("form_token") or new_form_token(),
    )


async def _known_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    form: Form,
    refusal: ClientKnown,
    client: ClientView | None = None,
) -> Response[str]:
    """The form again, with the record that has the address."""
    form.errors["email"] = refusal.text
    async with database.begin(access.scope) as work:
        known = await clients.get_client(work, refusal.extra["client_id"])
    return _form_page(request, visitor, access, form, client=client, known=known, status=refusal.status)


async def _client_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    database: Database,
    *,
    client_id: UUID,
    form: Form,
    status: int = 200,
) -> Response[Any] | Redirect:
    async with database.begin(access.scope) as work:
        client = await clients.get_client(work, client_id)
        if client.id != client_id:
            return go_to(f"/clinic/{access.slug}/clients/{client.id}")
        visits = await scheduling.list_visits(work, client_id)
        values = {
            "visits": sorted(visits, key=lambda item: item.starts_at, reverse=True),
            "courses": await _plans(work, client_id, visits),
            "consents": await screening.list_consents(work, client_id),
            "check_ins": await followups.list_open_check_ins(work, client_id),
            "notes": await _notes(work, client_id),
            "questions": await questions.list_of_email(work, client.email),
            "zone": await clinic_zone(work),
            "dead": await addresses.find_dead(work, client.email),
            "marketing": await marketing.find_marketing(work, client_id),
            "messages": await notices.list_to_client(work, client_id, MESSAGES_SHOWN),
            "likenesses": await merging.list_likenesses(work, client_id),
        }
    return desk_page(
        request,
        visitor,
        access,
        "clinic/clients/show.html",
        current="clients",
        status=status,
        client=client,
        visit_of={visit.id: visit for visit in visits},
        can_book=may(access, "bookings:manage") and not client.is_erased,
        can_write=may(access, WRITE) and not client.is_erased,
        form=form,
        form_token=form.values.get("form_token") or new_form_token(),
        **values,
    )


async def _notes(work: ClinicWork, client_id: UUID) -> list[NoteView]:
    """The team's notes; none of a client who was erased, whose record is shown all the same."""
    try:
        return await notes.list_notes(work, client_id)
    except Erased:
        return []


async def _plans(work: ClinicWork, client_id: UUID, visits: list[BookingView]) -> list[dict[str, Any]]:
    """The client's courses, each with its drawing."""
    plans: list[dict[str, Any]] = []
    for course in await courses.list_client_courses(work, client_id):
        sessions = [item for item in visits if item.group_id == course.id]
        plans.append(
            {
                "id": course.id,
                "treatment_name": course.treatment_name,
                "area": course.area,
                "done": course.done,
                "sessions_total": course.sessions,
                "plan": drawing_of(sessions, course),
                "today": day_of_course(sessions, work.now),
            }
        )
    return plans
