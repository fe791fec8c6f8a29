"""Another e-mail address on its pages."""

from __future__ import annotations

import httpx

from services.kernel.work import Database
from tests.web.forms import post
from tests.web.mail import link_sent, sent
from tests.web.people import PASSWORD

ANA = {"name": "Ana Torres", "email": "ana@example.com", "password": PASSWORD}
ASKED = {"email": "new@example.com", "current": PASSWORD}


async def _proved(http: httpx.AsyncClient, database: Database, **person: str) -> None:
    who = {**ANA, **person}
    await post(http, "/sign-up", who)
    await http.get(await link_sent(database, who["email"], "account.verify_email", "/verify-email/"))


async def test_another_address_is_asked_for_proved_and_taken(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _proved(http, database)
    asked = await post(http, "/account/email", ASKED)
    assert (asked.status_code, asked.headers["location"]) == (303, "/account/email")
    waiting = (await http.get("/account/email")).text
    assert "new@example.com waits for its proof" in waiting
    path = await link_sent(database, "new@example.com", "account.new_email", "/account/email/")
    (warned,) = await sent(database, "ana@example.com", "account.new_email_asked")
    assert "new@example.com" not in warned.text
    shown = await http.get(path)
    assert "Use new@example.com" in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    before = http.cookies["needlewise_session"]
    taken = await post(http, path, {})
    assert (taken.status_code, taken.headers["location"]) == (303, "/account")
    assert http.cookies["needlewise_session"] != before
    assert "new@example.com" in (await http.get("/account")).text
    assert (await http.get(path)).status_code == 410


async def test_opening_the_link_alone_changes_nothing(http: httpx.AsyncClient, database: Database) -> None:
    await _proved(http, database)
    await post(http, "/account/email", ASKED)
    path = await link_sent(database, "new@example.com", "account.new_email", "/account/email/")
    for _ in range(2):
        assert (await http.get(path)).status_code == 200
    assert (await http.post(path, data={})).status_code == 403
    assert "ana@example.com" in (await http.get("/account/email")).text
    assert "waits for its proof" in (await http.get("/account")).text


async def test_the_link_leads_a_stranger_to_sign_in_and_another_account_nowhere(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _proved(http, database)
    await post(http, "/account/email", ASKED)
    path = await link_sent(database, "new@example.com", "account.new_email", "/account/email/")
    await post(http, "/sign-out", {}, "/account")
    assert (await http.get(path)).headers["location"] == f"/sign-in?next={path}"
    await _proved(http, database, email="bo@example.com")
    assert (await http.get(path)).status_code == 404
    assert (await post(http, path, {}, "/account")).status_code == 404
    await post(http, "/sign-out", {}, "/account")
    back = await post(http, "/sign-in", {**ANA, "next": path}, f"/sign-in?next={path}")
    assert back.headers["location"] == path


async def test_a_change_of_mind_keeps_the_present_address(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _proved(http, database)
    await post(http, "/account/email", ASKED)
    path = await link_sent(database, "new@example.com", "account.new_email", "/account/email/")
    dropped = await post(http, "/account/email/drop", {}, "/account/email")
    assert dropped.status_code == 303
    assert "waits for its proof" not in (await http.get("/account/email")).text
    assert (await http.get(path)).status_code == 410


async def test_a_wrong_password_and_the_same_address_are_told_at_their_fields(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _proved(http, database)
    wrong = await post(http, "/account/email", {**ASKED, "current": "not it"})
    assert wrong.status_code == 422
    assert 'id="current-error"' in wrong.text
    assert 'value="new@example.com"' in wrong.text
    same = await post(http, "/account/email", {**ASKED, "email": "ANA@example.com"})
    assert 'id="email-error"' in same.text
    assert await sent(database, "new@example.com", "account.new_email") == []


async def test_an_address_of_another_account_is_answered_like_any_other(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _proved(http, database, email="bo@example.com")
    await post(http, "/sign-out", {}, "/account")
    await _proved(http, database)
    asked = await post(http, "/account/email", {**ASKED, "email": "bo@example.com"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/account/email")
    assert "bo@example.com waits for its proof" in (await http.get("/account/email")).text
    assert await sent(database, "bo@example.com", "account.new_email") == []
