"""A clinic's rooms in Spanish: every page in it, what forms refuse, and what is said once something is done."""

from __future__ import annotations

from html import unescape

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics.proof_rules import PROOF_NAMES
from services.clinics.rules import PERMISSION_NAMES, SENSITIVE
from services.kernel.work import Database
from services.marketplace.checklist import get_checklist
from services.moderation.schemas import FLAG_REASONS, REASONS
from services.notices.words_rules import PARAGRAPHS
from services.practitioners.kinds import credential_kinds
from services.privacy.retention import list_rules
from services.screening.wording import consent_text
from services.treatments.catalogue import get_catalogue
from services.treatments.protocol_rules import AFTERCARE
from services.treatments.service import get_protocol, list_treatments
from tests.browser.every_page import every_page
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop
from tests.web.test_spanish_refusals import english_of, known
from web.context import SESSION_COOKIE

ROOMS = "/clinic"
# A client's page tells what they were sent and what they signed, as it was: in the language of the client.
AS_IT_WAS = {
    *(consent_text(purpose, "en").text for purpose in ("treatment", "photos")),
    "Confirmed: your appointments at Linden Skin",
    "How are you today? Linden Skin asks",
    "How are you, a few days after? Linden Skin asks",
    "Please get in touch with Linden Skin",
    "What do you say about Linden Skin?",
    "You asked Linden Skin for another time",
}


@pytest.fixture
async def shop(http: httpx.AsyncClient, database: Database) -> Shop:
    """A clinic whose owner is signed in."""
    found = await make_shop(database)
    await sign_in(http, database, found.owner_id)
    return found


async def test_no_page_of_a_clinic_shows_english(
    app: Litestar,
    http: httpx.AsyncClient,
    database: Database,
    clock: MovableClock,
    superuser: AsyncEngine,
) -> None:
    place = await every_page(app, database, clock, superuser)
    http.cookies.set(SESSION_COOKIE, place.sessions["owner"])
    found: dict[str, set[str]] = {}
    looked = 0
    for one in place.pages:
        if one.address.startswith(ROOMS):
            answer = await http.get(f"/es{one.address}")
            assert answer.status_code < 500, one.route
            if answer.headers.get("content-type", "").startswith("text/html"):
                looked += 1
                left = set(english_of(answer.text)) - AS_IT_WAS
                found |= {one.route: left} if left else {}
    assert found == {}
    assert looked > 60


async def test_words_of_lists_that_pages_show_have_their_spanish(database: Database, shop: Shop) -> None:
    async with database.begin(shop.scope) as work:
        titles = {item.title for item in await get_checklist(work)}
    catalogue = get_catalogue()
    templates = {text for one in catalogue.templates for text in (one.name, one.description, one.source)}
    registers = {one.register for one in credential_kinds()}
    labels = {one.label for one in catalogue.devices}
    rules = {text for one in list_rules() for text in (one.what, one.reason)}
    names = {name for fields in SENSITIVE.values() for name in fields.values()}
    names |= {*PERMISSION_NAMES.values(), *PROOF_NAMES.values(), *PARAGRAPHS.values()}
    names |= {one.name for one in REASONS} | {name for _, name in FLAG_REASONS}
    assert (titles | templates | registers | labels | rules | names) - known() == set()


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (
            "/treatments/new",
            {
                "name": "",
                "sessions": "",
                "price_face": "x",
                "aftercare": "first: nothing",
                "check_in_days": "soon",
            },
        ),
        ("/practitioners/new", {"name": "", "needling_since_year": "3000"}),
        ("/business", {"insurance_number": "", "insurance_known": "true"}),
        ("/rooms", {"name": ""}),
        ("/devices", {"maker": "", "modality": ""}),
        ("/profile", {"description": "", "deposit": "much"}),
        ("/locations/new", {"name": "", "city": "Nowhere", "country": "ES"}),
        ("/calendar/block", {"resource_id": "", "opens": "18:00", "closes": "09:00"}),
    ],
)
async def test_a_form_of_the_set_up_refuses_in_spanish(
    http: httpx.AsyncClient, shop: Shop, path: str, typed: dict[str, str]
) -> None:
    at = f"/clinic/{shop.slug}{path}"
    refused = await send(http, form_of(await http.get(f"/es{at}"), at), **typed)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert english_of(refused.text) == []


async def test_what_is_done_is_said_with_its_name_in_spanish(http: httpx.AsyncClient, shop: Shop) -> None:
    at = f"/clinic/{shop.slug}/rooms"
    added = await send(http, form_of(await http.get(f"/es{at}"), at), name="Sala 9")
    assert added.headers["location"] == f"/es{at}"
    assert "Añadido: Sala 9." in unescape((await http.get(f"/es{at}")).text)


async def test_a_refused_row_of_the_menu_names_its_area_in_spanish(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    at = f"/clinic/{shop.slug}/treatments/new"
    form = form_of(await http.get(f"/es{at}"), at)
    page = unescape((await send(http, form, minutes_face="20", price_face="x")).text)
    assert "Rostro, precio: escríbelo como un número, por ejemplo 180 o 180.50." in page


async def test_usual_aftercare_is_read_in_spanish_and_stays_the_fields(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    at = f"/clinic/{shop.slug}/treatments/{shop.treatment_id}"
    form = form_of(await http.get(f"/es{at}"), at)
    lines = form.fields["aftercare"]
    assert "1-2: Evita el sol; después usa crema solar cada día." in lines
    saved = await send(http, form, aftercare=f"{lines}\n20: Ven a vernos.")
    assert saved.status_code == 303, saved.text
    async with database.begin(shop.scope) as work:
        (treatment,) = await list_treatments(work)
        protocol = await get_protocol(work, treatment)
    assert set(protocol.aftercare) == {*AFTERCARE, (20, 20, "Ven a vernos.")}
