"""A clinic's own record of a person."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.clients.schemas import ClientIn
from services.clients.service import find_or_create_client, get_client, list_clients
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.paging import encode_cursor
from services.kernel.scope import ClinicScope
from services.kernel.work import Database
from tests.factories import live_clinic


async def test_one_e_mail_is_one_client_and_what_is_known_stays(database: Database) -> None:
    world, account = await live_clinic(database), new_id()
    async with database.begin(world.scope) as work:
        made = await find_or_create_client(work, name="Ana", email="ana@example.test")
        again = await find_or_create_client(
            work, name="Somebody", email="ANA@example.test", phone="+1 2", account_id=account
        )
        third = await find_or_create_client(
            work, name="Else", email="ana@example.test", phone="+9 9", account_id=new_id()
        )
    assert (again.id, again.name, again.phone, again.account_id) == (made.id, "Ana", "+1 2", account)
    assert third == again


async def test_who_types_a_known_address_changes_no_language_and_the_account_does(database: Database) -> None:
    world, account = await live_clinic(database), new_id()
    async with database.begin(world.scope) as work:
        made = await find_or_create_client(work, name="Ana", email="ana@example.test", language="en")
        await find_or_create_client(work, name="Ana", email="ana@example.test", language="es")
        assert (await get_client(work, made.id)).language == "en"
        await find_or_create_client(
            work, name="Ana", email="ana@example.test", language="es", account_id=account
        )
        assert (await get_client(work, made.id)).language == "es"


async def test_clients_are_the_clinics_own(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        made = await find_or_create_client(work, name="Ana", email="ana@example.test")
        assert await get_client(work, made.id) == made
    other = await live_clinic(database, name="Other Skin")
    async with database.begin(other.scope) as work:
        with pytest.raises(NotFound):
            await get_client(work, made.id)
        assert (await list_clients(work)).items == []


async def test_clients_are_found_by_a_part_of_name_mail_or_phone(database: Database) -> None:
    world = await live_clinic(database)
    people = [
        ("Ana Torres", "ana@example.test", "+1 512"),
        ("ben Ode", "b_n@example.test", ""),
        ("Cy", "c@x.test", ""),
    ]
    async with database.begin(world.scope) as work:
        for name, email, phone in people:
            await find_or_create_client(work, name=name, email=email, phone=phone)

        async def found(q: str) -> list[str]:
            return [client.name for client in (await list_clients(work, q)).items]

        assert await found("") == ["Ana Torres", "ben Ode", "Cy"]
        assert await found(" TORR ") == ["Ana Torres"]
        assert await found("b_n") == ["ben Ode"]
        assert await found("%") == []
        assert await found("512") == ["Ana Torres"]


async def test_clients_come_page_by_page(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        for letter in "cabD":
            await find_or_create_client(work, name=letter, email=f"{letter}@example.test")
        first = await list_clients(work, limit=2)
        second = await list_clients(work, limit=2, cursor=first.next)
        assert [client.name for client in first.items + second.items] == ["a", "b", "c", "D"]
        assert second.next is None
        for bad in ("x", encode_cursor("a", "b")):
            with pytest.raises(InvalidFields):
                await list_clients(work, cursor=bad)


async def test_a_scope_of_nobody_sees_no_client(database: Database) -> None:
    async with database.begin(ClinicScope(new_id())) as work:
        assert (await list_clients(work)).items == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"email": "nobody"},
        {"email": ""},
        {"phone": "call me"},
        {"phone": "1" * 41},
        {"name": "x" * 121},
    ],
)
def test_a_client_gives_a_name_and_a_working_address(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ClientIn.model_validate({"name": "Ana", "email": "ana@example.test"} | wrong)
