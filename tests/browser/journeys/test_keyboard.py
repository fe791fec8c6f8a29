"""From sign-up to a clinic that is sent in, by the keyboard alone, in no more pages than an owner has patience for."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from infra.ops.demo.papers import demo_certificate
from tests.browser.journeys.keys import Keys
from tests.browser.journeys.test_journey import ABOUT, HOME, OWNER, STERILE, link_in
from tests.browser.looking import open_person
from tests.factories import PASSWORD

MOST_PAGES = 12


async def found(keys: Keys) -> None:
    """The account, the clinic, its place, hours, room and device."""
    await keys.fill(name="Amara Osei", email=OWNER, password=PASSWORD)
    await keys.enter("Create the account")
    await keys.fill(name="Cedar Skin Studio", country="United States", currency="US")
    await keys.enter("Begin")
    await keys.fill(street="100 Congress Avenue", postcode="78701", city="Austin")
    await keys.enter("Next: opening hours")
    await keys.enter("Next: rooms")
    await keys.fill(name="Room 1")
    await keys.enter("Add the room")
    await keys.enter("Next: devices")
    await keys.fill(maker="Crown Aesthetics", model="SkinPen Precision", modality="pen", clearance="K202243")
    await keys.enter("Add the device")
    await keys.enter("Next: practitioners")


async def staff(keys: Keys) -> None:
    """The practitioner with a credential, and the menu."""
    await keys.fill(name="Dr Mira Holm", title="Dermatologist")
    await keys.enter("Add and continue")
    await keys.fill(kind="Dermatologist", number="MD-204981", issuer="Texas Medical Board")
    await keys.fill(jurisdiction="Texas, US")
    await keys.choose_file("file", demo_certificate(["Texas Medical Board", "MD-204981", "Dr Mira Holm"]))
    await keys.enter("Save")
    await keys.fill(name="Pen facial for acne scars", concerns="acne_scars")
    await keys.fill(minutes_face="20", price_face="240", sessions="3", course_price="660")
    await keys.enter("Add to the menu")


async def prove(keys: Keys) -> None:
    """The papers of the business, and the clinic in its own words."""
    await keys.fill(registration_number="0803512345", registration_issuer="Texas Secretary of State")
    await keys.choose_file("registration_file", demo_certificate(["Certificate of formation", "0803512345"]))
    await keys.fill(insurance_number="POL-88-1", insurance_issuer="Lone Star Mutual")
    await keys.fill(insurance_valid_until="12312099")
    await keys.choose_file("insurance_file", demo_certificate(["Lone Star Mutual", "POL-88-1"]))
    await keys.enter("Save")
    await keys.enter("Next: profile")
    await keys.fill(description=ABOUT, sterilisation_protocol=STERILE, sterilisation_checked_on="09012026")
    await keys.enter("Save")


@pytest.mark.walk
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_an_owner_sends_a_clinic_in_by_keyboard_in_twelve_pages(browser: Browser, product: str) -> None:
    owner = await open_person(browser, product, "owner")
    await owner.open("/sign-up?for=clinic")
    keys = Keys(owner, ["/sign-up"])
    await found(keys)
    await staff(keys)
    await prove(keys)
    await owner.page.goto(link_in(await owner.mail(OWNER, "account.verify_email"), "/verify-email/"))
    await keys.skip()
    await keys.enter("Send it to the moderators")
    await owner.sees("It is with our moderators now.")
    assert keys.pages[-1] == HOME
    assert len(keys.pages) <= MOST_PAGES, keys.pages
    assert owner.refused == []
