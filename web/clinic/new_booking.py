"""A booking from the desk or the phone, on one page: what and when, then who comes and what they answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.clients import service as clients
from services.clinics import places
from services.courses.booking import book
from services.kernel.errors import FieldError, InvalidFields, NotFound, Refusal
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling.models import BookingStatus
from services.screening.service import get_question_set
from services.treatments import service as treatments
from web.client.answers import ask_again_of, booking_errors, reasons_of
from web.client.booking import alternatives_of, read_booking, wish_of
from web.client.orders import Order, load_menu, read_order
from web.client.weeks import Week, load_week, read_day
from web.clinic.desk import desk_page
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, read_form
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
BOOKED = "Booked. The client gets the confirmation by e-mail."
ASKED = "The time is held. An answer asks for a clinician: accept or decline here."
TWICE = "This was booked already."
CHOICES = ("item", "location_id", "practitioner_id", "whole_course", "day", "client_id")


class NewBooking(Controller):
    """`/clinic/{slug}/bookings/new`."""

    path = "/clinic/{slug:str}/bookings/new"

    @get("/")
    async def ask(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """What and when; once that is chosen, the free times and the rest of the form."""
        access = clinic_access(visitor, slug, "bookings:manage")
        form = Form(dict(request.query_params.items()) | {"form_token": new_form_token()})
        async with database.begin(access.scope) as work:
            form.values |= await _who(work, form.values.get("client_id", ""))
        return await _page(request, visitor, database, access, form)

    @post("/", status_code=200)
    async def send(
        self, request: AppRequest, slug: str, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Books, or shows the page again with everything typed in it."""
        access = clinic_access(visitor, slug, "bookings:manage")
        form = await read_form(request)
        if form.values.get("take"):
            form.values["starts_at"] = form.values["take"]
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        try:
            async with database.begin(access.scope) as work:
                order = await _order(work, access, form)
            wanted = _wanted(order, form)
            said = TWICE

            async def do(work: ClinicWork) -> str:
                nonlocal said
                booked = await book(work, wanted, by_clinic=True)
                said = BOOKED if booked.status == BookingStatus.CONFIRMED else ASKED
                return f"/clinic/{slug}/bookings/{booked.reference}"

            path = await send_once(database, access.scope, form.values["form_token"], do)
            return go_to(path, flash=said)
        except InvalidFields as refusal:
            form.errors = booking_errors(refusal)
            return await _page(request, visitor, database, access, form, status=422)
        except Refusal as refusal:
            if refusal.code not in {"screening-not-now", "slot-taken"}:
                form.errors = {"form": refusal.text}
            return await _page(
                request, visitor, database, access, form, status=refusal.status, refusal=refusal
            )


async def _who(work: ClinicWork, client_id: str) -> dict[str, str]:
    """Name, address and phone of the client that the booking is begun for; nothing for no client. Raises `NotFound`."""
    if not client_id:
        return {}
    try:
        client = await clients.get_client(work, UUID(client_id))
    except ValueError as error:
        raise NotFound from error
    return {"name": client.name, "email": client.email, "phone": client.phone}


def _wanted(order: Order, form: Form) -> Any:
    errors: list[FieldError] = []
    if order.starts_at is None:
        errors.append(FieldError("starts_at", "missing", "Pick one of the free times."))
    if form.values.get("in_person") != "true":
        errors.append(FieldError("in_person", "missing", "Confirm that the client answered and agreed."))
    try:
        wanted = read_booking(order, form)
    except InvalidFields as refusal:
        raise InvalidFields(errors + refusal.errors) from refusal
    if errors:
        raise InvalidFields(errors)
    return wanted


async def _order(work: ClinicWork, access: ClinicAccess, form: Form) -> Order:
    """The order of the page's fields; `item` is a treatment and an area, `{id}:{code}`."""
    treatment_id, _, area = form.values.get("item", "").partition(":")
    try:
        menu = await load_menu(work, access.slug, UUID(treatment_id))
    except (ValueError, NotFound) as error:
        raise InvalidFields.one("item", "missing", "Choose a treatment and its area.") from error
    return read_order(menu, {name: str(value) for name, value in form.values.items()} | {"area": area})


async def _page(
    request: AppRequest,
    visitor: Visitor,
    database: Database,
    access: ClinicAccess,
    form: Form,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response[str]:
    values, here = form.values, f"/clinic/{access.slug}/bookings/new"
    chosen = {name: str(values.get(name) or "") for name in CHOICES}
    chosen["whole_course"] = chosen["whole_course"] or "false"
    week: Week | None = None
    async with database.begin(access.scope) as work:
        menu = await treatments.list_treatments(work)
        locations = await places.list_locations(work)
        people = await practitioners.list_practitioners(work)
        if not chosen["location_id"] and locations:
            chosen["location_id"] = str(locations[0].id)
        if chosen["item"]:
            try:
                order = await _order(work, access, Form(values | chosen))
                wish = replace(wish_of(order), by_clinic=True)
                week = await load_week(
                    work, wish, read_day(chosen["day"]), lambda day: _at(here, chosen, day)
                )
            except InvalidFields as wrong:
                form.errors = Form().reject(wrong).errors | form.errors
                status = max(status, 422)
    taken: list[datetime] | None = None
    not_now: dict[str, Any] | None = None
    if refusal and refusal.code == "slot-taken":
        taken = alternatives_of(refusal)
    if refusal and refusal.code == "screening-not-now":
        not_now = {"reasons": reasons_of(refusal), "ask_again_on": ask_again_of(refusal)}
    return desk_page(
        request,
        visitor,
        access,
        "clinic/bookings/new.html",
        current="bookings",
        status=status,
        treatments=menu,
        items=[
            (
                item.name,
                [
                    (f"{item.id}:{area.code}", f"{item.name}, {area.code.replace('_', ' ')}")
                    for area in item.areas
                ],
            )
            for item in menu
        ],
        locations=[(place.id, place.name) for place in locations],
        people=[(person.id, person.name) for person in people],
        chosen=chosen,
        chosen_fields=chosen,
        week=week,
        later_query=(week.next_href or week.first_free_href or "").partition("?")[2] if week else "",
        questions=get_question_set(),
        values=values,
        errors=form.errors,
        form_token=values["form_token"],
        taken=taken,
        taken_words=refusal.text if refusal else None,
        not_now=not_now,
    )


def _at(here: str, chosen: dict[str, str], day: date) -> str:
    return f"{here}?{urlencode({name: value for name, value in chosen.items() if value} | {'day': day.isoformat()})}"
