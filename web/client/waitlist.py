"""The waiting list as a person meets it: leaving a wish, and the page behind the link that all its messages carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from pydantic import ValidationError

from services.courses.accepting import Acceptance, accept_offer, is_fit
from services.kernel.errors import FieldError, InvalidFields, Refusal
from services.kernel.money import Money
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.questions.errors import AskFirst
from services.scheduling import offering, waitlist
from services.scheduling.availability import get_offer
from services.scheduling.waitlist_rules import night_end
from services.scheduling.waitlist_schemas import NewWish, WishTimes, WishView
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from web.client.answers import (
    ask_again_of,
    booking_errors,
    given_answers,
    reasons_of,
    unanswered,
    unlike_signature,
)
from web.client.booking import lead_to_question, load_menu_for
from web.client.orders import Menu
from web.client.showing import secret_address, with_wait, words_why
from web.context import AppRequest, Visitor, address_of, public_scope_of
from web.forms import Form, check, read_form
from web.locale import current_locale
from web.once import kept_form_token, new_form_token, send_once
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
_PROVED = "Confirmed. You get a message as soon as a time is free that suits you."
_CHANGED = "Changed. Your place on the list stays the same."
_WITHDRAWN = "Done: you are not on the waiting list any more."
_DECLINED = "Declined. You stay on the list, and the next person is asked about that time."


class JoinWaitlistPages(Controller):
    """`/c/{slug}/book/{treatment_id}/waitlist`."""

    path = "/c/{slug:str}/book/{treatment_id:uuid}/waitlist"
    exception_handlers = {AskFirst: lead_to_question}  # noqa: RUF012  litestar's own form

    @get("/")
    async def ask(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Which days and times would do, and who waits."""
        given = request.query_params
        scope, menu = await load_menu_for(database, slug, treatment_id, visitor, given.get("invitation", ""))
        form = Form({"name": visitor.name, "email": visitor.email, "form_token": new_form_token()})
        form.values |= {name: given.get(name, "") for name in ("area", "practitioner_id")}
        return await _join_page(request, database, scope, menu, form)

    @post("/", status_code=200)
    async def send(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Keeps the wish; the link in a message makes it count."""
        form = await read_form(request, "weekdays")
        invitation = str(form.values.get("invitation", ""))
        scope, menu = await load_menu_for(database, slug, treatment_id, visitor, invitation)
        form.values["form_token"] = kept_form_token(form.values.get("form_token", ""))
        account_id = visitor.signed_in.account_id if visitor.signed_in else None

        async def do(work: ClinicWork) -> str:
            wish = await waitlist.join_waitlist(
                work, treatment_id, new, address=address_of(request), account_id=account_id
            )
            if wish.proved:
                return f"/waitlist/{waitlist.wish_token(work, wish.id)}"
            return f"{menu.path}/waitlist/sent"

        try:
            new = check(form, NewWish, language=current_locale())
            return go_to(await send_once(database, scope, form.values["form_token"], do))
        except InvalidFields as refusal:
            return await _join_page(
                request, database, scope, menu, form.reject(refusal), status=refusal.status
            )
        except AskFirst:
            raise
        except Refusal as refusal:
            form.errors["form"] = words_why(refusal)
            shown = await _join_page(request, database, scope, menu, form, status=refusal.status)
            return with_wait(shown, refusal)

    @get("/sent")
    async def sent(
        self, request: AppRequest, slug: str, treatment_id: UUID, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Where the link is."""
        await public_scope_of(database, slug, visitor)
        return page(request, "waitlist/sent.html", slug=slug, treatment_id=treatment_id)


class WishPages(Controller):
    """`/waitlist/{token}`: one link proves, shows, changes and withdraws a wish, and answers its offers."""

    path = "/waitlist/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[str]:
        """The wish as it stands. Raises `LinkInvalid`."""
        return await _wish_page(request, database, await _open(database, token), Form())

    @post("/confirm", status_code=200)
    async def confirm(self, token: FromPath[str], database: Database_) -> Redirect:
        """The wish counts."""
        return await _do(database, await _open(database, token), waitlist.prove_wish, _PROVED)

    @post("/withdraw", status_code=200)
    async def withdraw(self, token: FromPath[str], database: Database_) -> Redirect:
        """The wish ends."""
        return await _do(database, await _open(database, token), waitlist.withdraw_wish, _WITHDRAWN)

    @post("/change", status_code=200)
    async def change(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[Any] | Redirect:
        """Other days and times of day."""
        opened = await _open(database, token)
        form = await read_form(request, "weekdays")
        try:
            times = check(form, WishTimes)
            async with database.begin(opened.scope) as work:
                await waitlist.change_wish(work, opened.wish_id, times)
        except InvalidFields as refusal:
            return await _wish_page(request, database, opened, form.reject(refusal), status=422)
        except Refusal as refusal:
            return go_to(opened.path, flash=refusal.text, kind="caution")
        return go_to(opened.path, flash=_CHANGED)

    @post("/decline", status_code=200)
    async def decline(self, request: AppRequest, token: FromPath[str], database: Database_) -> Redirect:
        """Not that time."""
        opened = await _open(database, token)
        offer_id = _offer_of(await read_form(request))

        async def do(work: ClinicWork, wish_id: UUID) -> None:
            await offering.decline_offer(work, wish_id, offer_id)

        return await _do(database, opened, do, _DECLINED)

    @post("/accept", status_code=200)
    async def accept(
        self,
        request: AppRequest,
        token: FromPath[str],
        database: Database_,
        visitor: Visitor_,  # noqa: ARG002  fills the header
    ) -> Response[Any] | Redirect:
        """Books the time that is kept, once a form."""
        opened = await _open(database, token)
        form = await read_form(request)
        offer_id = _offer_of(form)

        async def do(work: ClinicWork) -> str:
            booked = await accept_offer(work, opened.wish_id, offer_id, given)
            return f"/bookings/{booked.reference}?token={booked.manage_token}"

        async with database.begin(opened.scope) as work:
            name = (await waitlist.get_wish(work, opened.wish_id)).name
        try:
            given = read_acceptance(form, name)
            once = kept_form_token(form.values.get("form_token", ""))
            return go_to(await send_once(database, opened.scope, once, do))
        except InvalidFields as refusal:
            form.errors = booking_errors(refusal)
            return await _wish_page(request, database, opened, form, status=422)
        except Refusal as refusal:
            if refusal.code == "screening-not-now":
                return await _wish_page(request, database, opened, form, refusal=refusal)
            if refusal.code == "price-changed":
                form.errors = {"form": refusal.text}
                return await _wish_page(request, database, opened, form, status=refusal.status)
            return go_to(opened.path, flash=refusal.text, kind="caution")


@dataclass(frozen=True, slots=True)
class _Opened:
    """A wish behind its link."""

    scope: ClinicScope
    wish_id: UUID
    token: str

    @property
    def path(self) -> str:
        return f"/waitlist/{self.token}"


async def _open(database: Database, token: str) -> _Opened:
    async with database.begin(PublicScope()) as public:
        clinic_id, wish_id = waitlist.read_wish_token(public, token)
    return _Opened(ClinicScope(clinic_id), wish_id, token)


async def _do(database: Database, opened: _Opened, step: Any, done: str) -> Redirect:
    try:
        async with database.begin(opened.scope) as work:
            await step(work, opened.wish_id)
    except Refusal as refusal:
        return go_to(opened.path, flash=refusal.text, kind="caution")
    return go_to(opened.path, flash=done)


def _offer_of(form: Form) -> UUID:
    try:
        return UUID(str(form.values.get("offer_id", "")))
    except ValueError:
        return UUID(int=0)


def read_acceptance(form: Form, name: str) -> Acceptance:
    """Answers and consent of a person of that name; neither where the form did not ask. Raises `InvalidFields`."""
    values, asked = form.values, get_question_set()
    price = {part: values.get(part, "") for part in ("amount", "currency")} if values.get("amount") else None
    if "version" not in values:
        return _as_acceptance({"price": price})
    errors: list[FieldError] = unanswered(values, asked) + unlike_signature(values, name)
    consent = {"version": values.get("consent_version", ""), "signed_name": values.get("signed_name", "")}
    answers = {"version": values["version"], "answers": given_answers(values, asked)}
    shown = {"language": asked.language}
    given = {"screening": answers | shown, "consent": consent | shown, "price": price}
    return _as_acceptance(given, errors)


def _as_acceptance(given: Mapping[str, Any], errors: Sequence[FieldError] = ()) -> Acceptance:
    try:
        read = Acceptance.model_validate(given)
    except ValidationError as error:
        raise InvalidFields([*InvalidFields.from_pydantic(error).errors, *errors]) from error
    if errors:
        raise InvalidFields(list(errors))
    return read


async def _join_page(
    request: AppRequest, database: Database, scope: ClinicScope, menu: Menu, form: Form, *, status: int = 200
) -> Response[str]:
    async with database.begin(scope) as work:
        first_day = await waitlist.find_first_day(work, menu.treatment.id, menu.areas[0].code)
    return page(
        request,
        "waitlist/join.html",
        status=status,
        menu=menu,
        first_day=first_day,
        values=form.values,
        errors=form.errors,
        form_token=form.values["form_token"],
    )


async def _wish_page(
    request: AppRequest,
    database: Database,
    opened: _Opened,
    form: Form,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response[str]:
    async with database.begin(opened.scope) as work:
        wish = await waitlist.get_wish(work, opened.wish_id)
        offer = await offering.find_standing(work, wish.id) if wish.is_open else None
        fit = offer is not None and await is_fit(work, wish)
        price = await _price_of(work, wish) if offer else None
        treatment = await treatments.get_treatment(work, wish.treatment_id, archived=True)
        first_day = await waitlist.find_first_day(work, wish.treatment_id, wish.area)
        night = night_end(work.now, wish.zone) is not None
    answer = page(
        request,
        "waitlist/wish.html",
        status=refusal.status if refusal else status,
        wish=wish,
        offer=offer,
        fit=fit,
        price=price,
        treatment=treatment,
        first_day=first_day,
        night=night,
        here=opened.path,
        times=form.values if "last_on" in form.values else times_of(wish),
        values=form.values,
        errors=form.errors,
        questions=get_question_set(),
        form_token=form.values.get("form_token") or new_form_token(),
        not_now=reasons_of(refusal) if refusal else None,
        ask_again_on=ask_again_of(refusal) if refusal else None,
        book_again=f"/c/{wish.clinic_slug}/book/{wish.treatment_id}/times?{urlencode({'area': wish.area})}",
    )
    return secret_address(answer)


async def _price_of(work: ClinicWork, wish: WishView) -> Money | None:
    """What the visit costs now; nothing where the clinic does not give it any more."""
    try:
        offer = await get_offer(work, wish.treatment_id, None, wish.area)
    except Refusal:
        return None
    return Money(offer.price, offer.currency)


def _begins(wish: WishView) -> dict[str, str]:
    return {name: getattr(wish, name).isoformat("minutes") for name in ("from_time", "until_time")}


def times_of(wish: WishView) -> dict[str, Any]:
    """A wish's days and times as its form shows them."""
    return {
        "first_on": wish.first_on.isoformat(),
        "last_on": wish.last_on.isoformat(),
        "weekdays": [str(day) for day in wish.days],
        **({} if wish.at_any_time else _begins(wish)),
    }
