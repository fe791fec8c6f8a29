"""Asking a clinic and being answered, by forms: without an account on one side, in the workspace on the other."""

from __future__ import annotations

import re

import httpx

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.questions import service as questions
from services.questions.schemas import NewAnswer
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop, member
from workers.inline import drain

ANA = {"name": "Ana Torres", "email": "ana@example.test"}


async def _ask(http: httpx.AsyncClient, shop: Shop, **more: str) -> str:
    """Asks by the form; gives the thread's address."""
    form = form_of(await http.get(f"/c/{shop.slug}/ask"), "/ask")
    asked = await send(http, form, text="Does it <hurt>?", **ANA, **more)
    assert asked.status_code == 303
    return str(asked.headers["location"])


async def test_a_person_asks_reads_and_writes_again_without_an_account(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    await drain(database, MailboxOnly())
    listing = (await http.get(f"/c/{shop.slug}")).text
    assert f"/c/{shop.slug}/ask?treatment_id={shop.treatment_id}" in listing
    page = await http.get(f"/c/{shop.slug}/ask", params={"treatment_id": str(shop.treatment_id)})
    chosen = f'value="{shop.treatment_id}" selected'
    assert chosen in page.text
    form = form_of(page, "/ask")
    about = {"treatment_id": str(shop.treatment_id)}
    empty = await send(http, form, name="Ana", **about)
    assert empty.status_code == 422
    assert "Write your question." in empty.text
    assert chosen in empty.text
    again = form_of(empty, "/ask")
    assert again.fields["name"] == "Ana"
    wrong = await send(http, again, text="Hello", email="ana@example.test", treatment_id=str(new_id()))
    assert wrong.status_code == 422
    places = {
        (await send(http, again, text="Does it <hurt>?", **ANA, **about)).headers["location"]
        for _ in range(2)
    }
    assert len(places) == 1
    path = places.pop()
    shown = await http.get(path)
    assert "Does it &lt;hurt&gt;?" in shown.text
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == (
        "private, no-store",
        "no-referrer",
    )
    assert (await send(http, form_of(shown, path), text=" ")).status_code == 422
    more = form_of(shown, path)
    for _ in range(2):
        assert (await send(http, more, text="And how long?")).headers["location"] == path
    assert (await http.get(path)).text.count("And how long?") == 1
    async with database.begin(shop.scope) as work:
        (question,) = (await questions.list_questions(work)).items
        await questions.close(work, question.id)
    assert "This conversation was closed" in (await http.get(path)).text
    assert (await send(http, more, text="Still there?", form_token="x" * 20)).status_code == 409
    assert "Tu pregunta a Linden Skin" in (await http.get(f"/es{path}")).text
    assert (await http.get(f"{path}x")).status_code == 404
    assert (await http.get("/c/nobody/ask")).status_code == 404


async def test_the_clinic_sees_who_waits_answers_once_and_closes(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    thread = await _ask(http, shop, treatment_id=str(shop.treatment_id))
    await sign_in(http, database, await member(database, shop, "front_desk"))
    base = f"/clinic/{shop.slug}/questions"
    listed = await http.get(base)
    assert re.search(r'href="[^"]*/questions"[^>]*>.*?nw-count">1<', listed.text, re.DOTALL)
    (path,) = set(re.findall(rf'"({base}/[0-9a-f-]{{36}})"', listed.text))
    shown = await http.get(path)
    assert "Does it &lt;hurt&gt;?" in shown.text
    form = form_of(shown, "/answer")
    assert "Close it without an answer" in (await http.get(path)).text
    empty = await send(http, form, text=" ", invite="true")
    assert empty.status_code == 422
    assert form_of(empty, "/answer").fields["invite"] == "true"
    for _ in range(2):
        answered = await send(http, form, text="A little.", invite="true")
        assert answered.headers["location"] == path
    shown = await http.get(path)
    assert shown.text.count("A little.") == 1
    assert 'nw-count"' not in shown.text
    assert "Book this treatment" in (await http.get(thread)).text
    assert path in (await http.get(base, params={"state": "answered"})).text
    assert (await send(http, form_of(shown, "/close"))).headers["location"] == base
    late = await send(http, form, text="One more.", form_token="y" * 20)
    assert (late.status_code, late.headers["location"]) == (303, path)
    assert path in (await http.get(base, params={"state": "closed"})).text
    client = await http.get(f"/clinic/{shop.slug}/clients")
    assert client.status_code == 200


async def test_a_treatment_to_ask_about_first_leads_to_the_question_and_by_its_answer_to_the_times(
    http: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    async with database.begin(shop.scope) as work:
        patch = TreatmentPatch(booking_mode=BookingMode.ASK_FIRST)
        await treatments.update_treatment(work, shop.treatment_id, patch)
    await drain(database, MailboxOnly())
    listing = (await http.get(f"/c/{shop.slug}")).text
    assert shop.book_path not in listing
    asking = f"/c/{shop.slug}/ask?treatment_id={shop.treatment_id}"
    for step in ("", "/times?area=face", "/details?area=face"):
        led = await http.get(f"{shop.book_path}{step}")
        assert (led.status_code, led.headers["location"]) == (303, asking)
    thread = await _ask(http, shop, treatment_id=str(shop.treatment_id))
    async with database.begin(shop.scope) as work:
        (question,) = (await questions.list_questions(work)).items
        await questions.answer(work, question.id, NewAnswer(text="Come.", invite=True))
    (invited,) = re.findall(rf'href="({shop.book_path}\?invitation=[^"]+)"', (await http.get(thread)).text)
    choice = form_of(await http.get(invited), "/times", "get")
    times = await send(http, choice, area="face")
    assert times.status_code == 200
    later = re.search(r'rel="next"', times.text)
    assert later
    assert "invitation=" in times.text
    assert (await http.get(invited + "x")).status_code == 404
