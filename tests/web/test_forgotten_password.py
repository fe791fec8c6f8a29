"""A forgotten password, from the sign-in page to the new one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from infra.platform.observability import configure_logging
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.web.forms import post
from tests.web.mail import link_sent, sent
from tests.web.people import PASSWORD

ANA = {"name": "Ana Torres", "email": "ana@example.com", "password": PASSWORD}
NEW = {"password": "lamps along the quay"}
KIND = "account.reset_password"


async def _ask(http: httpx.AsyncClient, email: str = "ana@example.com") -> httpx.Response:
    return await post(http, "/forgot-password", {"email": email})


async def _link(http: httpx.AsyncClient, database: Database) -> str:
    await post(http, "/sign-up", ANA)
    await _ask(http)
    return await link_sent(database, "ana@example.com", KIND, "/reset-password/")


async def test_from_the_sign_in_page_to_another_password(http: httpx.AsyncClient, database: Database) -> None:
    path = await _link(http, database)
    http.cookies.delete("needlewise_session")
    assert 'href="/forgot-password"' in (await http.get("/sign-in")).text
    shown = await http.get(path)
    assert "For ana@example.com" in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"
    changed = await post(http, path, NEW)
    assert (changed.status_code, changed.headers["location"]) == (303, "/sign-in")
    assert "Your password is changed" in (await http.get("/sign-in")).text
    assert (await post(http, "/sign-in", ANA)).status_code == 422
    assert (await post(http, "/sign-in", {**ANA, **NEW})).status_code == 303
    (told,) = await sent(database, "ana@example.com", "account.password_changed")
    assert told.subject == "Your password was changed"
    assert "/forgot-password" in told.text


async def test_the_answer_is_the_same_for_known_and_unknown_addresses(
    http: httpx.AsyncClient, database: Database
) -> None:
    await post(http, "/sign-up", ANA)
    known, unknown = await _ask(http), await _ask(http, "nobody@example.com")
    assert known.status_code == unknown.status_code == 303
    assert known.headers["location"] == unknown.headers["location"] == "/forgot-password/sent"
    assert known.content == unknown.content
    assert "If there is an account" in (await http.get("/forgot-password/sent")).text
    assert len(await sent(database, "ana@example.com", KIND)) == 1
    assert await sent(database, "nobody@example.com", KIND) == []


async def test_what_is_no_address_is_told_at_its_field(http: httpx.AsyncClient) -> None:
    shown = await _ask(http, "ana at example")
    assert shown.status_code == 422
    assert 'value="ana at example"' in shown.text
    assert 'id="email-error"' in shown.text


async def test_two_clicks_send_one_message(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await post(http, "/sign-up", ANA)
    now = await clock.now()
    await clock.advance(timedelta(seconds=61 - now.second))
    for _ in range(2):
        await _ask(http)
    assert len(await sent(database, "ana@example.com", KIND)) == 1


async def test_resetting_signs_every_device_out_this_one_too(
    http: httpx.AsyncClient, database: Database
) -> None:
    path = await _link(http, database)
    session = http.cookies["needlewise_session"]
    await post(http, path, NEW)
    assert "needlewise_session" not in http.cookies
    http.cookies.set("needlewise_session", session)
    assert (await http.get("/account")).headers["location"] == "/sign-in?next=/account"


async def test_a_used_link_says_so_and_offers_another(http: httpx.AsyncClient, database: Database) -> None:
    path = await _link(http, database)
    assert (await post(http, path, NEW)).status_code == 303
    again = await http.get(path)
    assert again.status_code == 410
    assert "was used" in again.text
    assert 'href="/forgot-password"' in again.text
    twice = await post(http, path, {"password": "another walk by the sea"}, "/sign-in")
    assert twice.status_code == 410


async def test_a_late_link_and_a_broken_one_offer_another(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    path = await _link(http, database)
    broken = await http.get(path[:-3])
    assert (broken.status_code, 'href="/forgot-password"' in broken.text) == (404, True)
    await clock.advance(timedelta(hours=1, minutes=1))
    late = await http.get(path)
    assert (late.status_code, "has expired" in late.text) == (410, True)
    assert (await post(http, path, NEW, "/forgot-password")).status_code == 410


async def test_a_guessable_password_keeps_the_link_good(http: httpx.AsyncClient, database: Database) -> None:
    path = await _link(http, database)
    shown = await post(http, path, {"password": "password1234"})
    assert shown.status_code == 422
    assert 'id="password-error"' in shown.text
    assert "password1234" not in shown.text
    assert (await post(http, path, NEW)).status_code == 303


@pytest.fixture
def every_line() -> Iterator[None]:
    configure_logging("tests")
    yield
    configure_logging("tests", least=logging.WARNING)


@pytest.mark.usefixtures("every_line")
async def test_the_link_is_in_no_log(
    http: httpx.AsyncClient, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = await _link(http, database)
    await http.get(path)
    written = capsys.readouterr()
    assert "/reset-password/" in written.out + written.err
    assert path.rpartition("/")[2] not in written.out + written.err


async def test_a_form_of_another_site_changes_nothing(http: httpx.AsyncClient, database: Database) -> None:
    path = await _link(http, database)
    await http.get(path)
    assert (await http.post(path, data=NEW)).status_code == 403
    assert (await http.post("/forgot-password", data={"email": "ana@example.com"})).status_code == 403
    assert (await http.get(path)).status_code == 200
