"""What every answer carries, and what is refused before anything is done: headers, cookies, hosts, sizes, times."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar, get

from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.factories import PASSWORD, person
from tests.web.conftest import BASE, alive
from web.app import LARGEST_BODY, create_app
from web.middleware import SECURITY_HEADERS, TimeLimit
from web.problems import HANDLERS

SECURE_SITE = "https://needlewise.example"
_ID = re.compile(r"\{(\w+):(\w+)\}")


def _routes(app: Litestar) -> list[tuple[str, str]]:
    """Every method and address, with an id of nothing in each place of an id."""

    def filled(path: str) -> str:
        return _ID.sub(lambda found: str(uuid4()) if found[2] == "uuid" else "nothing", path)

    return [
        (method, filled(route.path))
        for route in app.routes
        for method in sorted(getattr(route, "methods", ()))
        if method != "OPTIONS"
    ]


def _lacking(answer: httpx.Response) -> list[str]:
    """What an answer lacks of the baseline."""
    lacks = [name for name in SECURITY_HEADERS if name not in answer.headers]
    policy = answer.headers.get("content-security-policy", "")
    for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"):
        lacks += [f"policy without {word}"] if word in policy else []
    return lacks + [name for name in ("server", "x-powered-by") if name in answer.headers]


async def test_every_route_answers_strangers_with_the_whole_baseline_of_headers(
    app: Litestar, http: httpx.AsyncClient
) -> None:
    wrong, routes = [], _routes(app)
    for method, path in routes:
        lacks = _lacking(await http.request(method, BASE + path))
        wrong += [(method, path, lacks)] if lacks else []
    assert wrong == []
    assert len(routes) > 200


async def test_what_is_refused_early_carries_the_headers_too(http: httpx.AsyncClient) -> None:
    refused = {
        404: await http.get("/no/such/page"),
        405: await http.delete("/search"),
        403: await http.post("/sign-in", data={"email": "ana@example.test"}),
        400: await http.post("/api/v1/tokens", content=b"{", headers={"content-type": "application/json"}),
        413: await http.post("/api/v1/tokens", content=b" " * (LARGEST_BODY + 1)),
    }
    assert {status: answer.status_code for status, answer in refused.items()} == {
        status: status for status in refused
    }
    assert {status: _lacking(answer) for status, answer in refused.items()} == {
        status: [] for status in refused
    }


async def test_a_host_that_is_not_ours_is_refused(http: httpx.AsyncClient) -> None:
    for host in ("evil.example", "127.0.0.1:8000.evil.example", "127.0.0.1:9"):
        answer = await http.get("/", headers={"host": host})
        assert answer.status_code == 400
        assert host not in answer.text
    assert (await http.get("/")).status_code == 200


@pytest.fixture(scope="module")
async def secure_app(settings: Settings) -> AsyncIterator[Litestar]:
    """The application behind TLS."""
    async with alive(create_app(settings.model_copy(update={"public_url": SECURE_SITE}))) as application:
        yield application


@pytest.fixture
async def secure(secure_app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that reaches the application behind TLS."""
    transport = httpx.ASGITransport(app=secure_app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=SECURE_SITE) as client:
        yield client


async def test_behind_tls_browsers_are_told_to_stay_there_and_no_cookie_goes_without_it(
    secure: httpx.AsyncClient, database: Database
) -> None:
    someone, _ = await person(database)
    page = await secure.get("/sign-in")
    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    token = {"x-csrftoken": secure.cookies["needlewise_csrf"]}
    form = {"email": someone.email, "password": PASSWORD}
    signed_in = await secure.post("/sign-in", data=form, headers=token)
    assert signed_in.status_code == 303
    theme = await secure.post("/theme", data={"theme": "night"}, headers=token)
    given = [
        cookie for answer in (page, signed_in, theme) for cookie in answer.headers.get_list("set-cookie")
    ]
    names = {cookie.partition("=")[0] for cookie in given}
    assert {"needlewise_csrf", "needlewise_session", "needlewise_theme"} <= names
    assert all("; secure" in cookie.lower() and "samesite=lax" in cookie.lower() for cookie in given)
    hidden = [cookie for cookie in given if not cookie.startswith("needlewise_theme")]
    assert all("httponly" in cookie.lower() for cookie in hidden)


async def test_a_session_is_new_with_each_sign_in_and_ends_with_sign_out(
    http: httpx.AsyncClient, database: Database
) -> None:
    someone, _ = await person(database)
    form = {"email": someone.email, "password": PASSWORD}
    planted = "a-session-that-somebody-else-has-chosen"
    http.cookies.set("needlewise_session", planted, domain="127.0.0.1")
    tokens = []
    for _ in range(2):
        await http.get("/sign-in")
        token = {"x-csrftoken": http.cookies["needlewise_csrf"]}
        http.cookies.delete("needlewise_session")
        assert (await http.post("/sign-in", data=form, headers=token)).status_code == 303
        tokens.append(http.cookies["needlewise_session"])
    assert len({planted, *tokens}) == 3
    await http.post("/sign-out", headers={"x-csrftoken": http.cookies["needlewise_csrf"]})
    http.cookies.set("needlewise_session", tokens[-1], domain="127.0.0.1")
    assert (await http.get("/account")).status_code in {302, 303}


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "evil"]
)
async def test_signing_in_leads_to_this_site_alone(
    http: httpx.AsyncClient, database: Database, wanted: str
) -> None:
    someone, _ = await person(database)
    await http.get("/sign-in")
    token = {"x-csrftoken": http.cookies["needlewise_csrf"]}
    form = {"email": someone.email, "password": PASSWORD, "next": wanted}
    answer = await http.post("/sign-in", data=form, headers=token)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/")
    assert "evil" not in answer.headers["location"]


async def test_a_request_that_takes_too_long_is_ended_and_says_so() -> None:
    ended = []

    @get("/api/v1/stuck")
    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("undone")

    stub = Litestar(
        [stuck],
        middleware=[TimeLimit(0.01)],
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,  # the rest of the run keeps its own
    )
    transport = httpx.ASGITransport(app=stub)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        answer = await client.get("/api/v1/stuck")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    assert ended == ["undone"]
