"""Everybody who may call a route: each role of the clinic, others' owners, moderators, strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from litestar import Litestar

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.factories import PASSWORD, World, live_clinic, person
from tests.services.moderation.drafts import moderator
from tests.web.conftest import BASE
from web.context import SESSION_COOKIE

CSRF_COOKIE, CSRF_HEADER = "needlewise_csrf", "x-csrftoken"
ROLES = tuple(role.value for role in Role)
OTHER_OWNER, NO_CLINIC, STRANGER = "owner of another clinic", "person without a clinic", "stranger"
MODERATOR, MODERATOR_WITHOUT = "moderator", "moderator without second factor"


@dataclass(frozen=True)
class Caller:
    """Somebody with the two ways in: a session for pages, a bearer token for the API."""

    name: str
    session: str = ""
    bearer: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def browser(self, app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that is signed in, and sends the form's token with every request."""
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as opened:
            await opened.get("/forgot-password")
            opened.headers[CSRF_HEADER] = opened.cookies[CSRF_COOKIE]
            if self.session:
                opened.cookies.set(SESSION_COOKIE, self.session)
            yield opened


async def all_callers(database: Database, world: World) -> tuple[dict[str, Caller], World]:
    """One of each by name, and the clinic of the other owner."""
    mine = await live_clinic(database, name="Another Place", city="Chicago")
    made = {STRANGER: Caller(STRANGER)}
    emails = {"owner": world.owner.email, OTHER_OWNER: mine.owner.email}
    emails[NO_CLINIC] = (await person(database))[0].email
    for role in ROLES:
        if role not in emails:
            emails[role] = (await person(database))[0].email
            async with database.begin(world.scope) as work:
                await clinics.add_member(work, NewMember(email=emails[role], role=Role(role)))
    async with database.begin(PublicScope()) as work:
        emails[MODERATOR_WITHOUT] = "mo@needlewise.test"
        await accounts.create_moderator(
            work, emails[MODERATOR_WITHOUT], "Mo Hale", PASSWORD, second_factor=False
        )
    for name, email in emails.items():
        tokens = []
        for kind in (SignInKind.API, SignInKind.SESSION):
            async with database.begin(PublicScope()) as work:
                given = Credentials(email=email, password=PASSWORD)
                tokens.append(await accounts.sign_in(work, given, kind=kind))
        made[name] = Caller(name, tokens[1], {"Authorization": f"Bearer {tokens[0]}"})
    robin = await moderator(database, "robin@needlewise.test")
    made[MODERATOR] = Caller(MODERATOR, robin.session, robin.bearer)
    return made, mine
