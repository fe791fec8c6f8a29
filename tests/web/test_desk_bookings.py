"""The desk books for somebody: on one page, without notice, and with what was typed kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clients import service as clients
from services.clients.schemas import ClientIn
from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch
from services.kernel.work import Database
from services.scheduling import reminders
from services.scheduling.models import TextReminders
from services.screening.wording import get_question_set
from services.treatments import service as treatments
from services.treatments.models import BookingMode
from services.treatments.schemas import TreatmentPatch
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, make_shop
from tests.web.test_clinic_bookings import CLEAR, JO


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def test_the_desk_books_on_one_page(owner: httpx.AsyncClient, database: Database, shop: Shop) -> None:
    here = f"/clinic/{shop.slug}/bookings/new"
    chosen = form_of(await owner.get(here), "/bookings/new", "get")
    shown = await send(owner, chosen, item=f"{shop.treatment_id}:face")
    form = form_of(shown, "/bookings/new")
    done = await send(owner, form, starts_at=form.choices["starts_at"][0], **CLEAR, **JO)
    assert done.status_code == 303
    booked = await owner.get(done.headers["location"])
    assert "Jo Ellis" in booked.text
    twice = await send(owner, form, starts_at=form.choices["starts_at"][0], **CLEAR, **JO)
    assert twice.headers["location"] == done.headers["location"]


async def test_the_desk_chooses_reminders_by_text_where_the_clinic_sends_them(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    here = f"/clinic/{shop.slug}/bookings/new?item={shop.treatment_id}:face"
    assert "text_reminders" not in (await owner.get(here)).text
    database.tools = replace(database.tools, texts=True)
    async with database.begin(shop.scope) as work:
        await reminders.choose_policy(work, reminders.ReminderPolicyIn(hours=[24], texts=TextReminders.ALL))
    form = form_of(await owner.get(here), "/bookings/new")
    given = {"starts_at": form.choices["starts_at"][0], "text_reminders": "true", **CLEAR, **JO}
    refused = await send(owner, form, **given | {"phone": "12"})
    assert refused.status_code == 422
    kept = form_of(refused, "/bookings/new")
    assert "no telephone number that we know" in refused.text
    assert (kept.fields["phone"], kept.fields["text_reminders"]) == ("12", "true")
    done = await send(owner, kept, **given | {"phone": "+1 512 555 0147"})
    assert done.status_code == 303
    assert "as text messages to" in (await owner.get(done.headers["location"])).text


async def test_the_desk_books_for_a_client_whatever_their_record_has_for_a_phone(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    async with database.begin(shop.scope) as work:
        await clients.add_client(work, ClientIn(name="Jo Ellis", email=JO["email"], phone="12"))
    here = f"/clinic/{shop.slug}/bookings/new?item={shop.treatment_id}:face"
    form = form_of(await owner.get(here), "/bookings/new")
    given = {"starts_at": form.choices["starts_at"][0], **CLEAR, **JO}
    refused = await send(owner, form, **given | {"phone": "13"})
    assert (refused.status_code, 'href="#phone"' in refused.text) == (422, True)
    assert (await send(owner, form, **given | {"phone": "12"})).status_code == 303


async def test_the_desk_books_for_a_client_whose_name_was_broken_into_lines(
    owner: httpx.AsyncClient, database: Database, superuser: AsyncEngine, shop: Shop
) -> None:
    async with database.begin(shop.scope) as work:
        known = await clients.add_client(work, ClientIn(name="Jo Ellis", email=JO["email"]))
    async with superuser.begin() as connection:
        await connection.execute(text(r"UPDATE client SET name = E'Jo\nEllis'"))
    here = f"/clinic/{shop.slug}/bookings/new?item={shop.treatment_id}:face&client_id={known.id}"
    form = form_of(await owner.get(here), "/bookings/new")
    given = {"signed_name": "Jo Ellis", "in_person": "true", **CLEAR}
    assert (await send(owner, form, starts_at=form.choices["starts_at"][0], **given)).status_code == 303


async def test_the_desk_books_without_notice_and_without_asking_itself(
    owner: httpx.AsyncClient, database: Database, clock: MovableClock, shop: Shop
) -> None:
    async with database.begin(shop.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(notice_minutes=14 * 24 * 60))
        await treatments.update_treatment(
            work, shop.treatment_id, TreatmentPatch(booking_mode=BookingMode.REQUEST)
        )
    here = f"/clinic/{shop.slug}/bookings/new?item={shop.treatment_id}:face"
    form = form_of(await owner.get(here), "/bookings/new")
    first = form.choices["starts_at"][0]
    assert datetime.fromisoformat(first) < await clock.now() + timedelta(days=7)
    done = await send(owner, form, starts_at=first, **CLEAR, **JO)
    shown = await owner.get(done.headers["location"])
    assert "Booked. The client gets the confirmation" in shown.text
    assert "Confirmed" in shown.text


async def test_an_answer_that_asks_for_a_clinician_holds_the_desks_time(
    owner: httpx.AsyncClient, shop: Shop
) -> None:
    question = next(item for item in get_question_set().questions if item.outcome == "ask_clinician")
    here = f"/clinic/{shop.slug}/bookings/new?item={shop.treatment_id}:face"
    form = form_of(await owner.get(here), "/bookings/new")
    given = CLEAR | {f"answer_{question.code}": "true"}
    done = await send(owner, form, starts_at=form.choices["starts_at"][0], **given, **JO)
    shown = await owner.get(done.headers["location"])
    assert "An answer asks for a clinician: accept or decline here." in shown.text
    assert form_of(shown, "/accept")


async def test_the_desk_keeps_what_was_typed(owner: httpx.AsyncClient, shop: Shop) -> None:
    here = f"/clinic/{shop.slug}/bookings/new"
    shown = await owner.get(here, params={"item": f"{shop.treatment_id}:face"})
    form = form_of(shown, "/bookings/new")
    answer = await send(owner, form, name="Jo Ellis", email="jo at example")
    assert answer.status_code == 422
    for field in ("email", "signed_name", "in_person"):
        assert f'href="#{field}"' in answer.text, field
    assert form_of(answer, "/bookings/new").fields["name"] == "Jo Ellis"


async def test_the_desk_says_not_now_in_place(owner: httpx.AsyncClient, shop: Shop) -> None:
    question = next(item for item in get_question_set().questions if item.outcome == "not_now")
    shown = await owner.get(f"/clinic/{shop.slug}/bookings/new", params={"item": f"{shop.treatment_id}:face"})
    form = form_of(shown, "/bookings/new")
    given = CLEAR | {f"answer_{question.code}": "true"}
    answer = await send(owner, form, starts_at=form.choices["starts_at"][0], **given, **JO)
    assert answer.status_code == 403
    assert "Not now: nothing was booked" in answer.text
    assert form_of(answer, "/bookings/new").fields["name"] == "Jo Ellis"


@pytest.mark.parametrize("item", ["nonsense", "00000000-0000-7000-8000-000000000000:face"])
async def test_the_desk_refuses_what_is_not_on_the_menu(
    owner: httpx.AsyncClient, shop: Shop, item: str
) -> None:
    answer = await owner.get(f"/clinic/{shop.slug}/bookings/new", params={"item": item})
    assert answer.status_code == 422
    assert 'id="item-error"' in answer.text
