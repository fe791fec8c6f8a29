"""Whoever books at the desk and looks at other times keeps what was typed and answered."""

from __future__ import annotations

import httpx
import pytest

from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.screening.wording import get_question_set
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "signed_name": "Jo Ellis", "in_person": "true"}


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def test_the_desk_keeps_what_was_typed_where_nothing_can_be_looked_at(
    owner: httpx.AsyncClient, shop: Shop
) -> None:
    here, item = f"/clinic/{shop.slug}/bookings/new", f"{shop.treatment_id}:face"
    form = form_of(await owner.get(here, params={"item": item}), "/bookings/new")
    nothing = await send(owner, form, look="", item="", **CLEAR, **JO)
    assert nothing.status_code == 422
    assert 'id="item-error"' in nothing.text
    kept = form_of(nothing, "/bookings/new")
    assert kept.fields.items() >= (CLEAR | JO).items()
    assert "starts_at" not in kept.choices
    again = form_of(await send(owner, kept, look="", item=item), "/bookings/new")
    done = await send(owner, again, starts_at=again.choices["starts_at"][0])
    assert done.status_code == 303


async def test_later_days_and_a_found_client_keep_the_answers(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    here, item = f"/clinic/{shop.slug}/bookings/new", f"{shop.treatment_id}:face"
    form = form_of(await owner.get(here, params={"item": item}), "/bookings/new")
    chosen = form.choices["starts_at"][0]
    found = await send(owner, form, look="", q=booking.client_name, starts_at=chosen, **CLEAR, **JO)
    matched = form_of(found, "/bookings/new")
    assert matched.fields["starts_at"] == chosen
    picked = form_of(await send(owner, matched, whom=str(booking.client_id)), "/bookings/new")
    assert picked.fields["client_id"] == str(booking.client_id)
    later = next(value for name, value in picked.buttons if name == "look" and value)
    shown = form_of(await send(owner, picked, look=later), "/bookings/new")
    assert shown.fields.items() >= (CLEAR | {"day": later}).items()
    assert "starts_at" not in shown.fields
    done = await send(owner, shown, starts_at=shown.choices["starts_at"][0])
    assert done.status_code == 303
    async with database.begin(shop.scope) as work:
        assert len(await scheduling.list_visits(work, booking.client_id)) == 2


async def test_a_first_look_without_a_treatment_says_so_and_puts_nothing_typed_later_in_an_address(
    owner: httpx.AsyncClient, shop: Shop
) -> None:
    here = f"/clinic/{shop.slug}/bookings/new"
    first = form_of(await owner.get(here), "/bookings/new", "get")
    assert not {"name", "signed_name", "form_token"} & first.fields.keys()
    assert not [name for name in first.choices if name.startswith("answer_")]
    blank = await send(owner, first, look="")
    assert blank.status_code == 422
    assert 'id="item-error"' in blank.text
