"""What is filled in wrongly, on every form that matters: the summary has the focus, its lines are in the order of the
fields and lead to them, and what was typed is still there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.async_api import Browser

from services.kernel.work import Database
from services.reviews import service as reviews
from services.screening.wording import get_question_set
from tests.browser.looking import Person, open_person
from tests.factories import PASSWORD, World, booking_in, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import completed_visit

# The summary's targets, whether the summary has the focus, and which links do not lead to what they say.
_READ = """() => {
    const summary = document.querySelector('[data-error-summary]');
    const targets = [...summary.querySelectorAll('a')].map(
        link => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    const before = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    return {
        focused: document.activeElement === summary,
        fields: targets.map(it => it ? it.id : ''),
        ordered: targets.every((it, n) => n === 0 || !it || before(targets[n - 1], it)),
    };
}"""


@dataclass(frozen=True)
class Bad:
    """A form filled in wrongly: what is typed and chosen, what is pressed, and the fields that are wrong, in order."""

    path: str
    button: str
    wrong: tuple[str, ...]
    typed: dict[str, str] = field(default_factory=dict)
    file: str = ""


async def _fill_in(person: Person, bad: Bad) -> None:
    await person.open(bad.path)
    await person.page.evaluate("document.querySelectorAll('main details').forEach(it => { it.open = true; })")
    for name, value in bad.typed.items():
        await person.fill(**{name: value})
    if bad.file:
        await person.page.locator(f"[id='{bad.file}']").set_input_files(
            {"name": "licence.txt", "mimeType": "text/plain", "buffer": b"no paper"}
        )
    await person.press(bad.button)
    await person.page.wait_for_selector("[data-error-summary]")


async def _is_told(person: Person, bad: Bad) -> None:
    await _fill_in(person, bad)
    found = await person.page.evaluate(_READ)
    assert found == {"focused": True, "fields": list(bad.wrong), "ordered": True}, bad.path
    for name, value in bad.typed.items():
        box = person.page.locator(f"main [name={name}]").first
        kind = await box.evaluate("it => it.type")
        if kind in {"radio", "checkbox"}:
            box = person.page.locator(f"main [name={name}][value='{value}']")
            assert await box.is_checked(), (bad.path, name)
        elif kind != "password":
            assert await box.input_value() == value, (bad.path, name)
    for target in bad.wrong:
        await person.page.locator(f"[data-error-summary] a[href='#{target}']").first.click()
        assert await person.page.evaluate("document.activeElement.id") == target, (bad.path, target)
    await person.look(urlsplit(bad.path).path.strip("/").replace("/", "-"))


async def _clients_forms(database: Database, clock: MovableClock, world: World) -> list[Bad]:
    booking_id = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        invitation_id = await reviews.invite(work, booking_id, "session")
        assert invitation_id is not None
        review = await reviews.invitation_link(work, invitation_id)
    starts_at = booking_in(world, (await free_slots(database, world))[0].starts_at).starts_at
    first, second, *others = [f"answer_{question.code}" for question in get_question_set().questions]
    order = urlencode({"area": "face", "whole_course": "false", "starts_at": starts_at.isoformat()})
    return [
        Bad(
            "/sign-up",
            "Create the account",
            ("name", "email", "password"),
            {"email": "ana at", "password": "short"},
        ),
        Bad("/bookings/lost-link", "Send me the links", ("email",), {"email": "ana at"}),
        Bad(
            f"/c/{world.slug}/book/{world.treatment_id}/details?{order}",
            "Book this time",
            (first, *others, "name", "email", "phone", "signed_name"),
            {second: "false", "email": "ana at", "phone": "call me"},
        ),
        Bad(
            urlsplit(review).path,
            "Publish my review",
            ("comfort", "cleanliness", "value", "downtime_days"),
            {"result": "4", "explanation": "5", "downtime_days": "many", "text": "Careful."},
        ),
    ]


def _clinics_forms(world: World) -> list[Bad]:
    home = f"/clinic/{world.slug}"
    person = f"{home}/practitioners/{world.practitioner_id}"
    paper = f"file-{world.credential_id}"
    return [
        Bad("/clinic/new", "Begin", ("name", "country"), {"currency": "EUR"}),
        Bad(
            f"{home}/locations/new",
            "Next: opening hours",
            ("name", "street", "city", "latitude", "time_zone"),
            {
                "name": "",
                "postcode": "78701",
                "latitude": "north",
                "longitude": "-3.7",
                "time_zone": "Mars/Base",
            },
        ),
        Bad(
            f"{home}/locations/{world.location_id}/hours",
            "Save the hours",
            ("closes_1_1", "opens_3_1"),
            {"closes_1_1": "", "opens_3_1": ""},
        ),
        Bad(
            f"{home}/practitioners/new",
            "Add and continue",
            ("name", "needling_since_year", "sessions_before"),
            {"title": "Dermatologist", "needling_since_year": "long", "sessions_before": "many"},
        ),
        Bad(
            f"{person}/credentials/new",
            "Save",
            ("kind", "issuer", "jurisdiction"),
            {"number": "MD-1", "issued_on": "2020-05-01"},
        ),
        Bad(person, "Upload", (paper,), file=paper),
        Bad(
            f"{home}/treatments/new",
            "Add to the menu",
            ("name", "concerns", "minutes_face", "price_neck", "downtime_days", "sessions"),
            {
                "minutes_face": "few",
                "price_face": "240",
                "minutes_neck": "10",
                "price_neck": "much",
                "downtime_days": "x",
                "sessions": "99",
                "booking_mode": "request",
            },
        ),
    ]


@pytest.mark.walk
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_every_form_tells_what_is_wrong_in_the_order_of_its_fields(
    browser: Browser, product: str, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    somebody = await open_person(browser, product, "somebody")
    for bad in await _clients_forms(database, clock, world):
        await _is_told(somebody, bad)
    await somebody.open("/sign-in")
    await somebody.fill(email=world.owner.email, password=PASSWORD)
    await somebody.press("Sign in", leads_to="**/account/**")
    for bad in _clinics_forms(world):
        await _is_told(somebody, bad)
    assert somebody.findings == []
