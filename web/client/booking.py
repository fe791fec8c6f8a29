"""Booking without an account and without a script: choose, pick a time, answer and sign; the URL carries the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from pydantic import ValidationError

from services.courses.booking import book, propose_sessions
from services.courses.schemas import BookingIn, DeskBookingIn
from services.kernel.errors import FieldError, InvalidFields, Refusal
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database
from services.questions.errors import AskFirst
from services.questions.inviting import require_invitation
from services.scheduling.errors import SlotTaken
from services.scheduling.planning import ALTERNATIVES, plan_mark
from services.scheduling.schemas import PlannedSession, VisitWish
from services.scheduling.texts import offers_texts
from services.screening.models import Purpose
from services.screening.wording import consent_text, get_question_set
from services.treatments.models import BookingMode
from web.client.answers import (
    ask_again_of,
    booking_errors,
    given_answers,
    reasons_of,
    unanswered,
    unlike_signature,
)
from web.client.held_times import HELD_COOKIE, find_own, keep_time, read_held, remember
from web.client.orders import Menu, Order, course_offer, load_menu, read_order, read_what_stands
from web.client.preferences import NAMES, asked_of, typed_preferences
from web.client.showing import with_wait, words_why
from web.client.weeks import Wish, load_week, read_day
from web.context import AppRequest, Visitor, address_of, provide_visitor, public_scope_of, site_of
from web.forms import Form, read_form, words_of
from web.locale import current_locale
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Wanted = TypeVar("Wanted", BookingIn, DeskBookingIn)
PERSON_GONE = (
    "The person you chose cannot be booked any more. Book with whoever is free, or choose another time."
)


@dataclass(frozen=True, slots=True)
class Instead:
    """Why a time will not do, and free ones near it."""

    words: str
    times: list[datetime]


def lead_to_question(request: AppRequest, refusal: AskFirst) -> Redirect:
    """Whoever wants to book what is to be asked about first gets the form that asks."""
    slug, treatment_id = request.path_params["slug"], refusal.extra["treatment_id"]
    return go_to(f"/c/{slug}/ask?treatment_id={treatment_id}", flash=refusal.text, kind="info")


class BookingPages(Controller):
    """The three steps of booking at `/c/{slug}/book/{treatment_id}`."""

    path = "/c/{slug:str}/book/{treatment_id:uuid}"
    exception_handlers = {AskFirst: lead_to_question}  # noqa: RUF012  litestar's own form

    @get("/")
    async def choose(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """What to book: where, which area, one session or the course, with whom."""
        _, menu = await load_menu_for(
            database, slug, treatment_id, visitor, _invitation(request.query_params)
        )
        return _choose_page(request, menu, {}, request.query_params)

    @get("/times")
    async def times(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The days with free times for what was chosen, and the times of a week of them."""
        scope, menu = await load_menu_for(
            database, slug, treatment_id, visitor, _invitation(request.query_params)
        )
        given = asked_of(request)
        wishes = Form(typed_preferences(given))
        try:
            order = read_order(menu, given)
        except InvalidFields as refusal:
            wishes.reject(refusal)
            if not wishes.errors.keys() <= set(NAMES):
                return _choose_page(request, menu, wishes.errors, given)
            order = read_order(menu, given | dict.fromkeys(NAMES, ""))
        plan = await _proposed(database, scope, order, request.cookies.get(HELD_COOKIE, ""))
        async with database.begin(scope) as work:
            week = await load_week(
                work,
                wish_of(order),
                read_day(request.query_params.get("from", "")),
                order.times_href,
                change_href=order.href(""),
            )
            held = await read_held(work, request.cookies.get(HELD_COOKIE, ""))
        return page(
            request,
            "booking/times.html",
            status=422 if wishes.errors else 200,
            order=order,
            week=week,
            held=held,
            error=None,
            plan=plan,
            values=wishes.values,
            errors=wishes.errors,
        )

    @post("/hold", status_code=200)
    async def hold(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Holds the chosen time and leads on to the details; one that was taken meanwhile leads to the others."""
        form = await read_form(request)
        scope, menu = await load_menu_for(database, slug, treatment_id, visitor, _invitation(form.values))
        try:
            order = read_order(menu, form.values)
        except InvalidFields as refusal:
            return _choose_page(request, menu, form.reject(refusal).errors, form.values)
        if order.starts_at is None:
            return go_to(order.href("/times"), flash="Pick one of the free times first.", kind="caution")
        try:
            held = await keep_time(request, scope, order, visitor, form.values.get("hold", ""))
        except (SlotTaken, InvalidFields) as refusal:
            day = order.starts_at.astimezone(ZoneInfo(order.location.time_zone)).date()
            return go_to(order.times_href(day), flash=words_of(refusal), kind="caution")
        on = order.href("/details", hold=held.token) if held else order.href("/details")
        return remember(go_to(on), held)

    @get("/details")
    async def details(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        """The safety questions, the consent, and who comes."""
        scope, menu = await load_menu_for(
            database, slug, treatment_id, visitor, _invitation(request.query_params)
        )
        try:
            order = read_order(menu, asked_of(request))
        except InvalidFields as refusal:
            return _choose_page(request, menu, Form().reject(refusal).errors, request.query_params)
        if order.starts_at is None:
            return go_to(order.href("/times"), flash="Pick one of the free times first.", kind="caution")
        hold = request.query_params.get("hold", "")
        form = Form(
            {"name": visitor.name, "email": visitor.email, "form_token": new_form_token(), "hold": hold}
        )
        return await _details_page(request, database, scope, order, form)

    @post("/details", status_code=200)
    async def send(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Books, or shows the form again with everything typed in it."""
        form = await read_form(request)
        scope, menu = await load_menu_for(database, slug, treatment_id, visitor, _invitation(form.values))
        if form.values.get("take"):
            form.values["starts_at"] = form.values["take"]
        try:
            order, gone = read_what_stands(menu, form)
        except InvalidFields as refusal:
            return _choose_page(request, menu, form.reject(refusal).errors, form.values)
        if order.starts_at is None:
            return go_to(order.href("/times"), flash="Pick one of the free times first.", kind="caution")
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        own = await find_own(request, scope, form.values.get("hold", ""), order.starts_at)
        form.values |= {"hold": own.token} if own else {}
        if gone:
            return await _other_times_page(request, scope, order, form, PERSON_GONE)
        if form.values.get("hold_again"):
            return await _hold_again(request, scope, order, form, visitor)
        if form.values.get("change") or (form.values.get("take") and order.whole_course):
            return await _details_page(request, database, scope, order, form)
        return await self._book(request, database, scope, order, form)

    async def _book(
        self, request: AppRequest, database: Database, scope: ClinicScope, order: Order, form: Form
    ) -> Response[Any] | Redirect:
        try:
            wanted = read_booking(BookingIn, order, form)
        except InvalidFields as refusal:
            form.errors = booking_errors(refusal)
            return await _details_page(request, database, scope, order, form, status=422)

        visitor = await provide_visitor(request)
        account_id = visitor.signed_in.account_id if visitor.signed_in else None

        async def do(work: ClinicWork) -> str:
            booked = await book(work, wanted, account_id, address=address_of(request))
            return f"/bookings/{booked.reference}?token={booked.manage_token}"

        try:
            return go_to(await send_once(database, scope, form.values["form_token"], do))
        except InvalidFields as refusal:
            return await _wrong_fields_page(request, scope, order, form, refusal)
        except Refusal as refusal:
            if refusal.code == "screening-not-now":
                return _not_now_page(request, order, form, refusal)
            if refusal.code == "slot-taken":
                instead = Instead(refusal.text, alternatives_of(refusal))
                return await _details_page(request, database, scope, order, form, status=409, instead=instead)
            form.errors = {"form": words_why(refusal)}
            answer = await _details_page(request, database, scope, order, form, status=refusal.status)
            return with_wait(answer, refusal)


def read_booking(kind: type[Wanted], order: Order, form: Form, **named: UUID | None) -> Wanted:
    """The form as a booking of a client's or of the desk's, which may have `named` a room or a device.

    Raises `InvalidFields` with every field that is wrong and every question unanswered.
    """
    values = form.values
    errors: list[FieldError] = []
    wanted: Wanted | None = None
    try:
        wanted = kind.model_validate(_as_booking(order, values) | named)
    except ValidationError as error:
        errors += InvalidFields.from_pydantic(error).errors
    errors += unanswered(values, get_question_set())
    if kind is BookingIn:  # at the desk the team sees who signs
        errors += unlike_signature(values, str(values.get("name", "")))
    if errors or wanted is None:
        raise InvalidFields(errors)
    return wanted


def _as_booking(order: Order, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "clinic": order.slug,
        "treatment_id": order.treatment.id,
        "location_id": order.location.id,
        "area": order.area.code,
        "practitioner_id": order.practitioner_id,
        "starts_at": order.starts_at,
        "client": _filled(values, "name", "email", "phone") | {"language": current_locale()},
        "screening": {
            "version": values.get("version", ""),
            "language": current_locale(),
            "answers": given_answers(values, get_question_set()),
        },
        "consent": {"version": values.get("consent_version", ""), "language": current_locale()}
        | _filled(values, "signed_name"),
        "whole_course": order.whole_course,
        "preferences": order.preferences if order.whole_course else None,
        "plan": values.get("plan"),
        "invitation": order.menu.invitation or None,
        "news": values.get("news") == "true",
        "text_reminders": values.get("text_reminders") == "true",
        "hold": values.get("hold") or None,
        "price": {"amount": values["price"], "currency": order.price.currency}
        if values.get("price")
        else None,
    }


def _filled(values: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: values[name] for name in names if values.get(name)}


def alternatives_of(refusal: Refusal) -> list[datetime]:
    """The times that a taken slot's refusal proposes, each once."""
    times: list[datetime] = []
    for item in refusal.extra.get("alternatives", ()):
        given = item["starts_at"] if isinstance(item, dict) else getattr(item, "starts_at", item)
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
        if moment not in times:
            times.append(moment)
    return times


async def _wrong_fields_page(
    request: AppRequest, scope: ClinicScope, order: Order, form: Form, refusal: InvalidFields
) -> Response[str]:
    """The same page with each error at its field; where the time will not do, with others that are free."""
    form.errors = booking_errors(refusal)
    if "starts_at" in form.errors:
        return await _other_times_page(request, scope, order, form, form.errors["starts_at"])
    return await _details_page(request, site_of(request).database, scope, order, form, status=422)


async def _other_times_page(
    request: AppRequest, scope: ClinicScope, order: Order, form: Form, words: str
) -> Response[str]:
    """The same page, with everything typed in it, why the time will not do, and the nearest that are free."""
    database, wanted = site_of(request).database, order.starts_at
    if wanted is None:
        raise LookupError("a time was asked for")
    day = wanted.astimezone(ZoneInfo(order.location.time_zone)).date()
    async with database.begin(scope) as work:
        week = await load_week(work, wish_of(order), day, order.times_href)
    free = [slot["starts_at"] for group in week.days for slot in group["slots"]]
    near = sorted(sorted(free, key=lambda one: abs(one - wanted))[:ALTERNATIVES])
    instead = Instead(words, near)
    return await _details_page(request, database, scope, order, form, status=422, instead=instead)


async def _hold_again(
    request: AppRequest, scope: ClinicScope, order: Order, form: Form, visitor: Visitor
) -> Response[Any]:
    """The same page, with everything typed in it, and the time held once more or others instead."""
    database = site_of(request).database
    try:
        held = await keep_time(request, scope, order, visitor, form.values.get("hold", ""))
    except SlotTaken as refusal:
        instead = Instead(refusal.text, alternatives_of(refusal))
        return await _details_page(request, database, scope, order, form, status=409, instead=instead)
    except InvalidFields as refusal:
        return await _wrong_fields_page(request, scope, order, form, refusal)
    form.values["hold"] = held.token if held else ""
    answer = await _details_page(request, database, scope, order, form, too_many=held is None)
    return remember(answer, held)


async def _proposed(database: Database, scope: ClinicScope, order: Order, hold: str) -> list[PlannedSession]:
    """The sessions of the course as they would be booked; none for a single visit, or where they do not fit."""
    if order.starts_at is None or not order.whole_course:
        return []
    wanted = VisitWish(
        order.treatment.id, order.starts_at, order.location.id, order.area.code, order.practitioner_id
    )
    try:
        async with database.begin(scope) as work:
            return await propose_sessions(work, wanted, order.preferences.checked(), hold)
    except InvalidFields:
        return []


async def load_menu_for(
    database: Database, slug: str, treatment_id: UUID, visitor: Visitor, invitation: str
) -> tuple[ClinicScope, Menu]:
    """What can be chosen. Raises `AskFirst` where the clinic wants to talk first and did not invite to book."""
    scope = await public_scope_of(database, slug, visitor)
    async with database.begin(scope) as work:
        menu = await load_menu(work, slug, treatment_id)
        if menu.treatment.booking_mode != BookingMode.ASK_FIRST:
            return scope, menu
        require_invitation(work, treatment_id, invitation)
        return scope, replace(menu, invitation=invitation)


def _invitation(given: Mapping[str, Any]) -> str:
    return str(given.get("invitation", ""))


def wish_of(order: Order) -> Wish:
    return Wish(
        treatment_id=order.treatment.id,
        location_id=order.location.id,
        area=order.area.code,
        practitioner_id=order.practitioner_id,
        horizon_days=order.clinic.horizon_days,
    )


def _choose_page(
    request: AppRequest, menu: Menu, errors: dict[str, str], given: Mapping[str, Any]
) -> Response[str]:
    values = {name: given.get(name) for name in ("area", "practitioner_id")}
    return page(
        request,
        "booking/choose.html",
        status=422 if errors else 200,
        menu=menu,
        course=course_offer(menu),
        values={**values, "whole_course": given.get("whole_course") or "false"},
        errors=errors,
    )


async def _details_page(
    request: AppRequest,
    database: Database,
    scope: ClinicScope,
    order: Order,
    form: Form,
    *,
    status: int = 200,
    instead: Instead | None = None,
    too_many: bool = False,
) -> Response[str]:
    plan: list[PlannedSession] = []
    if instead is None:
        plan = await _proposed(database, scope, order, form.values.get("hold", ""))
    async with database.begin(scope) as work:
        held = await read_held(work, form.values.get("hold", ""), order.starts_at)
        texts = await offers_texts(work)
    return page(
        request,
        "booking/details.html",
        status=status,
        order=order,
        questions=get_question_set(),
        values=form.values,
        errors=form.errors,
        form_token=form.values["form_token"],
        taken=instead.times if instead else None,
        taken_words=instead.words if instead else None,
        plan=plan,
        plan_mark=plan_mark(plan),
        held=held,
        too_many_holds=too_many,
        offers_texts=texts,
        news_words=consent_text(Purpose.MARKETING).text,
    )


def _not_now_page(request: AppRequest, order: Order, form: Form, refusal: Refusal) -> Response[str]:
    kept = {
        name: value for name, value in form.values.items() if name not in {"take", "change", "hold_again"}
    }
    return page(
        request,
        "booking/not_now.html",
        status=refusal.status,
        order=order,
        reasons=reasons_of(refusal),
        ask_again_on=ask_again_of(refusal),
        kept=kept,
    )
