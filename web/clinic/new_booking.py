"""A booking from the desk or the phone, on one page: what and when, then who comes and what they answered.

The page is one form. Until there is something to type about the client it is a GET, as the calendar's links are;
from then on a POST, so that a look at other times keeps what was typed and no answer gets into an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.clinics import places
from services.courses.booking import book
from services.courses.schemas import DeskBookingIn
from services.kernel.errors import FieldError, InvalidFields, NotFound, Refusal
from services.kernel.words import in_one_line
from services.kernel.work import ClinicWork
from services.practitioners import service as practitioners
from services.scheduling.models import BookingStatus
from services.scheduling.reading import find_reference, get_booking
from services.scheduling.texts import offers_texts
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentView
from web.client.answers import ask_again_of, booking_errors, reasons_of
from web.client.booking import alternatives_of, read_booking, wish_of
from web.client.orders import Order, load_menu, read_order
from web.client.weeks import Week, Wish, load_week, read_day
from web.clinic.desk import Desk, elsewhere_warning, provide_desk, rooms_and_devices
from web.clinic.for_whom import choose_client, find_known, pressed_time
from web.forms import Form, read_form
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to

Desk_ = NamedDependency[Desk]
BOOKED = "Booked. The client gets the confirmation by e-mail."
ASKED = "The time is held. An answer asks for a clinician: accept or decline here."
TWICE = "This was booked already."
THINGS = ("room_id", "device_id")
CHOICES = ("item", "location_id", "practitioner_id", *THINGS, "whole_course", "day", "time", "q", "client_id")


class NewBooking(Controller):
    """`/clinic/{slug}/bookings/new`."""

    path = "/clinic/{slug:str}/bookings/new"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def ask(self, desk: Desk_) -> Response[str]:
        """What, when and for whom; once that is chosen, the free times and the rest of the form."""
        desk.access("bookings:manage")
        form = Form(dict(desk.request.query_params.items()) | {"form_token": new_form_token()})
        return await _page(desk, form)

    @post("/", status_code=200)
    async def send(self, desk: Desk_) -> Response[Any] | Redirect:
        """Books, or shows the page again with everything typed in it, as for a look at other times."""
        scope = desk.access("bookings:manage").scope
        form = await read_form(desk.request)
        if form.values.get("take"):
            form.values["starts_at"] = form.values["take"]
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        if _looks(form.values):
            return await _page(desk, form)
        try:
            async with desk.work("bookings:manage") as work:
                known = await find_known(work, str(form.values.get("client_id", "")))
                order = await _order(work, desk.slug, form)
            if known is not None:
                named = in_one_line(known.name)  # as it is asked for now
                form.values |= {"name": named, "email": known.email, "phone": known.phone}
            wanted = _wanted(order, form)
            said, warning = TWICE, ""

            async def do(work: ClinicWork) -> str:
                nonlocal said, warning
                booked = await book(work, wanted, by_clinic=True)
                said = BOOKED if booked.status == BookingStatus.CONFIRMED else ASKED
                warning = await _warning(work, booked.reference)
                return f"/clinic/{desk.slug}/bookings/{booked.reference}"

            path = await send_once(desk.database, scope, form.values["form_token"], do)
            return go_to(path, flash=f"{said} {warning}".strip(), kind="caution" if warning else "good")
        except InvalidFields as refusal:
            form.errors = booking_errors(refusal)
            return await _page(desk, form, status=422)
        except Refusal as refusal:
            if refusal.code not in {"screening-not-now", "slot-taken"}:
                form.errors = {"form": refusal.text}
            return await _page(desk, form, status=refusal.status, refusal=refusal)


def _looks(values: Mapping[str, Any]) -> bool:
    """Whether a button was pressed that shows the page anew: `look` at free times, or `whom` of the matches it is."""
    return "look" in values or "whom" in values


def _chosen(values: Mapping[str, Any]) -> dict[str, str]:
    """What is chosen in the first part, by its fields and by the button pressed: `look` may name a day of its own."""
    chosen = {name: str(values.get(name) or "") for name in CHOICES}
    chosen["whole_course"] = chosen["whole_course"] or "false"
    if values.get("look"):
        chosen |= {"day": str(values["look"]), "time": ""}
    if values.get("whom"):
        chosen["client_id"] = str(values["whom"])
    return chosen


async def _warning(work: ClinicWork, reference: str) -> str:
    found = await find_reference(work, reference)
    return await elsewhere_warning(work, await get_booking(work, found[1])) if found else ""


def _wanted(order: Order, form: Form) -> DeskBookingIn:
    errors: list[FieldError] = []
    if order.starts_at is None:
        errors.append(FieldError("starts_at", "missing", "Pick one of the free times."))
    if form.values.get("in_person") != "true":
        errors.append(FieldError("in_person", "missing", "Confirm that the client answered and agreed."))
    try:
        wanted = read_booking(DeskBookingIn, order, form, **_things(form.values))
    except InvalidFields as refusal:
        raise InvalidFields(errors + refusal.errors) from refusal
    if errors:
        raise InvalidFields(errors)
    return wanted


def _things(values: Mapping[str, Any]) -> dict[str, UUID | None]:
    """The room and the device that are named. Raises `NotFound` for what is no id."""
    try:
        return {name: UUID(str(values[name])) if values.get(name) else None for name in THINGS}
    except ValueError as error:
        raise NotFound from error


def _week_wish(order: Order, chosen: Mapping[str, str]) -> Wish:
    things = _things(chosen)
    return replace(wish_of(order), by_clinic=True, room_id=things["room_id"], device_id=things["device_id"])


async def _order(work: ClinicWork, slug: str, form: Form) -> Order:
    """The order of the page's fields; `item` is a treatment and an area, `{id}:{code}`."""
    treatment_id, _, area = str(form.values.get("item", "")).partition(":")
    try:
        menu = await load_menu(work, slug, UUID(treatment_id))
    except (ValueError, NotFound) as error:
        raise InvalidFields.one("item", "missing", "Choose a treatment and its area.") from error
    return read_order(menu, {name: str(value) for name, value in form.values.items()} | {"area": area})


async def _page(
    desk: Desk, form: Form, *, status: int = 200, refusal: Refusal | None = None
) -> Response[str]:
    values, here = form.values, f"/clinic/{desk.slug}/bookings/new"
    looks, chosen = _looks(values), _chosen(values)
    week: Week | None = None
    async with desk.work("bookings:manage") as work:
        menu = await treatments.list_treatments(work)
        locations = await places.list_locations(work)
        people = await practitioners.list_names(work)
        for_whom = await choose_client(work, chosen["client_id"], chosen["q"])
        texts = await offers_texts(work)
        if not chosen["location_id"] and locations:
            chosen["location_id"] = str(locations[0].id)
        here_id = next((one.id for one in locations if str(one.id) == chosen["location_id"]), None)
        rooms, devices = await rooms_and_devices(work, here_id)
        items = _items(menu)
        chosen["item"] = chosen["item"] or _only_item(items)
        if chosen["item"] or looks:
            try:
                order = await _order(work, desk.slug, Form(values | chosen))
                wish = _week_wish(order, chosen)
                week = await load_week(work, wish, read_day(chosen["day"]), _day_of_look)
            except InvalidFields as wrong:
                form.errors = Form().reject(wrong).errors | form.errors
                status = max(status, 422)
    pressed = pressed_time(week, chosen["day"], chosen["time"])
    if looks and not _is_shown(week, values.get("starts_at")):
        values.pop("starts_at", None)
    if pressed and not values.get("starts_at"):
        values["starts_at"] = pressed
    return desk.page(
        "clinic/bookings/new.html",
        current="bookings",
        status=status,
        treatments=menu,
        items=items,
        locations=[(place.id, place.name) for place in locations],
        people=[(one, name) for one, name, _ in people],
        rooms=rooms,
        devices=devices,
        chosen=chosen,
        has_details=desk.request.method == "POST" or bool(week and week.has_slots),
        wanted_on=read_day(chosen["day"]) if chosen["time"] else None,
        time_gone=bool(week and chosen["time"] and not pressed),
        client=for_whom.known,
        matches=for_whom.matches,
        someone_else=_with(here, chosen | {"q": ""}, client_id=""),
        week=week,
        later=(week.next_href or week.first_free_href) if week else None,
        questions=get_question_set(),
        offers_texts=texts,
        values=values,
        errors=form.errors,
        form_token=values["form_token"],
        **_refused(refusal),
    )


def _items(menu: list[TreatmentView]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each area of each treatment as a choice, in groups by treatment."""
    return [
        (
            item.name,
            [
                (f"{item.id}:{area.code}", f"{item.name}, {area.code.replace('_', ' ')}")
                for area in item.areas
            ],
        )
        for item in menu
    ]


def _only_item(items: list[tuple[str, list[tuple[str, str]]]]) -> str:
    """The choice where the menu leaves none: one treatment with one area. Empty where there is something to choose."""
    choices = [code for _, group in items for code, _ in group]
    return choices[0] if len(choices) == 1 else ""


def _refused(refusal: Refusal | None) -> dict[str, Any]:
    """What a refusal adds to the page: times nearby, or why it is not the time for it."""
    code = refusal.code if refusal else ""
    not_now = None
    if refusal and code == "screening-not-now":
        not_now = {"reasons": reasons_of(refusal), "ask_again_on": ask_again_of(refusal)}
    return {
        "taken": alternatives_of(refusal) if refusal and code == "slot-taken" else None,
        "taken_words": refusal.text if refusal else None,
        "not_now": not_now,
    }


def _with(here: str, chosen: dict[str, str], **changed: str) -> str:
    return f"{here}?{urlencode({name: value for name, value in (chosen | changed).items() if value})}"


def _day_of_look(day: date | None) -> str:
    """Where a week leads: not to an address, but to the day that the button `look` names."""
    return day.isoformat() if day else ""


def _is_shown(week: Week | None, starts_at: str | None) -> bool:
    return week is not None and any(slot["value"] == starts_at for day in week.days for slot in day["slots"])
