"""Pages in another language: by the first part of the address, kept by links, forms and redirects."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import httpx
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import services
from infra.platform.mail import MailboxOnly
from services.kernel.language import DEFAULT, LANGUAGES
from services.kernel.work import Database
from services.moderation.schemas import REPORT_REASONS
from tests.factories import live_clinic
from web.locale import CATALOGUES
from workers.inline import drain

WEB = Path(__file__).parents[2] / "web"
TEMPLATES = WEB / "templates"
SERVICES = Path(services.__file__).parent / "locales"
# What those who look for treatment meet, and all of a clinic's rooms; the moderators' are in English.
TRANSLATED = (
    *("account", "booking", "clinic", "components", "error.html", "followups", "guide", "layouts"),
    *("public", "waitlist"),
    "admin/_keys.html",
)
OTHERS = [code for code in LANGUAGES if code != DEFAULT]


def texts_of_templates() -> dict[str, set[str]]:
    """Every text, with the templates it stands in."""
    found: dict[str, set[str]] = {}
    options = {"**.html": {"trimmed": "true"}}
    for filename, _, message, _, _ in extract_from_dir(TEMPLATES, [("**.html", "jinja2")], options):
        found.setdefault(message if isinstance(message, str) else message[0], set()).add(filename)
    return found


def catalogue_of(code: str, where: Path | None = None) -> Catalog:
    with ((where or CATALOGUES) / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def texts_of_pages() -> set[str]:
    """What the code of their pages hands to templates: marked texts, and the words that follow a step."""
    found = {name for _, name in REPORT_REASONS}
    faces = (path for face in ("public", "client", "clinic") for path in (WEB / face).glob("*.py"))
    for path in (*faces, WEB / "audit_words.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                marked = call.args[:1] if getattr(call.func, "id", "") in {"N_", "gettext"} else []
                flashes = [one.value for one in call.keywords if one.arg == "flash"]
                found |= {
                    str(one.value)
                    for one in (*marked, *flashes)
                    if isinstance(one, ast.Constant) and one.value
                }
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_what_clients_and_clinics_read_is_translated_with_every_hole(code: str) -> None:
    texts, known = texts_of_templates(), catalogue_of(code)
    asked = {text for text, where in texts.items() if any(one.startswith(TRANSLATED) for one in where)}
    asked |= texts_of_pages()
    theirs = catalogue_of(code, SERVICES)
    assert asked - {str(message.id) for one in (known, theirs) for message in one if message.string} == set()
    assert [str(one.id) for one in known if holes(str(one.id)) != holes(str(one.string))] == []


async def test_a_page_of_another_language_keeps_it_in_links_forms_and_title(
    http: httpx.AsyncClient, database: Database
) -> None:
    await live_clinic(database)
    await drain(database, MailboxOnly())
    page = (await http.get("/es/search?concern=acne_scars")).text
    assert '<html lang="es"' in page
    assert "Cicatrices de acné" in page
    assert 'hreflang="en" href="http://127.0.0.1:8000/search"' in page
    inside = set(re.findall(r'\s(?:href|action)="(/[^"]*)"', page))
    kept = ("/es", "/en/", "/assets/", "/dev/")
    assert [address for address in inside if not address.startswith(kept)] == []
    assert "/es/c/linden-skin" in {address.partition("?")[0].partition("#")[0] for address in inside}


async def test_english_has_one_address_and_what_is_no_page_has_one_for_all(http: httpx.AsyncClient) -> None:
    for asked, leads_to in (
        ("/en/search?concern=scars", "/search?concern=scars"),
        ("/es/api/v1/catalogue", "/api/v1/catalogue"),
        ("/en//elsewhere.test/", "/elsewhere.test/"),
    ):
        answer = await http.get(asked, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, leads_to)
    assert (await http.get("/fr/search")).status_code == 404
    assert (await http.get("/especial")).status_code == 404


async def test_a_redirect_and_an_error_stay_in_the_language(http: httpx.AsyncClient) -> None:
    answer = await http.get("/es/account", follow_redirects=False)
    assert answer.headers["location"].startswith("/es/sign-in?next=")
    missing = await http.get("/es/c/nobody")
    assert missing.status_code == 404
    assert "Aquí no hay nada" in missing.text
