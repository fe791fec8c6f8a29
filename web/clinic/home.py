"""A clinic's home: where it stands, what is missing, today's bookings; and beginning a clinic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pycountry
from babel import Locale
from babel.numbers import get_territory_currencies
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.rules import allows
from services.clinics.schemas import ClinicView, NewClinic
from services.kernel.errors import InvalidFields, NotSignedIn, Refusal, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database
from services.marketplace.checklist import get_checklist
from services.marketplace.schemas import ChecklistItem
from services.moderation import service as moderation
from web.clinic.at_work import AtWork, load_work
from web.clinic.held import held_for, refused_lately
from web.clinic.points import page_of
from web.clinic.verdict import Verdict, load_verdict
from web.clinic.walk import OPEN_STATES, Asked, walk_of
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.forms import Form, check, read_form
from web.locale import current_locale, gettext
from web.pages import go_to, page

_AT_WORK = frozenset({"live", "suspended"})
_COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "MXN", "BRL", "PLN", "SEK", "NOK", "DKK")


def place_of_point(slug: str, field: str) -> str:
    """The address at which a moderator's point is put right; `credentials.2.number` counts as `credentials`."""
    first, page = field.split(".", maxsplit=1)[0], page_of(field)
    at_field = page == "profile" and first not in {"", "clinic"}
    return f"/clinic/{slug}/{page}" + (f"#{first}" if at_field else "")


def countries() -> list[tuple[str, str]]:
    """Codes and names of countries, by name."""
    names = Locale(current_locale()).territories
    found = [(item.alpha_2, names.get(item.alpha_2, item.name)) for item in pycountry.countries]
    return sorted(found, key=lambda pair: pair[1])


def currencies() -> list[tuple[str, Any]]:
    """Codes and names of the currencies that people pay with somewhere: the most used first."""
    # A language does not name the newest of them: English does.
    names = {**Locale("en").currencies, **Locale(current_locale()).currencies}
    paid_with = {code for country, _ in countries() for code in get_territory_currencies(country)}
    rest = [(code, f"{code}, {names[code]}") for code in sorted(paid_with - set(_COMMON_CURRENCIES))]
    common = [(code, f"{code}, {names[code]}") for code in _COMMON_CURRENCIES]
    return [(gettext("Often used"), common), (gettext("All"), rest)]


def own_currency(country: str) -> str:
    """The currency that is paid with in a country; euros where none is known."""
    return next(iter(get_territory_currencies(country)), "EUR") if country else "EUR"


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows, loaded."""

    clinic: ClinicView
    checklist: list[ChecklistItem]
    today: date
    at_work: AtWork | None
    held: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    verdict: Verdict | None


async def load_home(work: ClinicWork, access: ClinicAccess) -> Home:
    """The clinic, its checklist while it is being set up, and the day's work by its first location's day."""
    clinic = await clinics.get_clinic(work)
    open_to_change = clinic.status in OPEN_STATES and allows(access.role, "clinic:manage")
    checklist = await get_checklist(work) if open_to_change else []
    locations = await clinics.list_locations(work)
    zone = ZoneInfo(locations[0].time_zone) if locations else ZoneInfo("UTC")
    today = work.now.astimezone(zone).date()
    at_work = await load_work(work, access, today) if clinic.status in _AT_WORK else None
    manages = allows(access.role, "clinic:manage")
    return Home(
        clinic=clinic,
        checklist=checklist,
        today=today,
        at_work=at_work,
        held=await held_for(work) if manages else [],
        refused=await refused_lately(work) if manages else [],
        verdict=await load_verdict(work, clinic.status) if manages else None,
    )


class ClinicHomePages(Controller):
    path = "/clinic"

    @get()
    async def own(self, request: AppRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
        _ = visitor.account_id
        if not visitor.clinics:
            return go_to("/clinic/new")
        return page(request, "clinic/setup/own.html", clinics=visitor.clinics)

    @get("/new")
    async def new(self, request: AppRequest, visitor: NamedDependency[Visitor]) -> Response[str]:
        _ = visitor.account_id
        return self._new_page(request, Form(), 200)

    @post("/new", status_code=200)
    async def create(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[Any]:
        if visitor.signed_in is None:
            raise NotSignedIn
        form = await read_form(request)
        status = 422
        try:
            currency = form.values.get("currency") or own_currency(str(form.values.get("country", "")))
            new = check(form, NewClinic, currency=currency)
            for member in visitor.clinics:
                if member.name.casefold() == new.name.casefold() and member.role == "owner":
                    return go_to(f"/clinic/{member.slug}", flash="You have begun this clinic already.")
            async with database.begin(ClinicScope(new_id(), visitor.actor)) as work:
                clinic = await clinics.create_clinic(work, new, visitor.signed_in)
        except InvalidFields as refusal:
            form.reject(refusal)
        except TooManyRequests as refusal:
            form.errors["form"], status = refusal.text, refusal.status
        else:
            words = gettext("{name} is begun, as a draft.").format(name=clinic.name)
            return go_to(f"/clinic/{clinic.slug}/locations/new", flash=words)
        return self._new_page(request, form, status)

    @staticmethod
    def _new_page(request: AppRequest, form: Form, status: int) -> Response[str]:
        return page(
            request,
            "clinic/setup/new.html",
            status=status,
            values=form.values,
            errors=form.errors,
            countries=countries(),
            currencies=currencies(),
        )

    @get("/{slug:str}")
    async def home(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        asked = Asked(request, visitor, clinic_access(visitor, slug, "clinic:read"))
        return await self._home_page(asked, database)

    @post("/{slug:str}/submit", status_code=200)
    async def submit(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:submit")
        try:
            async with database.begin(access.scope) as work:
                await moderation.submit_clinic(work)
        except Refusal as refusal:
            if refusal.status not in {403, 409}:
                raise
            return await self._home_page(
                Asked(request, visitor, access), database, status=refusal.status, refused=refusal.text
            )
        return go_to(f"/clinic/{slug}", flash="It is with our moderators now.")

    @staticmethod
    async def _home_page(
        asked: Asked,
        database: Database,
        *,
        status: int = 200,
        refused: str = "",
    ) -> Response[str]:
        access = asked.access
        async with database.begin(access.scope) as work:
            home = await load_home(work, access)
        points = [
            {"text": point["message"], "href": place_of_point(access.slug, point["field"])}
            for point in home.clinic.changes_requested
        ]
        return asked.page(
            "clinic/home.html",
            current="home",
            walk=walk_of(home.checklist) if home.checklist else None,
            status=status,
            refused=refused,
            points=points,
            clinic=home.clinic,
            checklist=home.checklist,
            today=home.today,
            at_work=home.at_work,
            held=home.held,
            refused_edits=home.refused,
            verdict=home.verdict,
            clinic_slug=access.slug,
            may_submit=allows(access.role, "clinic:submit"),
            may_manage=allows(access.role, "clinic:manage"),
        )
