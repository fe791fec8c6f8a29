"""The listing is what the clinic's truth gives, follows what happens, and can be made again at any time."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch, NewLocation
from services.kernel.errors import NotFound
from services.kernel.scope import ClinicScope, PlatformScope, PublicScope
from services.kernel.work import Database
from services.marketplace.compare import differing, load_column
from services.marketplace.listing import get_listing, list_menu
from services.marketplace.projection import compare_with_truth, rebuild_listing, rebuild_listings
from services.marketplace.schemas import SearchItem, SearchQuery
from services.marketplace.service import search
from services.practitioners import service as practitioners
from services.practitioners.schemas import (
    CredentialPatch,
    NewCredential,
    PractitionerHoursIn,
    PractitionerSpan,
)
from tests.factories import World, add_practitioner, book_one, live_clinic
from tests.fixtures import MovableClock
from tests.services.moderation.drafts import draft_clinic

READ = PlatformScope("tests look at the listing")


async def shown(database: Database, **asked: Any) -> list[SearchItem]:
    async with database.begin(PublicScope()) as work:
        return (await search(work, SearchQuery.model_validate(asked))).items


async def rebuild(database: Database, world: World) -> int:
    async with database.begin(world.scope) as work:
        return await rebuild_listing(work, database)


async def test_a_live_clinic_is_listed_as_it_is(database: Database) -> None:
    world = await live_clinic(database, name="Linden Skin", sessions=4, course_price=70_000)
    await rebuild(database, world)
    (item,) = await shown(database)
    assert (item.slug, item.location_id, item.city, item.country) == (
        world.slug,
        world.location_id,
        "Austin",
        "US",
    )
    assert (item.concerns, item.areas, item.modalities) == (["acne_scars"], ["face"], ["pen"])
    assert item.credentials == ["dermatologist"]
    assert item.course_from is not None
    assert item.course_from.model_dump() == {
        "price": {"amount": 70_000, "currency": "USD"},
        "sessions": 4,
        "weeks": 12,
    }
    assert (item.practitioners, item.practitioners_checked) == (1, 1)
    assert item.rating.model_dump()["count"] == 0
    assert item.rating.mean is None
    assert item.device is not None
    assert (item.device.name, item.device.on_label) == ("Crown Aesthetics SkinPen Precision", True)
    assert item.next_free_at is not None
    assert str(item.next_free_at.tzinfo) == item.location_zone
    assert await compare_with_truth(database) == []


@pytest.mark.parametrize("q", ["Linden", "skinpen", "mira holm", "acne", "austin", "facail"])
async def test_a_clinic_is_found_by_the_words_of_its_facts(database: Database, q: str) -> None:
    await rebuild(database, await live_clinic(database))
    assert len(await shown(database, q=q)) == 1
    assert await shown(database, q="hairdresser") == []


async def test_what_is_not_live_is_not_listed(database: Database) -> None:
    draft = await draft_clinic(database)
    world = await live_clinic(database)
    async with database.begin(draft.scope) as work:
        assert await rebuild_listing(work, database) == 0
    assert await rebuild(database, world) == 1
    async with database.begin(world.scope) as work:
        await clinics.suspend(work)
    assert await rebuild(database, world) == 0
    assert await shown(database) == []


async def test_another_location_is_another_row_and_goes_when_it_goes(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        more = await clinics.add_location(work, NewLocation(name="South", street="Elm 2", city="Houston"))
    assert await rebuild(database, world) == 1  # nobody treats there yet
    async with database.begin(world.scope) as work:
        spans = [PractitionerSpan(location_id=more.id, weekday=2, opens=time(9), closes=time(12))]
        spans.append(
            PractitionerSpan(location_id=world.location_id, weekday=1, opens=time(9), closes=time(12))
        )
        hours = PractitionerHoursIn(hours=spans)
        await practitioners.set_practitioner_hours(work, world.practitioner_id, hours)
    assert await rebuild(database, world) == 2
    by_city = {item.city: item for item in await shown(database)}
    assert set(by_city) == {"Austin", "Houston"}
    assert by_city["Houston"].course_from is None
    assert by_city["Houston"].next_free_at is None
    async with database.begin(world.scope) as work:
        await clinics.archive_location(work, more.id)
    assert await rebuild(database, world) == 1


async def test_the_whole_listing_is_made_again_from_nothing(database: Database) -> None:
    first, second = (
        await live_clinic(database),
        await live_clinic(database, name="Rosewood", city="Leeds", country="GB"),
    )
    assert set(await compare_with_truth(database)) == {first.location_id, second.location_id}
    assert await rebuild_listings(database) == 2
    assert await compare_with_truth(database) == []
    async with database.begin(READ) as work:
        await work.execute(
            text("UPDATE listing SET city = 'Atlantis' WHERE slug = :slug"), {"slug": first.slug}
        )
        await work.execute(text("DELETE FROM listing WHERE slug = :slug"), {"slug": second.slug})
    assert set(await compare_with_truth(database)) == {first.location_id, second.location_id}
    assert await rebuild_listings(database) == 2
    assert await compare_with_truth(database) == []


async def test_builds_of_one_clinic_at_once_end_with_the_truth(database: Database) -> None:
    world = await live_clinic(database)

    async def rename(number: int) -> None:
        async with database.begin(world.scope) as work:
            await clinics.update_clinic(work, ClinicPatch(name=f"Linden {number}"))
        await rebuild(database, world)

    await asyncio.gather(*(rename(number) for number in range(4)))
    assert await compare_with_truth(database) == []


async def test_a_booking_moves_the_first_free_time(database: Database) -> None:
    world = await live_clinic(database)
    await rebuild(database, world)
    (before,) = await shown(database)
    assert before.next_free_at is not None
    await book_one(database, world, before.next_free_at)
    await rebuild(database, world)
    (after,) = await shown(database)
    assert after.next_free_at is not None
    assert after.next_free_at > before.next_free_at


async def test_a_lapsed_credential_takes_the_person_off_by_itself(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        today = work.now.date()
        await practitioners.update_credential(
            work,
            world.credential_id,
            CredentialPatch(expires_on=today + timedelta(days=3)),
        )
        await practitioners.verify_credential(work, world.credential_id, against="register")
    await rebuild(database, world)
    assert [item.credentials for item in await shown(database)] == [["dermatologist"]]
    await clock.advance(timedelta(days=5))
    await rebuild(database, world)
    assert await shown(database) == []
    async with database.begin(world.scope) as work:
        assert (await get_listing(work)).practitioners == []


async def test_who_has_another_credential_that_counts_stays_and_the_expired_one_is_said_to_be(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        more = await practitioners.add_credential(
            work,
            world.practitioner_id,
            NewCredential(
                kind="physician",
                number="X-1",
                issuer="Texas Medical Board",
                jurisdiction="Texas, US",
                expires_on=work.now.date() + timedelta(days=3),
            ),
        )
        await practitioners.verify_credential(work, more.id, against="register")
    await clock.advance(timedelta(days=5))
    await rebuild(database, world)
    (item,) = await shown(database)
    assert (item.credentials, item.practitioners_checked) == (["dermatologist"], 1)
    async with database.begin(world.scope) as work:
        (person,) = (await get_listing(work)).practitioners
    states = {it.kind: (it.state, it.verified_at is None) for it in person.credentials}
    assert states == {"dermatologist": ("verified", False), "physician": ("lapsed", True)}


async def test_the_page_says_who_checked_what_and_when(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        page, menu = await get_listing(work), await list_menu(work)
    (it,) = page.practitioners[0].credentials
    assert (it.state, it.verified_against) == ("verified", "Texas Medical Board, public register")
    assert it.verified_at is not None
    assert page.practitioners[0].checked == [it]
    assert page.devices[0].name == "Crown Aesthetics SkinPen Precision"
    assert page.policies.cancellation_hours == 24
    assert [(item.on_label, item.location_id) for item in menu] == [(True, world.location_id)]
    assert menu[0].areas[0].price.model_dump() == {"amount": 20_000, "currency": "USD"}


async def test_the_next_look_is_set_for_when_the_time_passes(database: Database) -> None:
    world = await live_clinic(database)
    for _ in range(2):
        await rebuild(database, world)
    async with database.begin(READ) as work:
        rows = await work.rows(text("SELECT due_at, payload FROM timer WHERE kind = 'listing.due'"))
        now = work.now
    assert {row.payload["clinic_id"] for row in rows} == {str(world.clinic_id)}
    assert all(now < row.due_at <= now + timedelta(days=1) for row in rows)


async def test_columns_side_by_side_say_what_differs(database: Database) -> None:
    first = await live_clinic(database, course_price=50_000)
    second = await live_clinic(database, name="Rosewood", course_price=90_000)
    await add_practitioner(database, second)
    columns = []
    for world in (first, second):
        async with database.begin(ClinicScope(world.clinic_id)) as work:
            column = await load_column(work, "acne_scars", world.location_id)
            nothing = await load_column(work, "hair_loss", None)
        assert column is not None
        assert nothing is not None
        assert (nothing.course, nothing.device, nothing.session_from) == (None, None, None)
        columns.append(column)
    assert (columns[0].checked, columns[0].kinds, columns[0].on_label) == (1, ["dermatologist"], True)
    assert columns[0].session_from == 20_000
    assert columns[0].last_check is not None
    assert (columns[0].most_sessions, columns[0].since_year, columns[0].by_concern) == (0, None, None)
    found = differing(columns)
    assert {"course", "checked"} <= found
    assert not {"device", "label", "sessions", "session"} & found
    assert differing([columns[0], columns[0]]) == set()


async def test_a_clinic_without_a_location_has_no_column(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await clinics.archive_location(work, world.location_id)
    async with database.begin(world.scope) as work:
        assert await load_column(work, None, None) is None
    with pytest.raises(NotFound):
        async with database.begin(ClinicScope(world.location_id)) as work:
            await get_listing(work)
