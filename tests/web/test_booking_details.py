"""What a client types of themselves: a phone that can be rung, a signature that is theirs."""

from __future__ import annotations

import httpx
import pytest

from services.kernel.work import Database
from tests.web.booking_forms import form_of, send
from tests.web.booking_world import Shop, make_shop
from tests.web.test_booking_pages import CLEAR, JO, count_bookings, details_form


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


async def test_a_phone_that_cannot_be_rung_is_said_at_its_field_and_nothing_typed_is_lost(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    form = await details_form(http, shop)
    refused = await send(http, form, **CLEAR, **JO | {"phone": "212 555 010"})
    assert (refused.status_code, 'href="#phone"' in refused.text) == (422, True)
    assert "This is no telephone number that we know." in refused.text
    again = form_of(refused, "/details")
    assert [again.fields[name] for name in JO] == [JO["name"], JO["email"], "212 555 010", JO["signed_name"]]
    assert await count_bookings(database, shop) == 0
    assert (await send(http, again, **CLEAR, **JO | {"phone": ""})).status_code == 303


async def test_a_signature_of_another_name_is_asked_about_once_and_taken_when_it_is_meant(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    form, other = await details_form(http, shop), {"signed_name": "Ana Torres"}
    assert "signs_otherwise" not in form.choices
    asked = await send(http, form, **CLEAR, **JO | other)
    assert asked.status_code == 422
    assert "This is not the name of the person who comes." in asked.text
    again = form_of(asked, "/details")
    assert (again.fields["signed_name"], again.fields["email"]) == ("Ana Torres", JO["email"])
    assert again.choices["signs_otherwise"] == ["true"]
    assert await count_bookings(database, shop) == 0
    assert (await send(http, again, **CLEAR, **JO | other)).status_code == 422
    meant = await send(http, again, **CLEAR, **JO | other, signs_otherwise="true")
    assert meant.status_code == 303
    assert await count_bookings(database, shop) == 1
