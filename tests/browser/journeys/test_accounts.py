"""The room of accounts by its pages, with every process running, with scripts and without.

Somebody forgets the password, takes another address, sets up a second factor, signs in with it, and looks at the
signed-in devices.
"""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.async_api import Browser

from services.kernel.work import Database
from tests.browser.journeys.test_journey import link_in
from tests.browser.looking import Person, open_person
from tests.factories import PASSWORD
from tests.fixtures import MovableClock

EMAIL, NEW_EMAIL, NEW_PASSWORD = "ana@example.test", "ana.torres@example.test", "lamps along the quay"


async def sign_up_and_forget(ana: Person, mailbox: Person) -> None:
    await ana.open("/sign-up")
    await ana.fill(name="Ana Torres", email=EMAIL, password="password1234")
    await ana.press("Create the account")
    await ana.sees("it has leaked")
    await ana.look("guessable")
    await ana.fill(password=PASSWORD)
    await ana.press("Create the account", leads_to="**/account")
    await ana.open(link_in(await mailbox.mail(EMAIL, "account.verify_email"), "/verify-email/"))
    await ana.sees("is proved")
    await ana.open("/forgot-password")
    await ana.look("forgotten")
    await ana.fill(email=EMAIL)
    await ana.press("Send the link", leads_to="**/forgot-password/sent")
    await ana.look("forgotten-sent")
    link = link_in(await mailbox.mail(EMAIL, "account.reset_password"), "/reset-password/")
    await ana.open(link)
    await ana.look("reset")
    await ana.fill(password=NEW_PASSWORD)
    await ana.press("Save the password", leads_to="**/sign-in")
    await ana.sees("Your password is changed")
    await ana.page.goto(link)
    await ana.sees("This link opens nothing more")
    await ana.look("link-over")
    await mailbox.mail(EMAIL, "account.password_changed")


async def sign_in_by_keyboard(ana: Person) -> None:
    await ana.open("/sign-in")
    await ana.look("sign-in")
    await ana.page.locator("main [name=email]").focus()
    await ana.page.keyboard.type(EMAIL)
    await ana.page.keyboard.press("Tab")
    await ana.page.keyboard.type(NEW_PASSWORD)
    await ana.page.keyboard.press("Enter")
    await ana.page.wait_for_url("**/account/bookings")
    await ana.look("own-bookings")


async def take_another_address(ana: Person, mailbox: Person) -> None:
    await ana.open("/account/email")
    await ana.fill(email=NEW_EMAIL, current=NEW_PASSWORD)
    await ana.press("Send the link")
    await ana.sees("waits for its proof")
    await ana.look("email-waits")
    await mailbox.mail(EMAIL, "account.new_email_asked")
    await ana.open(link_in(await mailbox.mail(NEW_EMAIL, "account.new_email"), "/account/email/"))
    await ana.look("new-email")
    await ana.press(f"Use {NEW_EMAIL}", leads_to="**/account")
    await ana.sees(f"Your address is {NEW_EMAIL} from now on.")


async def set_up_second_factor(ana: Person, clock: MovableClock) -> tuple[pyotp.TOTP, str]:
    """Gives the app, and a recovery code."""
    await ana.open("/account/second-factor")
    await ana.look("second-factor-set-up")
    secret = (await ana.page.locator("#secret").inner_text()).replace(" ", "")
    app = pyotp.TOTP(secret)
    await ana.fill(code=app.at(await clock.now()), current=NEW_PASSWORD)
    await ana.press("Switch it on")
    await ana.sees("Your recovery codes")
    await ana.look("recovery-codes")
    (code, *_) = re.findall(
        r"[a-z2-9]{5}-[a-z2-9]{5}", await ana.page.locator("#recovery-codes").inner_text()
    )
    await ana.follow("I have kept them", leads_to="**/account")
    await ana.open("/account/second-factor")
    await ana.look("second-factor-on")
    return app, code


async def sign_in_elsewhere(other: Person, code: str) -> None:
    await other.open("/sign-in")
    await other.fill(email=NEW_EMAIL, password=NEW_PASSWORD)
    await other.press("Sign in", leads_to="**/sign-in/code**")
    await other.look("sign-in-code")
    await other.fill(code="123456")
    await other.press("Continue")
    await other.sees("This is not the code")
    await other.fill(code=code)
    await other.press("Continue", leads_to="**/account/bookings")


async def look_at_devices(ana: Person) -> None:
    await ana.open("/account/devices")
    await ana.sees("Elsewhere")
    await ana.look("devices")
    await ana.press("Sign out everywhere else")
    await ana.sees("You are signed in nowhere else.")
    await ana.open("/account/password")
    await ana.look("password")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="with scripts", marks=pytest.mark.walk),
        pytest.param(False, id="without scripts", marks=pytest.mark.prove),
    ],
)
async def test_an_account_is_kept_by_its_pages(
    browser: Browser, product: str, database: Database, clock: MovableClock, *, script: bool
) -> None:
    mailbox = await open_person(browser, product, "mailbox")
    await mailbox.open("/dev/mailbox")
    ana = await open_person(browser, product, "ana", script=script)
    other = await open_person(browser, product, "other", script=script)
    await sign_up_and_forget(ana, mailbox)
    await sign_in_by_keyboard(ana)
    await take_another_address(ana, mailbox)
    _, recovery_code = await set_up_second_factor(ana, clock)
    await sign_in_elsewhere(other, recovery_code)
    await look_at_devices(ana)
    assert ana.findings + other.findings == []
