"""How messages reach the client of a booking, and the short way to it from a text message."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from services.kernel.errors import InvalidFields, NotFound
from services.kernel.language import LANGUAGES
from services.kernel.phones import shown_number
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling import texts
from services.scheduling.texts import ReachIn
from web.client.managing import Managed, open_managed, private
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.locale import in_locale
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]


class ReachPages(Controller):
    """`/bookings/{reference}/messages`: whoever may manage the booking chooses."""

    path = "/bookings/{reference:str}/messages"

    @get()
    async def show(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """What is chosen now."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        return await _page(request, database, managed, Form())

    @post(status_code=200)
    async def choose(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        """Another language, or another way for reminders."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        try:
            given = check(form, ReachIn)
            async with database.begin(managed.scope) as work:
                await texts.choose_reach(work, managed.booking.id, given)
        except InvalidFields as refusal:
            return await _page(request, database, managed, form.reject(refusal), status=422)
        return private(go_to(managed.path + managed.suffix, flash="Saved."))

    @post("/stop", status_code=200)
    async def stop(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Redirect:
        """No more texts; pressed again it says the same."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        async with database.begin(managed.scope) as work:
            await texts.stop_texts(work, managed.booking.id, "page")
        return private(
            go_to(managed.path + managed.suffix, flash="No more text messages. Reminders come by e-mail.")
        )


@get("/t/{reference:str}/{code:str}", include_in_schema=False)
async def open_text(
    reference: FromPath[str], code: FromPath[str], database: Database_, visitor: Visitor_
) -> Redirect:
    """From a text message to the booking, in its client's language. Raises `NotFound` for any other code."""
    async with database.begin(PublicScope(visitor.actor)) as public:
        found = await scheduling.find_reference(public, reference)
    if found is None:
        raise NotFound
    async with database.begin(ClinicScope(found[0], visitor.actor)) as work:
        booking = await texts.open_text_link(work, found[1], code)
        path = in_locale(scheduling.visits_path(work, booking), booking.client_language)
    return private(Redirect(path, status_code=303))


async def _page(
    request: AppRequest, database: Database, managed: Managed, form: Form, *, status: int = 200
) -> Response[str]:
    booking = managed.booking
    async with database.begin(managed.scope) as work:
        number = await texts.find_number(work, booking.group_id)
        offered = await texts.offers_texts(work)
    now = {
        "language": booking.client_language,
        "text_reminders": "true" if number else "",
        "phone": shown_number(number) if number else "",
    }
    return private(
        page(
            request,
            "booking/messages.html",
            status=status,
            **managed.values(),
            languages=list(LANGUAGES.items()),
            offers_texts=offered,
            texts_to=number,
            values={**now, "text_reminders": "", **form.values} if form.values else now,
            errors=form.errors,
        )
    )
