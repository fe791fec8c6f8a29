"""What a request carries: who visits, and under which scope their work is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from infra.platform.news import ClinicNews
from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import SecondFactorRequired
from services.accounts.rules import is_address
from services.accounts.schemas import Origin, SignedIn
from services.clinics import service as clinics
from services.clinics.rules import OWNER, require_permission, wants_second_factor
from services.clinics.schemas import MemberOf
from services.kernel.errors import NotAllowed, NotFound, NotSignedIn
from services.kernel.ports import Health, MailTransport
from services.kernel.scope import Actor, ClinicScope, PublicScope
from services.kernel.work import Database

SESSION_COOKIE, BROWSER_COOKIE = "needlewise_session", "needlewise_browser"

AppRequest = Request[Any, Any, State]


def owns_public_clinic(clinics: Iterable[MemberOf]) -> bool:
    """Whether one of somebody's clinics is their own and public."""
    return any(clinic.role == OWNER and clinic.is_public for clinic in clinics)


def start_of(account: SignedIn, clinics: Sequence[MemberOf]) -> str:
    """Where somebody's work or bookings are: the page they come for when they name no other."""
    if account.is_moderator:
        return "/admin"
    if not clinics:
        return "/account/bookings"
    return f"/clinic/{clinics[0].slug}" if len(clinics) == 1 else "/clinic"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: nobody, or a signed-in person with the clinics they work for.

    `waiting` counts what waits in the clinic whose workspace they look at, by the key of its page.
    """

    signed_in: SignedIn | None = None
    clinics: tuple[MemberOf, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)

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
    def has_second_factor(self) -> bool:
        return bool(self.signed_in and self.signed_in.has_second_factor)

    @property
    def second_factor_overdue(self) -> bool:
        """Whether an owner was asked for a second factor, and the grace is over."""
        return bool(self.signed_in and self.signed_in.second_factor_overdue)

    @property
    def asked_for_second_factor(self) -> bool:
        """Whether the person has none, and moderates or owns a public clinic."""
        if self.signed_in is None or self.signed_in.has_second_factor:
            return False
        return self.is_moderator or owns_public_clinic(self.clinics)

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
    news: ClinicNews


@dataclass(frozen=True, slots=True)
class ClinicAccess:
    """A team member at work in one clinic."""

    scope: ClinicScope
    slug: str
    role: str


def holder_of(request: AppRequest, visitor: Visitor) -> str:
    """Who holds times: the account that is signed in, else the address."""
    return f"account {visitor.signed_in.account_id}" if visitor.signed_in else address_of(request)


def address_of(request: AppRequest) -> str:
    """The caller's IP address, for throttles and for the list of sign-ins.

    Each of the proxies in front (`NEEDLEWISE_PROXIES`) adds whom it was called by; what stands before is anybody's
    claim.
    """
    proxies = site_of(request).settings.proxies
    said = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",")]
    if 0 < proxies <= len(said) and is_address(said[-proxies]):
        return said[-proxies]
    return request.client.host if request.client else ""


def origin_of(request: AppRequest) -> Origin:
    """Where a sign-in comes from."""
    return Origin(
        user_agent=request.headers.get("user-agent", ""),
        address=address_of(request),
        browser=request.cookies.get(BROWSER_COOKIE, ""),
    )


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
        known = await _read_visitor(request, noted=UNATTENDED not in request.headers)
        request.scope["visitor"] = known  # type: ignore[typeddict-unknown-key]
    return known


UNATTENDED = "x-unattended"
"""A header of what a page asks for by itself, with nobody there: no use that makes a sign-in last longer."""


async def look_again(request: AppRequest) -> Visitor:
    """Whoever the visitor is by now, for an answer that lasts longer than a moment."""
    return await _read_visitor(request, noted=False)


async def _read_visitor(request: AppRequest, *, noted: bool) -> Visitor:
    token = _token_of(request)
    if not token:
        return Visitor()
    async with site_of(request).database.begin(PublicScope()) as work:
        signed_in = await accounts.find_signed_in(
            work, token, api=_is_api(request), address=address_of(request), noted=noted
        )
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


def clinic_member(visitor: Visitor, slug: str) -> ClinicAccess:
    """The visitor's place in the clinic, for drawing a page after a permission was asked for.

    Raises `NotSignedIn` for nobody, `NotFound` where they do not work there.
    """
    actor, _ = visitor.actor, visitor.account_id
    for member in visitor.clinics:
        if member.slug == slug:
            return ClinicAccess(ClinicScope(member.clinic_id, actor), slug, member.role)
    raise NotFound


def clinic_access(visitor: Visitor, slug: str, permission: str) -> ClinicAccess:
    """The visitor's scope in the clinic of that slug.

    Raises `NotSignedIn` for nobody, `NotFound` where they do not work there, `NotAllowed` without the permission,
    `SecondFactorRequired` for what an owner of a public clinic does with one alone.
    """
    actor, _ = visitor.actor, visitor.account_id
    for member in visitor.clinics:
        if member.slug == slug:
            require_permission(member.role, permission)
            if visitor.second_factor_overdue and wants_second_factor(
                member.role, permission, member.is_public
            ):
                raise SecondFactorRequired
            return ClinicAccess(ClinicScope(member.clinic_id, actor), slug, member.role)
    raise NotFound


def moderator_actor(visitor: Visitor, settings: Settings) -> Actor:
    """A moderator with a second factor.

    Raises `NotSignedIn`, `SecondFactorRequired` for a moderator without, `NotAllowed` for everyone else.
    """
    if visitor.signed_in is None:
        raise NotSignedIn
    if not visitor.is_moderator:
        raise NotAllowed("This space is for moderators.")
    if not visitor.signed_in.second_factor and not settings.demo_without_second_factor:
        raise SecondFactorRequired
    return visitor.actor


async def public_scope_of(database: Database, slug: str, visitor: Visitor | None = None) -> ClinicScope:
    """The scope of a live clinic, for anyone. Raises `NotFound` where it is unknown or not live."""
    clinic_id = await clinics.find_clinic_id(database, slug)
    if clinic_id is None:
        raise NotFound
    return ClinicScope(clinic_id, visitor.actor if visitor else Actor("guest"))
