"""Set-up pages of a clinic: profile with policies and sterile working, audit."""

from __future__ import annotations

from typing import Annotated, Any

from babel.numbers import get_currency_precision
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.clinics import service as clinics
from services.clinics.rules import GRID_MINUTES, allows
from services.clinics.schemas import ClinicPatch, ClinicView
from services.kernel.errors import InvalidFields
from services.kernel.money import LARGEST_AMOUNT
from services.kernel.work import Database
from services.treatments.catalogue import get_catalogue
from services.treatments.rules import major_units, minor_units
from web.clinic.held import held_for, saved_words
from web.clinic.home import countries, currencies
from web.clinic.nav import role_name
from web.clinic.points import points_at_fields
from web.clinic.walk import Asked, read_walk
from web.context import AppRequest, Visitor, clinic_access
from web.filters import language
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
Cursor = Annotated[str | None, QueryParameter(max_length=500)]
_PROFILE_FIELDS = tuple(ClinicPatch.model_fields)
_COMMON_LANGUAGES = frozenset(
    {"ar", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "it", "ja", "ko", "nl"}
    | {"no", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "ur", "vi", "zh"}
)
_MAY_CLOSE = frozenset({"live", "suspended"})
_AUDIT_PAGE = 50


class ProfilePages(Controller):
    path = "/clinic/{slug:str}/profile"

    @get()
    async def show(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "clinic:manage")
        return await self._page(Asked(request, visitor, access), database, None)

    @post(status_code=200)
    async def save(
        self, request: AppRequest, slug: FromPath[str], database: Database_, visitor: Visitor_
    ) -> Response[Any]:
        access = clinic_access(visitor, slug, "clinic:manage")
        form = await read_form(request, "languages")
        cleared = {key: "" for key in ("description", "sterilisation_protocol") if not form.values.get(key)}
        try:
            required = {key for key in ("name", "email", "country", "currency") if not form.values.get(key)}
            patch = check(form, ClinicPatch, **cleared, **dict.fromkeys(required, ""), **_deposit(form))
            async with database.begin(access.scope) as work:
                await clinics.update_clinic(work, patch)
                words = await saved_words(work, access.scope.clinic_id)
        except InvalidFields as refusal:
            return await self._page(Asked(request, visitor, access), database, form.reject(refusal), 422)
        return go_to(f"/clinic/{slug}/profile", flash=words)

    @staticmethod
    async def _page(
        asked: Asked,
        database: Database,
        form: Form | None,
        status: int = 200,
    ) -> Response[str]:
        async with database.begin(asked.access.scope) as work:
            clinic, walk = await clinics.get_clinic(work), await read_walk(work, asked.access)
            today = work.now.date()
            held = await held_for(work, clinic.clinic_id)
        known = _COMMON_LANGUAGES | set(clinic.languages)
        names = {item.code: _as_heading(language(item.code)) for item in get_catalogue().languages}
        values = form.values if form else _values_of(clinic)
        return asked.page(
            "clinic/setup/profile.html",
            current="profile",
            walk=walk,
            status=status,
            clinic=clinic,
            held=held,
            may_close=clinic.status in _MAY_CLOSE and allows(asked.access.role, "clinic:close"),
            clinic_slug=clinic.slug,
            moderator_asks=points_at_fields(clinic),
            today=today,
            values=values,
            errors=form.errors if form else {},
            countries=countries(),
            currencies=currencies(),
            grid_options=[
                (minutes, gettext("Every {n} minutes").format(n=minutes)) for minutes in GRID_MINUTES
            ],
            languages=[(code, name) for code, name in names.items() if code in known],
            spoken_names=[names[code] for code in values.get("languages", []) if code in names],
        )


def _as_heading(name: str) -> str:
    """A language's name as a choice of its own: some languages write theirs small."""
    return name[:1].upper() + name[1:]


def _values_of(clinic: ClinicView) -> dict[str, Any]:
    """The profile as the form's values, money in major units."""
    deposit = major_units(clinic.deposit_amount, get_currency_precision(clinic.currency))
    return {
        **{key: getattr(clinic, key) for key in _PROFILE_FIELDS},
        "deposit": deposit if clinic.deposit_amount else "",
    }


def _deposit(form: Form) -> dict[str, int]:
    """The deposit as it is typed, in minor units of the currency beside it; empty: none. Raises `InvalidFields`."""
    typed, currency = form.values.get("deposit", ""), form.values.get("currency", "")
    if not typed:
        return {"deposit_amount": 0}
    try:
        amount = minor_units(typed, get_currency_precision(currency))
    except ValueError as error:
        raise InvalidFields.one(
            "deposit", "wrong-type", "Type the deposit as a number, such as 50."
        ) from error
    if amount > LARGEST_AMOUNT:
        raise InvalidFields.one("deposit", "out-of-range", "That is more than we can keep.")
    return {"deposit_amount": amount}


class AuditPages(Controller):
    path = "/clinic/{slug:str}/audit"

    @get()
    async def show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        database: Database_,
        visitor: Visitor_,
        cursor: Cursor = None,
    ) -> Response[str]:
        access = clinic_access(visitor, slug, "audit:read")
        async with database.begin(access.scope) as work:
            found = await clinics.list_audit(work, _AUDIT_PAGE, cursor)
            locations = await clinics.list_locations(work)
        return Asked(request, visitor, access).page(
            "clinic/setup/audit.html",
            current="audit",
            walk=None,
            events=found.items,
            next_url=f"{request.url.path}?cursor={found.next}" if found.next else None,
            first_url=request.url.path if cursor else None,
            zone=locations[0].time_zone if locations else "UTC",
            role_name=role_name,
        )
