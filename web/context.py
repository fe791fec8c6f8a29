"""What a request carries: who visits, and under which scope their work is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.schemas import SignedIn
from services.clinics import service as clinics
from services.clinics.rules import require_permission
from services.clinics.schemas import MemberOf
from services.kernel.errors import NotAllowed, NotFound, NotSignedIn
from services.kernel.ports import Health, MailTransport
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.work import Database

SESSION_COOKIE = "needlewise_session"

AppRequest = Request[Any, Any, State]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: nobody, or a signed-in person with the clinics they work for."""

    signed_in: SignedIn | None = None
    clinics: tuple[MemberOf, ...] = ()

    @property
    def account_id(self) -> UUID:
        """The account. Raises `NotSignedIn` for nobody."""
        if self.signed_in is None:
            raise NotSignedIn
        return self.signed_in.account_id

    @property
    def actor(self) -> Actor:
        """For scopes and the audit."""
        if self.signed_in is None:
            return Actor("guest")
        return Actor("account", self.signed_in.account_id, self.signed_in.name)

    @property
    def name(self) -> str:
        return self.signed_in.name if self.signed_in else ""

    @property
    def email(self) -> str:
        return self.signed_in.email if self.signed_in else ""

    @property
    def email_verified(self) -> bool:
        return bool(self.signed_in and self.signed_in.email_verified)

    @property
    def is_moderator(self) -> bool:
        return bool(self.signed_in and self.signed_in.is_moderator)


@dataclass(frozen=True, slots=True)
class Site:
    """The process's parts, kept in the application's state under `site`."""

    settings: Settings
    database: Database
    health: dict[str, Health]
    mail: MailTransport


@dataclass(frozen=True, slots=True)
class ClinicAccess:
    """A team member at work in one clinic."""

    scope: ClinicScope
    slug: str
    role: str


def site_of(request: AppRequest) -> Site:
    """The process's parts."""
    site: Site = request.app.state.site
    return site


async def provide_database(request: AppRequest) -> Database:
    """Begins units of work."""
    return site_of(request).database


async def provide_settings(request: AppRequest) -> Settings:
    return site_of(request).settings


async def provide_visitor(request: AppRequest) -> Visitor:
    """The visitor by session cookie on pages, by bearer token under `/api/`; read once a request."""
    known: Visitor | None = request.scope.get("visitor")  # type: ignore[assignment]
    if known is None:
        known = await _read_visitor(request)
        request.scope["visitor"] = known  # type: ignore[typeddict-unknown-key]
    return known


async def _read_visitor(request: AppRequest) -> Visitor:
    token = _token_of(request)
    if not token:
        return Visitor()
    async with site_of(request).database.begin(PublicScope()) as work:
        signed_in = await accounts.find_signed_in(work, token, api=_is_api(request))
        if signed_in is None:
            return Visitor()
        return Visitor(signed_in, tuple(await clinics.list_memberships(work, signed_in.account_id)))


def _is_api(request: AppRequest) -> bool:
    return request.url.path.startswith("/api/")


def _token_of(request: AppRequest) -> str:
    if _is_api(request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    return request.cookies.get(SESSION_COOKIE, "")


def clinic_access(visitor: Visitor, slug: str, permission: str) -> ClinicAccess:
    """The visitor's scope in the clinic of that slug.

    Raises `NotSignedIn` for nobody, `NotFound` where they do not work there, `NotAllowed` without the permission.
    """
    actor, _ = visitor.actor, visitor.account_id
    for member in visitor.clinics:
        if member.slug == slug:
            require_permission(member.role, permission)
            return ClinicAccess(ClinicScope(member.clinic_id, actor), slug, member.role)
    raise NotFound


def moderator_actor(visitor: Visitor, settings: Settings) -> Actor:
    """A moderator with a second factor. Raises `NotSignedIn`, or `NotAllowed` for everyone else."""
    if visitor.signed_in is None:
        raise NotSignedIn
    if not visitor.is_moderator:
        raise NotAllowed("This space is for moderators.")
    if not visitor.signed_in.second_factor and not settings.demo_moderator_without_second_factor:
        raise NotAllowed("Moderators sign in with a second factor.")
    return visitor.actor


async def public_scope_of(database: Database, slug: str, visitor: Visitor | None = None) -> ClinicScope:
    """The scope of a live clinic, for anyone. Raises `NotFound` where it is unknown or not live."""
    async with database.begin(PublicScope()) as work:
        clinic_id = await clinics.find_clinic_id(work, slug)
    if clinic_id is None:
        raise NotFound
    return ClinicScope(clinic_id, visitor.actor if visitor else Actor("guest"))
