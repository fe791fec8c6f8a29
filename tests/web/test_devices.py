"""Where one is signed in, on its page and by the API."""

from __future__ import annotations

import re

import httpx

from services.kernel.ids import new_id
from services.kernel.work import Database
from tests.factories import PASSWORD, person
from tests.web.forms import post

EMAIL = "ana@example.test"
ANA = {"email": EMAIL, "password": PASSWORD}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
PAGE = "/account/devices"


async def _here_and_there(http: httpx.AsyncClient, database: Database) -> str:
    """Signed in here with Firefox, and there with a program, whose token is given."""
    _, token = await person(database, email=EMAIL)
    http.headers["user-agent"] = FIREFOX
    await post(http, "/sign-in", ANA)
    return token


async def _works(api: httpx.AsyncClient, token: str) -> bool:
    return (await api.get("/account", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_one_device_is_signed_out(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    token = await _here_and_there(http, database)
    shown = (await http.get(PAGE)).text
    assert "Firefox on Linux" in shown
    assert "This device" in shown
    assert "A program with a token" in shown
    (path,) = re.findall(r'action="(/account/devices/[^"]+/end)"', shown)
    assert (await http.post(path)).status_code == 403
    assert await _works(api, token)
    assert (await post(http, path, {}, PAGE)).headers["location"] == PAGE
    assert not await _works(api, token)
    assert (await post(http, path, {}, PAGE)).headers["location"] == PAGE
    assert "not signed in any more" in (await http.get(PAGE)).text


async def test_every_other_device_is_signed_out(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    token = await _here_and_there(http, database)
    ended = await post(http, f"{PAGE}/end-others", {}, PAGE)
    assert ended.headers["location"] == PAGE
    assert not await _works(api, token)
    shown = (await http.get(PAGE)).text
    assert "signed in nowhere else" in shown


async def test_a_strangers_device_is_not_ended(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    _, theirs = await person(database, email="bo@example.test")
    listed = await api.get("/account/sign-ins", headers={"Authorization": f"Bearer {theirs}"})
    (target,) = [one["id"] for one in listed.json()["items"]]
    token = await _here_and_there(http, database)
    await post(http, f"{PAGE}/{target}/end", {}, PAGE)
    mine = {"Authorization": f"Bearer {token}"}
    assert (await api.delete(f"/account/sign-ins/{target}", headers=mine)).status_code == 404
    assert (await api.delete(f"/account/sign-ins/{new_id()}", headers=mine)).status_code == 404
    assert await _works(api, theirs)


async def test_a_program_sees_its_account_and_ends_a_sign_in(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    token = await _here_and_there(http, database)
    mine = {"Authorization": f"Bearer {token}"}
    own = (await api.get("/account", headers=mine)).json()
    assert (own["email"], own["second_factor"], own["clinics"]) == (EMAIL, False, [])
    listed = (await api.get("/account/sign-ins", headers=mine)).json()["items"]
    browser = next(one for one in listed if not one["current"])
    assert (browser["device"], browser["kind"]) == ("Firefox on Linux", "session")
    assert (await api.delete(f"/account/sign-ins/{browser['id']}", headers=mine)).status_code == 204
    assert (await http.get("/account")).headers["location"] == "/sign-in?next=/account"
    for path in ("/account", "/account/sign-ins"):
        assert (await api.get(path)).status_code == 401
