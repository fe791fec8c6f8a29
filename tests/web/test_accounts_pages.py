"""Pages of accounts, as a browser without JavaScript uses them."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args
from urllib.parse import urlsplit

import httpx
import pytest

from services.accounts import service as accounts
from services.accounts.schemas import Language
from services.clinics import service as clinics
from services.kernel.language import LANGUAGES
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import draft_clinic
from tests.web.forms import post
from tests.web.people import PASSWORD

ANA = {"name": "Ana Torres", "email": "ana@example.com", "password": PASSWORD}


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
    assert answer.headers["location"] == "/account/bookings"


async def test_signing_in_leads_to_ones_own_work(http: httpx.AsyncClient, database: Database) -> None:
    draft = await draft_clinic(database)
    async with database.begin(draft.scope) as work:
        (owner,) = await clinics.list_owners(work)
    signed_in = await post(http, "/sign-in", {"email": owner.email, "password": PASSWORD})
    assert signed_in.headers["location"] == f"/clinic/{draft.slug}"
    assert (await http.get("/sign-in")).headers["location"] == f"/clinic/{draft.slug}"


async def test_a_wrong_password_keeps_the_address(http: httpx.AsyncClient) -> None:
    shown = await post(http, "/sign-in", {"email": "ana@example.com", "password": "wrong password"})
    assert shown.status_code == 422
    assert 'value="ana@example.com"' in shown.text
    assert "is not right" in shown.text
    empty = await post(http, "/sign-in", {"email": "", "password": ""})
    assert empty.text.count("Fill this in.") >= 2


async def test_the_link_proves_the_address(http: httpx.AsyncClient, database: Database) -> None:
    await post(http, "/sign-up", ANA)
    path = await _verification_path(database, "ana@example.com")
    answer = await http.get(path)
    assert answer.headers["location"] == "/account/bookings"
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


async def test_name_and_password_are_changed_on_their_pages(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", ANA)
    assert (await post(http, "/account", {"name": "Ana T.", "language": "en"})).status_code == 303
    assert "Ana T." in (await http.get("/account")).text
    assert (await post(http, "/account", {"name": "", "language": "xx"})).status_code == 422
    before = http.cookies["needlewise_session"]
    wrong = await post(http, "/account/password", {"current": "no", "password": "lamps along the quay"})
    assert (wrong.status_code, "not your present password" in wrong.text) == (422, True)
    right = {"current": PASSWORD, "password": "lamps along the quay"}
    assert (await post(http, "/account/password", right)).status_code == 303
    assert http.cookies["needlewise_session"] != before
    assert (await http.get("/account")).status_code == 200


def test_the_languages_of_accounts_are_those_of_the_pages() -> None:
    assert set(get_args(Language)) == set(LANGUAGES)


async def test_pages_are_in_ones_own_language_after_signing_in(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", ANA)
    saved = await post(http, "/account", {"name": "Ana Torres", "language": "es"})
    assert saved.headers["location"] == "/es/account"
    assert 'lang="es"' in (await http.get("/es/account")).text
    await post(http, "/sign-out", {}, "/account")
    back = await post(http, "/sign-in", {**ANA, "next": "/account/bookings"})
    assert back.headers["location"] == "/es/account/bookings"
    saved = await post(http, "/es/account", {"name": "Ana Torres", "language": "en"})
    assert saved.headers["location"] == "/en/account"


async def test_who_signs_up_in_spanish_is_led_to_spanish_pages(http: httpx.AsyncClient) -> None:
    made = await post(http, "/es/sign-up", ANA)
    assert made.headers["location"] == "/es/account"
    await post(http, "/es/sign-out", {}, "/es/account")
    assert (await post(http, "/sign-in", ANA)).headers["location"] == "/es/account/bookings"


async def test_spaces_at_the_ends_of_a_password_belong_to_it(http: httpx.AsyncClient) -> None:
    spaced = f"  {PASSWORD} "
    await post(http, "/sign-up", {**ANA, "password": spaced})
    await post(http, "/sign-out", {}, "/account")
    assert (await post(http, "/sign-in", ANA)).status_code == 422
    assert (await post(http, "/sign-in", {**ANA, "password": spaced})).status_code == 303


async def test_a_guessable_password_is_refused_with_a_word_at_its_field(http: httpx.AsyncClient) -> None:
    shown = await post(http, "/sign-up", {**ANA, "password": "password1234"})
    assert shown.status_code == 422
    assert 'id="password-error"' in shown.text
    assert "it has leaked" in shown.text
    assert (await post(http, "/sign-up", {**ANA, "password": "x" * 11})).status_code == 422
    assert (await post(http, "/sign-up", {**ANA, "password": "lamps along the quay " * 9})).status_code == 303


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
