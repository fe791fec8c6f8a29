"""Pages of accounts, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest

from services.accounts import service as accounts
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.conftest import MovableClock
from tests.web.people import PASSWORD

ANA = {"name": "Ana Torres", "email": "ana@example.com", "password": PASSWORD}


async def post(http: httpx.AsyncClient, path: str, data: dict[str, str], page: str = "") -> httpx.Response:
    """Loads the page with the form, and sends the form with its CSRF token."""
    shown = await http.get(page or path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert token, shown.text[:300]
    return await http.post(path, data={**data, "_csrf_token": token.group(1)})


async def _verification_path(database: Database, email: str) -> str:
    async with database.begin(PublicScope()) as work:
        account = await accounts.find_by_email(work, email)
        assert account is not None
        return urlsplit(await accounts.verification_link(work, account.account_id)).path


async def test_signing_up_leads_to_the_account_signed_in(http: httpx.AsyncClient) -> None:
    made = await post(http, "/sign-up", ANA)
    assert (made.status_code, made.headers["location"]) == (303, "/account")
    account = await http.get("/account")
    assert account.status_code == 200
    assert "Ana Torres" in account.text
    assert "Prove your e-mail address" in account.text


async def test_signing_up_for_a_clinic_leads_to_its_first_step(http: httpx.AsyncClient) -> None:
    made = await post(http, "/sign-up", {**ANA, "for": "clinic"}, "/sign-up?for=clinic")
    assert made.headers["location"] == "/clinic/new"


async def test_a_wrong_form_keeps_what_was_typed_but_the_password(http: httpx.AsyncClient) -> None:
    shown = await post(http, "/sign-up", {**ANA, "email": "ana at example"})
    assert shown.status_code == 422
    assert 'value="ana at example"' in shown.text
    assert 'value="Ana Torres"' in shown.text
    assert "This is not an e-mail address" in shown.text
    assert PASSWORD not in shown.text


async def test_signing_in_leads_to_where_one_wanted_to_go(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", ANA)
    first = http.cookies["needlewise_session"]
    out = await post(http, "/sign-out", {}, "/account")
    assert (out.status_code, "needlewise_session" in http.cookies) == (303, False)
    asked = await http.get("/account")
    assert asked.headers["location"] == "/sign-in?next=/account"
    back = await post(
        http, "/sign-in", {**ANA, "next": "/account/bookings"}, "/sign-in?next=/account/bookings"
    )
    assert (back.status_code, back.headers["location"]) == (303, "/account/bookings")
    assert http.cookies["needlewise_session"] != first


@pytest.mark.parametrize("wanted", ["//evil.test", "https://evil.test", "/\\evil.test", "evil", "/a\nb"])
async def test_signing_in_never_leads_to_another_site(http: httpx.AsyncClient, wanted: str) -> None:
    await post(http, "/sign-up", ANA)
    await post(http, "/sign-out", {}, "/account")
    answer = await post(http, "/sign-in", {**ANA, "next": wanted})
    assert answer.headers["location"] == "/account"


async def test_a_wrong_password_keeps_the_address(http: httpx.AsyncClient) -> None:
    shown = await post(http, "/sign-in", {"email": "ana@example.com", "password": "wrong password"})
    assert shown.status_code == 422
    assert 'value="ana@example.com"' in shown.text
    assert "is not right" in shown.text
    empty = await post(http, "/sign-in", {"email": "", "password": ""})
    assert empty.text.count("Fill this in.") >= 2


async def test_a_second_factor_is_asked_for_and_taken(http: httpx.AsyncClient, database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        uri = await accounts.create_moderator(work, "mo@example.com", "Mo", PASSWORD)
        now = work.now
    given = {"email": "mo@example.com", "password": PASSWORD}
    asked = await post(http, "/sign-in", given)
    assert asked.status_code == 422
    assert "authenticator app" in asked.text
    code = pyotp.parse_uri(uri).at(now)  # type: ignore[attr-defined]
    answer = await post(http, "/sign-in", {**given, "totp": code})
    assert answer.status_code == 303


async def test_the_link_proves_the_address(http: httpx.AsyncClient, database: Database) -> None:
    await post(http, "/sign-up", ANA)
    path = await _verification_path(database, "ana@example.com")
    answer = await http.get(path)
    assert answer.headers["location"] == "/account"
    assert "Prove your e-mail address" not in (await http.get("/account")).text
    http.cookies.clear()
    assert (await http.get(path)).headers["location"] == "/sign-in"


async def test_a_late_link_says_so_and_another_can_be_asked_for(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await post(http, "/sign-up", ANA)
    path = await _verification_path(database, "ana@example.com")
    await clock.advance(timedelta(days=3, minutes=1))
    late = await http.get(path)
    assert late.status_code == 410
    assert "has expired" in late.text
    again = await post(http, "/verify-email/again", {"next": "/account"}, "/account")
    assert (again.status_code, again.headers["location"]) == (303, "/account")
    assert (await http.get("/verify-email/nonsense")).status_code == 404


async def test_name_and_password_are_changed_on_the_account_page(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", ANA)
    assert (await post(http, "/account/name", {"name": "Ana T."}, "/account")).status_code == 303
    assert "Ana T." in (await http.get("/account")).text
    assert (await post(http, "/account/name", {"name": ""}, "/account")).status_code == 422
    wrong = await post(
        http, "/account/password", {"current": "no", "password": "another long one"}, "/account"
    )
    assert (wrong.status_code, "not your present password" in wrong.text) == (422, True)
    right = {"current": PASSWORD, "password": "another long one"}
    assert (await post(http, "/account/password", right, "/account")).status_code == 303
    assert (await http.get("/account")).status_code == 200


async def test_a_form_without_its_token_is_refused(http: httpx.AsyncClient) -> None:
    await http.get("/sign-up")
    assert (await http.post("/sign-up", data=ANA)).status_code == 403


async def test_signed_in_people_are_led_past_signing_in(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", ANA)
    assert (await http.get("/sign-in?next=/account/bookings")).headers["location"] == "/account/bookings"
    assert (await http.get("/sign-up?for=clinic")).headers["location"] == "/clinic/new"


async def test_colours_are_chosen_and_lead_back(http: httpx.AsyncClient) -> None:
    chosen = await post(http, "/theme", {"theme": "night", "next": "/sign-in"}, "/sign-in")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in")
    assert 'data-theme="night"' in (await http.get("/sign-in")).text
    away = await post(http, "/theme", {"theme": "auto", "next": "//evil.test"}, "/sign-in")
    assert away.headers["location"] == "/"
    assert "data-theme" not in (await http.get("/sign-in")).text


async def test_an_unknown_address_is_a_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/search"' in answer.text
