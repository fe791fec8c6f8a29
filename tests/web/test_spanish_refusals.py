"""What is refused is said in the page's language: no refusal lacks its Spanish, and no form shows English ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from babel.messages.catalog import Message

import services
from services.clinics.models import ClinicStatus
from services.kernel.work import Database
from services.scheduling.models import BookingStatus
from services.screening.wording import get_question_set
from services.treatments.catalogue import get_catalogue
from tests.web.booking_forms import form_of, send
from tests.web.booking_world import make_shop
from tests.web.test_languages import WEB, catalogue_of

SERVICES = Path(services.__file__).parent
PAGES = (
    *(WEB / "client", WEB / "clinic", WEB / "public"),
    *(WEB / "forms.py", WEB / "problems.py", WEB / "unreadable.py"),
)
# Messages have a test of their own (tests/services/notices/test_languages.py).
ELSEWHERE = SERVICES / "notices" / "messages"
CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
MARKS = frozenset({"_", "N_", "gettext"})
READ_OUT = frozenset({"alt", "aria-label", "label", "placeholder", "title"})
FOR_PROGRAMS = frozenset({"description", "summary", "examples"})


def known() -> set[str]:
    found: set[str] = set()
    for where in (None, SERVICES / "locales"):
        found |= {str(one.id) for one in catalogue_of("es", where) if one.string}
    return found


def is_sentence(text: str) -> bool:
    return text[:1].isupper() and text.rstrip()[-1:] in {".", "?", "!"} and len(text.split()) > 1


def sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Sentences in code that no mark stands around, docstrings and the words of the API's document apart."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
        return
    if isinstance(node, ast.JoinedStr):
        words = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if is_sentence(words.lstrip("{} ").capitalize()) and len(words.replace("{}", "").split()) > 1:
            yield node.lineno, ast.unparse(node)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and is_sentence(node.value):
            yield node.lineno, node.value
    elif not (isinstance(node, ast.keyword) and node.arg in FOR_PROGRAMS):
        for child in ast.iter_child_nodes(node):
            yield from sentences(child)


def test_every_sentence_that_people_may_be_told_has_its_spanish() -> None:
    words, missing = known(), []
    for root in (SERVICES, *PAGES):
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            if ELSEWHERE not in path.parents:
                found = sentences(ast.parse(path.read_text()))
                missing += [f"{path.name}:{line}: {text}" for line, text in found if text not in words]
    assert missing == []


def test_states_that_refusals_name_have_their_spanish() -> None:
    states = {one.replace("_", " ") for one in (*BookingStatus, *ClinicStatus)}
    assert states - {str(one.id) for one in catalogue_of("es", SERVICES / "locales")} == set()


class _Nodes(HTMLParser):
    """The texts of a page, scripts and styles apart, and its labels for readers of screens."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        self.texts += [value for name, value in attrs if name in READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(" ".join(data.split()))


@cache
def _pairs() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Each text of the catalogues as patterns of its English and its Spanish, with anything in their holes.

    What a clinic named after a template is its own word by then, and stays as it is.
    """
    found = [one for where in (None, SERVICES / "locales") for one in catalogue_of("es", where) if one.id]
    named = {one.name for one in get_catalogue().templates}
    said = [one for one in found if says_something(one) and one.id not in named]
    return tuple((_pattern(str(one.id)), _pattern(str(one.string))) for one in said)


def says_something(message: Message) -> bool:
    words = re.sub(r"\{[^}]*\}", " ", str(message.id))
    return len(words.split()) > 1 and message.id != message.string


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", text)))


def english_of(html: str) -> list[str]:
    """The texts of a page that a catalogue knows as English."""
    reader = _Nodes()
    reader.feed(html)
    return [
        text
        for text in dict.fromkeys(reader.texts)
        if any(english.fullmatch(text) and not spanish.fullmatch(text) for english, spanish in _pairs())
    ]


def test_english_on_a_page_is_found() -> None:
    page = "<p>Sign in first.</p><p>Use at most 12\n characters.</p><p>Entra primero en tu cuenta.</p>"
    assert english_of(page) == ["Sign in first.", "Use at most 12 characters."]


@pytest.mark.parametrize(
    ("path", "action", "typed"),
    [
        ("/sign-up", "/sign-up", {"email": "nobody", "password": "short", "name": "\x07"}),
        ("/sign-in", "/sign-in", {"email": "nobody@example.test", "password": "not the one"}),
        ("/forgot-password", "/forgot-password", {"email": "nobody"}),
        ("/data", "/data", {"email": "nobody"}),
        ("/bookings/lost-link", "/lost-link", {"email": "nobody"}),
        ("/c/{slug}/ask", "/ask", {"name": "n" * 200, "email": "nobody", "text": ""}),
        ("/c/{slug}/book/{treatment}/waitlist", "/waitlist", {"email": "nobody", "last_on": "2020-01-01"}),
        ("/c/{slug}/book/{treatment}/waitlist", "/waitlist", {"first_on": "soon", "from_time": "late"}),
    ],
)
async def test_a_form_that_is_refused_says_why_in_spanish(
    http: httpx.AsyncClient, database: Database, path: str, action: str, typed: dict[str, str]
) -> None:
    shop = await make_shop(database)
    asked = await http.get("/es" + path.format(slug=shop.slug, treatment=shop.treatment_id))
    assert (asked.status_code, english_of(asked.text)) == (200, [])
    form = form_of(asked, action)
    emptied = dict.fromkeys(form.fields.keys() - {"_csrf_token"}, "")
    refused = await send(http, form, **(emptied | typed))
    assert refused.status_code >= 400
    assert 'role="alert"' in refused.text
    assert english_of(refused.text) == []


@pytest.mark.parametrize(
    "query", ["area=elbow", "area=", "area=face&whole_course=maybe", "area=face&practitioner_id=x"]
)
async def test_the_steps_of_booking_refuse_in_spanish(
    http: httpx.AsyncClient, database: Database, query: str
) -> None:
    shop = await make_shop(database)
    refused = await http.get(f"/es{shop.book_path}/times?{query}")
    assert (refused.status_code, english_of(refused.text)) == (422, [])


@pytest.mark.parametrize(
    "wrong", [{}, {"email": "nobody", "name": "n" * 200}, {"version": "1999-01"}, {"consent_version": "x"}]
)
async def test_the_last_step_of_booking_refuses_in_spanish(
    http: httpx.AsyncClient, database: Database, wrong: dict[str, str]
) -> None:
    shop = await make_shop(database)
    week = form_of(await http.get(f"/es{shop.book_path}/times?area=face"), "/hold")
    held = await send(http, week, starts_at=week.choices["starts_at"][0])
    asked = await http.get(held.headers["location"])
    assert english_of(asked.text) == []
    typed = {**CLEAR, "name": "Jo", "email": "jo@example.test", "signed_name": "Jo"} if wrong else {}
    refused = await send(http, form_of(asked, "/details"), **{**typed, **wrong})
    assert (refused.status_code, english_of(refused.text)) == (422, [])
