"""Booking in Spanish: what is answered about one's health and what is agreed to, in words that are understood."""

from __future__ import annotations

from html import unescape

import httpx
import pytest

from services.clients.service import find_client
from services.kernel.work import Database
from services.screening.service import list_consents, read_answers
from services.screening.wording import consent_text, get_question_set
from tests.web.booking_forms import PageForm, form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop

ENGLISH, SPANISH = get_question_set("en"), get_question_set("es")
CLEAR = {f"answer_{question.code}": "false" for question in ENGLISH.questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "phone": "", "signed_name": "Jo Ellis", "news": "true"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def spanish_details(http: httpx.AsyncClient, shop: Shop) -> tuple[str, PageForm]:
    """The last step's page and form, reached by Spanish pages alone."""
    chosen = form_of(await http.get(f"/es{shop.book_path}"), "/times", "get")
    week = form_of(await send(http, chosen, area="face", whole_course="false"), "/hold")
    held = await send(http, week, starts_at=week.choices["starts_at"][0])
    details = await http.get(held.headers["location"])
    return unescape(details.text), form_of(details, "/details")


async def test_questions_reasons_and_consents_are_spanish_on_a_spanish_page(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    page, form = await spanish_details(http, shop)
    for asked, english in zip(SPANISH.questions, ENGLISH.questions, strict=True):
        assert asked.text in page
        assert asked.why in page
        assert english.text not in page
    assert SPANISH.consent.text in page
    assert consent_text("marketing", "es").text in page
    assert form.fields["version"] == ENGLISH.version
    silent = unescape((await send(http, form, **JO)).text)
    assert f"Responde sí o no: {SPANISH.questions[0].text}" in silent
    assert "Answer yes or no" not in silent


async def test_what_was_agreed_to_in_spanish_is_shown_so_to_everyone_after(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    _, form = await spanish_details(http, shop)
    booked = await send(http, form, **CLEAR, **JO)
    assert booked.status_code == 303, booked.text
    async with database.begin(shop.scope) as work:
        client = await find_client(work, JO["email"])
        assert client is not None
        (answered,) = await read_answers(work, client.id)
        signed = {one.purpose: (one.language, one.text) for one in await list_consents(work, client.id)}
    assert (answered.question_set, answered.language) == (SPANISH.version, "es")
    assert signed == {
        "treatment": ("es", SPANISH.consent.text),
        "marketing": ("es", consent_text("marketing", "es").text),
    }
    await sign_in(http, database, shop.owner_id)
    record = unescape((await http.get(f"/clinic/{shop.slug}/clients/{client.id}")).text)
    assert f'lang="es">{SPANISH.consent.text}' in record


async def test_an_answer_that_means_not_now_says_so_in_spanish(http: httpx.AsyncClient, shop: Shop) -> None:
    _, form = await spanish_details(http, shop)
    refused = await send(http, form, **{**CLEAR, "answer_sunburn": "true"}, **JO)
    page = unescape(refused.text)
    assert refused.status_code == 403
    sunburn = next(one for one in SPANISH.questions if one.code == "sunburn")
    assert sunburn.text in page
    assert sunburn.why in page
