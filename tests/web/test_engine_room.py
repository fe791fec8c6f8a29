"""The engine room: for moderators with a second factor, figures and replay."""

from __future__ import annotations

import re

import httpx
import pyotp

from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.factories import PASSWORD, person
from tests.workers.world import announce, delivery_rows, relay_turn
from web.context import SESSION_COOKIE


async def _moderator(http: httpx.AsyncClient, database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        uri = await accounts.create_moderator(work, "mo@example.test", "Mo Derator", PASSWORD)
        code = pyotp.parse_uri(uri)
        assert isinstance(code, pyotp.TOTP)
        given = Credentials(email="mo@example.test", password=PASSWORD, totp=code.at(work.now))
        http.cookies.set(SESSION_COOKIE, await accounts.sign_in(work, given, kind=SignInKind.SESSION))


async def test_the_engine_room_is_closed_to_others(http: httpx.AsyncClient, database: Database) -> None:
    assert (await http.get("/admin/engine")).status_code in {302, 303, 307}
    someone, _ = await person(database)
    async with database.begin(PublicScope()) as work:
        given = Credentials(email=someone.email, password=PASSWORD)
        http.cookies.set(SESSION_COOKIE, await accounts.sign_in(work, given, kind=SignInKind.SESSION))
    assert (await http.get("/admin/engine")).status_code == 403


async def test_a_dead_delivery_is_shown_and_replayed(http: httpx.AsyncClient, database: Database) -> None:
    await _moderator(http, database)
    assert "Nothing is dead" in (await http.get("/admin/engine")).text
    await announce(database, None, "nobody.knows")
    await relay_turn(database, {})
    page = await http.get("/admin/engine")
    assert "nobody.knows" in page.text
    (dead,) = await delivery_rows(database)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    for flash in ("It will be tried again at once.", "not dead any more"):
        done = await http.post(f"/admin/engine/{dead.id}/replay", data={"_csrf_token": token[1]})
        assert (done.status_code, done.headers["location"]) == (303, "/admin/engine")
        assert flash in (await http.get("/admin/engine")).text
    assert await delivery_rows(database) == []
