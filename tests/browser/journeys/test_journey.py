"""From a clinic's first page to a client's published review, by pages alone, with every process running.

The owner signs up, proves the address, sets the clinic up with place, room, device, practitioner, credential, evidence,
treatment and profile, and sends it in; a moderator signs in with a second factor
and approves it; a client searches, compares, books a whole course, visits, answers the check-in and writes a review.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.async_api import Browser

from infra.ops.demo.papers import demo_certificate
from services.accounts import service as accounts
from services.courses.followup_rules import SIGNS
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.browser.looking import Person, open_person
from tests.factories import PASSWORD, live_clinic
from tests.fixtures import MovableClock

OWNER, CLIENT, MODERATOR = "owner@cedar.test", "ana@example.test", "robin@needlewise.test"
HOME = "/clinic/cedar-skin-studio"
ABOUT = "A small practice for skin. We treat acne scars and lines, and we tell you when waiting is better."
STERILE = (
    "Single-use cartridges, opened in front of you. Surfaces are wiped with 70 % alcohol between clients."
)
REVIEW = "They opened the cartridge in front of me and said what to expect on each day."


def link_in(message: dict[str, Any], part: str) -> str:
    """The first address in a message that holds the part."""
    found = re.search(rf"https?://\S*{re.escape(part)}\S*", message["text"])
    assert found, message["text"]
    return found[0].rstrip(".,)")


async def sign_up_and_found(owner: Person) -> None:
    await owner.open("/sign-up?for=clinic")
    await owner.look("sign-up")
    await owner.fill(name="Amara Osei", email=OWNER, password=PASSWORD)
    await owner.press("Create the account", leads_to="**/clinic/new")
    await owner.look("new-clinic")
    await owner.fill(name="Cedar Skin Studio", country="US", currency="USD")
    await owner.press("Begin", leads_to=f"**{HOME}/locations/new")
    letter = await owner.mail(OWNER, "account.verify_email")
    await owner.open(link_in(letter, "/verify-email/"))
    await owner.sees("is proved")
    await owner.look("draft")


async def furnish(owner: Person) -> None:
    """Location, hours, room, device and profile by their pages."""
    await owner.open(f"{HOME}/locations/new")
    await owner.fill(name="Cedar Downtown", street="100 Congress Avenue", city="Austin", postcode="78701")
    await owner.look("location")
    await owner.press("Next: opening hours", leads_to="**/hours")
    await owner.fill(opens_5_1="10:00", closes_5_1="14:00")
    await owner.look("hours")
    await owner.press("Next: rooms", leads_to="**/rooms")
    await owner.fill(name="Room 1")
    await owner.press("Add the room")
    await owner.sees("Next: devices")
    await owner.look("rooms")
    await owner.open(f"{HOME}/devices?cleared=K202243")
    await owner.fill(maker="Crown Aesthetics", modality="pen", single_use_cartridges="true")
    await owner.look("devices")
    await owner.press("Add the device")
    await owner.sees("Next: practitioners")
    await owner.open(f"{HOME}/profile")
    await owner.fill(
        description=ABOUT,
        email=OWNER,
        sterilisation_protocol=STERILE,
        sterilisation_checked_on="2026-09-01",
    )
    await owner.look("profile")
    await owner.press("Save")
    await owner.sees("Saved")


async def staff_and_menu(owner: Person) -> None:
    """Practitioner, credential, evidence and treatment by their pages."""
    await owner.open(f"{HOME}/practitioners/new")
    await owner.fill(name="Dr Mira Holm", title="Dermatologist", follows_opening_hours="true")
    await owner.look("practitioner")
    await owner.press("Add and continue", leads_to="**/credentials/new")
    await owner.sees("Dr Mira Holm is added.")
    await owner.fill(
        kind="dermatologist",
        number="MD-204981",
        issuer="Texas Medical Board",
        jurisdiction="Texas, US",
        issued_on="2015-05-01",
    )
    await choose_paper(owner, "file", "Texas Medical Board", "MD-204981", "Dr Mira Holm")
    await owner.look("credential")
    await owner.press("Save")
    await owner.sees("The credential is entered and its evidence kept, private.")
    await owner.look("evidence")
    await owner.open(f"{HOME}/treatments/new")
    await owner.fill(
        name="Pen facial for acne scars",
        concerns="acne_scars",
        modality="pen",
        minutes_face="20",
        price_face="240",
        sessions="3",
        course_price="660",
        booking_mode="instant",
    )
    await owner.look("treatment")
    await owner.press("Add to the menu", leads_to=f"**{HOME}/business")
    await owner.sees("Pen facial for acne scars is on your menu.")


async def choose_paper(owner: Person, field: str, *lines: str) -> None:
    """A file of one's own for a field of the page."""
    paper = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": demo_certificate(list(lines))}
    await owner.page.locator(f"main input[name={field}]").set_input_files(files=paper)  # type: ignore[arg-type]


async def prove_business(owner: Person) -> None:
    """Registration and insurance with their papers, on one page."""
    await owner.open(f"{HOME}/business")
    await owner.fill(registration_number="0803512345", registration_issuer="Texas Secretary of State")
    await choose_paper(owner, "registration_file", "Certificate of formation", "0803512345")
    await owner.fill(insurance_number="POL-88-1", insurance_issuer="Lone Star Mutual")
    await owner.fill(insurance_valid_until="2099-12-31")
    await choose_paper(owner, "insurance_file", "Lone Star Mutual", "POL-88-1")
    await owner.look("business")
    await owner.press("Save")
    await owner.sees("waiting for the check")
    await owner.look("business-saved")


async def send_in(owner: Person) -> None:
    await owner.open(HOME)
    await owner.look("complete")
    await owner.press("Send it to the moderators")
    await owner.sees("It is with our moderators now.")
    await owner.look("submitted")


async def approve(moderator: Person, code: str) -> None:
    await moderator.open("/sign-in?next=/admin/cases")
    await moderator.fill(email=MODERATOR, password=PASSWORD)
    await moderator.look("sign-in")
    await moderator.press("Sign in", leads_to="**/sign-in/code**")
    await moderator.fill(code=code)
    await moderator.look("sign-in-code")
    await moderator.press("Continue", leads_to="**/admin/cases")
    await moderator.open("/admin/cases")
    await moderator.look("queue")
    await moderator.page.locator("main").get_by_role("link", name="Cedar Skin Studio").first.click()
    await moderator.press("Take this case")
    await moderator.sees("The case is yours.")
    await moderator.look("case")
    await moderator.fill(
        decision="approve", reason="meets_requirements", checked_against="Texas Medical Board, by number"
    )
    await moderator.press("Decide")
    await moderator.sees("Cedar Skin Studio: approved")


async def find_and_compare(client: Person) -> None:
    await client.open("/")
    await client.look("home")
    await client.open("/search?concern=acne_scars&place=Austin")
    await client.look("search")
    for name in ("Cedar Skin Studio", "Linden Skin"):
        await client.page.get_by_role("button", name=f"Compare {name}").click()
        await client.page.get_by_role("button", name=f"Comparing {name}").wait_for()
    await client.press("Compare side by side", leads_to="**/compare?**")
    await client.sees("Cedar Skin Studio")
    await client.look("compare")
    await client.follow("Cedar Skin Studio", leads_to="**/c/cedar-skin-studio**")
    await client.look("listing")


async def book_course(client: Person) -> datetime:
    """Books the whole course from the listing on; gives the beginning of the first visit."""
    await client.follow("See free times for Pen facial for acne scars", leads_to="**/book/**")
    await client.fill(whole_course="true")
    await client.look("choose")
    await client.press("See free times", leads_to="**/times?**")
    onward = client.page.get_by_role("link", name="Go to the first free time")
    if await onward.count():
        await onward.click()
    await client.page.locator(".nw-slot").first.wait_for()
    await client.look("times")
    await choose_another_day(client)
    slot = client.page.locator("input[name=starts_at]").first
    starts_at = datetime.fromisoformat(str(await slot.get_attribute("value")))
    await client.page.locator(".nw-slot").first.click()
    await client.press("Continue with this time", leads_to="**/details?**")
    for question in await client.page.locator("main input[type=radio][value=false]").all():
        await question.check()
    await client.fill(name="Ana Torres", email=CLIENT, phone="+1 512 555 0100", signed_name="Ana Torres")
    await client.look("details")
    await client.press("Book 3 sessions", leads_to="**/bookings/**")
    await client.sees("You are booked")
    await client.look("confirmation")
    return starts_at


async def choose_another_day(client: Person) -> None:
    """By the keyboard. With a script days and times alone are replaced, and the reader stays where they were."""
    day = client.page.locator(".nw-month a:not([aria-current])").first
    name = await day.get_attribute("id")
    await client.page.evaluate("document.body.dataset.stays = 'yes'")
    await day.press("Enter")
    await client.page.locator(f"#{name}[aria-current=true]").wait_for()
    stays = await client.page.evaluate("[document.activeElement.id, document.body.dataset.stays]")
    assert stays == ([name, "yes"] if client.script else ["", None])


SHARE_OF_PAPER = "() => document.querySelector('main').offsetWidth / document.documentElement.clientWidth"


async def complete_visit(owner: Person, first: datetime, reference: str) -> None:
    day = first.date().isoformat()
    await owner.open(f"{HOME}/calendar?day={day}")
    await owner.look("calendar")
    await owner.page.emulate_media(media="print")
    assert await owner.page.evaluate(SHARE_OF_PAPER) > 0.9
    await owner.page.emulate_media(media="screen")
    await owner.open(f"{HOME}/bookings?from={day}&to={day}")
    await owner.look("bookings")
    await owner.page.locator(f"main a[href='{HOME}/bookings/{reference}']:visible").first.click()
    await owner.press("Has arrived")
    await owner.look("booking")
    await owner.follow("Complete and record", leads_to="**/complete")
    await owner.fill(depth_mm="1.00", lot="LOT-2611-A", topicals="hyaluronic acid", notes="Even, no more.")
    await owner.look("record")
    await owner.press("Complete the session")
    await owner.sees("Completed.")


async def answer_letters(client: Person) -> None:
    asked = await client.mail(CLIENT, "check_in.asked")
    invited = await client.mail(CLIENT, "review.invited")
    await client.open(link_in(asked, "/check-ins/"))
    await client.fill(**dict.fromkeys(SIGNS, "no"), redness="2", discomfort="2", downtime_days="1")
    await client.look("check-in")
    await client.press("Send to the clinic")
    await client.sees("Nothing more to do")
    await client.look("check-in-done")
    await client.open(link_in(invited, "/reviews/"))
    await client.fill(result="4", comfort="5", cleanliness="5", explanation="5", value="4", text=REVIEW)
    await client.look("review")
    await client.press("Publish my review")
    await client.sees("Thank you")
    await client.look("review-done")


@pytest.mark.walk
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
async def test_a_clinic_goes_live_and_a_client_is_looked_after_until_the_review(
    browser: Browser, product: str, database: Database, clock: MovableClock, *, script: bool
) -> None:
    async with database.begin(PublicScope()) as work:
        second_factor = pyotp.parse_uri(
            await accounts.create_moderator(work, MODERATOR, "Robin Hale", PASSWORD)
        )
    assert isinstance(second_factor, pyotp.TOTP)
    await live_clinic(database)
    owner = await open_person(browser, product, "owner", script=script)
    moderator = await open_person(browser, product, "moderator", script=script)
    client = await open_person(browser, product, "client", script=script)

    await sign_up_and_found(owner)
    await furnish(owner)
    await staff_and_menu(owner)
    await prove_business(owner)
    await send_in(owner)
    await approve(moderator, second_factor.at(await clock.now()))
    await owner.mail(OWNER, "moderation.decided")

    await find_and_compare(client)
    first = await book_course(client)
    for to, kind in ((CLIENT, "booking.confirmed.client"), (OWNER, "booking.confirmed.clinic")):
        letter = await client.mail(to, kind)
        assert [file["content"].count("BEGIN:VEVENT") for file in letter["attachments"]] == [1, 1, 1]

    await client.move_clock(now=(first + timedelta(minutes=5)).isoformat())
    await complete_visit(owner, first, urlsplit(client.page.url).path.rpartition("/")[2])
    await client.move_clock(advance_seconds=4 * 86_400)
    await answer_letters(client)
    await client.comes_to_see("/c/cedar-skin-studio#reviews", REVIEW)
    await client.look("reviewed")
    assert owner.findings + moderator.findings + client.findings == []
