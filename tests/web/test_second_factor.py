"""The second factor on its pages: set up, signed in with, required, switched off."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import pyotp

from services.accounts import service as accounts
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.factories import PASSWORD, live_clinic, person
from tests.fixtures import MovableClock
from tests.web.forms import post
from tests.web.mail import sent

EMAIL = "ana@example.test"
ANA = {"email": EMAIL, "password": PASSWORD}
PAGE = "/account/second-factor"
A_STEP = timedelta(seconds=30)


async def _signed_in(http: httpx.AsyncClient, database: Database) -> None:
    await person(database, email=EMAIL)
    assert (await post(http, "/sign-in", ANA)).status_code == 303


async def _app(http: httpx.AsyncClient) -> pyotp.TOTP:
    uri = re.search(r'href="(otpauth://[^"]+)"', (await http.get(PAGE)).text)
    assert uri
    app = pyotp.parse_uri(html.unescape(uri[1]))
    assert isinstance(app, pyotp.TOTP)
    return app


async def _switch_on(http: httpx.AsyncClient, clock: MovableClock) -> tuple[pyotp.TOTP, list[str]]:
    app = await _app(http)
    done = await post(http, PAGE, {"current": PASSWORD, "code": app.at(await clock.now())})
    assert done.status_code == 200, done.text
    codes = re.findall(r"<code[^>]*>([a-z2-9]{5}-[a-z2-9]{5})</code>", done.text)
    assert len(codes) == 10
    await clock.advance(A_STEP)
    return app, codes


async def test_it_is_set_up_with_a_drawing_and_a_first_code(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await _signed_in(http, database)
    shown = (await http.get(PAGE)).text
    drawing = re.search(r"<svg[^>]*nw-qr.*?</svg>", shown, re.DOTALL)
    assert drawing
    assert "style=" not in drawing[0]
    assert "<script" not in drawing[0]
    session = http.cookies["needlewise_session"]
    await _switch_on(http, clock)
    assert http.cookies["needlewise_session"] != session
    assert "Recovery codes left" in (await http.get(PAGE)).text
    assert "Recovery codes left: 10" in (await http.get("/account")).text
    (told,) = await sent(database, EMAIL, "account.second_factor_changed")
    assert told.subject == "Your second factor is on"


async def test_reloading_the_page_shows_the_same_key_and_a_wrong_code_keeps_it(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await _signed_in(http, database)
    first = await _app(http)
    wrong = await post(http, PAGE, {"current": PASSWORD, "code": "abc", "next": "/account/bookings"})
    assert wrong.status_code == 422
    assert 'id="code-error"' in wrong.text
    assert 'value="/account/bookings"' in wrong.text
    assert first.secret == (await _app(http)).secret
    assert 'id="current-error"' in (await post(http, PAGE, {"current": "no", "code": "123456"})).text
    assert (await http.post(PAGE, data={"current": PASSWORD, "code": "123456"})).status_code == 403


async def test_an_address_is_proved_first(http: httpx.AsyncClient) -> None:
    await post(http, "/sign-up", {**ANA, "name": "Ana Torres"})
    shown = (await http.get(PAGE)).text
    assert "Prove your e-mail address" in shown
    assert "otpauth:" not in shown
    refused = await post(http, PAGE, {"current": PASSWORD, "code": "123456"}, "/account")
    assert refused.headers["location"] == PAGE


async def test_signing_in_takes_two_steps(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await _signed_in(http, database)
    app, codes = await _switch_on(http, clock)
    await post(http, "/sign-out", {}, "/account")
    first = await post(
        http, "/sign-in", {**ANA, "next": "/account/bookings"}, "/sign-in?next=/account/bookings"
    )
    step = first.headers["location"]
    assert step == "/sign-in/code?next=%2Faccount%2Fbookings"
    assert "needlewise_session" not in http.cookies
    assert (await http.get("/account")).status_code == 302
    wrong = await post(http, "/sign-in/code", {"code": "abcde-fghjk", "next": "/account/bookings"}, step)
    assert wrong.status_code == 422
    assert 'id="code-error"' in wrong.text
    done = await post(
        http, "/sign-in/code", {"code": app.at(await clock.now()), "next": "/account/bookings"}, step
    )
    assert (done.status_code, done.headers["location"]) == (303, "/account/bookings")
    assert "needlewise_ticket" not in http.cookies
    await post(http, "/sign-out", {}, "/account")
    await post(http, "/sign-in", ANA)
    assert (await post(http, "/sign-in/code", {"code": codes[0]})).status_code == 303


async def test_one_form_with_password_and_code_is_taken_too(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await _signed_in(http, database)
    app, _ = await _switch_on(http, clock)
    await post(http, "/sign-out", {}, "/account")
    wrong = await post(http, "/sign-in", {**ANA, "totp": "000"})
    assert wrong.status_code == 422
    done = await post(http, "/sign-in", {**ANA, "totp": app.at(await clock.now())})
    assert (done.status_code, done.headers["location"]) == (303, "/account/bookings")


async def test_a_late_ticket_asks_for_the_password_again(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    assert (await http.get("/sign-in/code")).headers["location"] == "/sign-in"
    await _signed_in(http, database)
    _, codes = await _switch_on(http, clock)
    await post(http, "/sign-out", {}, "/account")
    await post(http, "/sign-in", ANA)
    shown = await http.get("/sign-in/code")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert token
    await clock.advance(timedelta(minutes=11))
    late = await http.post("/sign-in/code", data={"code": codes[0], "_csrf_token": token[1]})
    assert late.headers["location"] == "/sign-in"
    assert "Type your password again" in (await http.get("/sign-in")).text


async def test_codes_are_made_anew_and_it_is_switched_off_with_a_code(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    await _signed_in(http, database)
    app, codes = await _switch_on(http, clock)
    assert (await post(http, f"{PAGE}/codes", {"code": "no"}, PAGE)).status_code == 422
    renewed = await post(http, f"{PAGE}/codes", {"code": app.at(await clock.now())}, PAGE)
    assert renewed.status_code == 200
    assert codes[0] not in renewed.text
    fresh = re.findall(r"<code[^>]*>([a-z2-9]{5}-[a-z2-9]{5})</code>", renewed.text)
    session = http.cookies["needlewise_session"]
    assert (await post(http, f"{PAGE}/off", {"code": codes[0]}, PAGE)).status_code == 422
    off = await post(http, f"{PAGE}/off", {"code": fresh[0]}, PAGE)
    assert (off.status_code, off.headers["location"]) == (303, "/account")
    assert http.cookies["needlewise_session"] != session
    for path in (f"{PAGE}/off", f"{PAGE}/codes"):
        assert (await post(http, path, {"code": fresh[1]}, "/account")).headers["location"] == PAGE


async def test_moderators_see_that_it_stays_on(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    async with database.begin(PublicScope()) as work:
        app = pyotp.parse_uri(await accounts.create_moderator(work, EMAIL, "Mo", PASSWORD))
    assert isinstance(app, pyotp.TOTP)
    await post(http, "/sign-in", {**ANA, "totp": app.at(await clock.now())})
    shown = (await http.get(PAGE)).text
    assert "cannot be switched off here" in shown
    assert f"{PAGE}/off" not in shown
    code = app.at(await clock.advance(A_STEP))
    refused = await post(http, f"{PAGE}/off", {"code": code}, PAGE)
    assert refused.status_code == 422
    assert "Moderators always" in refused.text


async def test_a_moderator_without_one_is_led_to_set_it_up(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin(PublicScope()) as work:
        await accounts.create_moderator(work, EMAIL, "Mo", PASSWORD, second_factor=False)
    await post(http, "/sign-in", ANA)
    led = await http.get("/admin/cases")
    assert (led.status_code, led.headers["location"]) == (303, f"{PAGE}?next=/admin/cases")
    token = (await api.post("/tokens", json=ANA)).json()["token"]
    refused = await api.get("/admin/cases", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (403, "second-factor-required")


async def test_an_owner_of_a_public_clinic_is_asked_and_has_two_weeks(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    owner = {"email": world.owner.email, "password": PASSWORD}
    team, home = f"/clinic/{world.slug}/team", f"/clinic/{world.slug}"
    first = await post(http, "/sign-in", owner)
    assert first.headers["location"] == PAGE
    assert "within two weeks" in (await http.get(PAGE)).text
    assert "Set up your second factor" in (await http.get(home)).text
    await post(http, "/sign-out", {}, "/account")
    led = await post(http, "/sign-in", {**owner, "next": team}, f"/sign-in?next={team}")
    assert led.headers["location"] == team
    await clock.advance(timedelta(days=13))
    assert (await http.get(team)).status_code == 200
    await clock.advance(timedelta(days=1))
    refused = await http.get(team)
    assert (refused.status_code, refused.headers["location"]) == (303, f"{PAGE}?next={team}")
    assert "Until you have it you cannot change the team" in (await http.get(PAGE)).text
    assert (await http.get(home)).status_code == 200
    answer = await api.get(f"/manage/{world.slug}/export", headers=world.bearer)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (403, "second-factor-required")
    await _switch_on(http, clock)
    assert (await http.get(team)).status_code == 200
    assert "Set up your second factor" not in (await http.get(home)).text


async def test_nobody_else_is_asked(http: httpx.AsyncClient, database: Database) -> None:
    await person(database, email=EMAIL)
    answer = await post(http, "/sign-in", ANA)
    assert answer.headers["location"] == "/account/bookings"
    assert "Set up your second factor" not in (await http.get("/account")).text
