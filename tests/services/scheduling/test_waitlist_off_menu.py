"""Nobody waits for what has left the menu, for who has left, or for a closed clinic: wishes end, with a message."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.clinics import standing as standing_of_clinics
from services.clinics.schemas import ClosedClinic
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.scheduling import waitlist
from services.scheduling.errors import OfferOver, WishOver
from services.scheduling.offering import lock_standing
from services.scheduling.waitlist_schemas import WishView
from services.treatments import service as treatments
from services.treatments.schemas import AreaIn, MoneyIn, TreatmentPatch
from tests.factories import World, add_practitioner, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import seen
from tests.services.scheduling.waiting import by_day, fill, find, standing, wait
from workers.inline import drain

_TOLD = (
    "SELECT recipient, language, text_body FROM notice WHERE notice_kind = 'waitlist.over' ORDER BY recipient"
)


@pytest.fixture
async def world(database: Database, clock: MovableClock) -> World:
    await by_day(clock)
    return await live_clinic(database)


async def archive(database: Database, world: World) -> None:
    async with database.begin(world.scope) as work:
        await treatments.archive_treatment(work, world.treatment_id)


async def give(database: Database, world: World, *areas: str) -> None:
    """The treatment is given in these areas, and in no others, from now on."""
    async with database.begin(world.scope) as work:
        price = MoneyIn(amount=25000, currency="USD")
        given = [AreaIn(code=one, minutes=20, price=price) for one in areas]
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch(areas=given))


async def state(database: Database, world: World, wish: WishView) -> str:
    return (await find(database, world, wish)).state


async def test_who_waits_for_a_treatment_that_is_taken_off_is_told_once(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    await drain(database, MailboxOnly())
    booked = await fill(database, world)
    day = booked[0][1].date()
    wishes = [
        await wait(database, world, "cy", days=3, first_on=day),
        await wait(database, world, "dan", days=3, first_on=day, language="es"),
    ]
    await drain(database, MailboxOnly())
    await archive(database, world)
    for _ in range(2):
        await drain(database, MailboxOnly())
        async with database.begin(world.scope) as work:
            assert await waitlist.end_lost(work) == 0
    assert [await state(database, world, wish) for wish in wishes] == ["over", "over"]
    told = await seen(superuser, _TOLD)
    assert [(to, language) for to, language, _ in told] == [
        ("cy@example.test", "en"),
        ("dan@example.test", "es"),
    ]
    assert "The clinic does not offer any more what you waited for." in told[0][2]
    assert "La clínica ya no ofrece aquello por lo que esperabas." in told[1][2]


async def test_an_area_that_is_given_no_more_ends_the_wishes_for_it_alone(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    await give(database, world, "face", "neck")
    face, neck = await wait(database, world, area="face"), await wait(database, world, "dan", area="neck")
    await give(database, world, "neck")
    await drain(database, MailboxOnly())
    assert [await state(database, world, one) for one in (face, neck)] == ["over", "waiting"]
    assert [to for to, _, _ in await seen(superuser, _TOLD)] == ["cy@example.test"]


async def test_what_was_offered_to_them_is_free_again(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    await give(database, world, "face", "neck")
    wish = await wait(database, world, area="face")
    await drain(database, MailboxOnly())
    mine = await standing(database, world, wish)
    assert mine is not None
    await give(database, world, "neck")
    await drain(database, MailboxOnly())
    # Asked of the claims: the soonest time of all may be too soon to be booked by now.
    held = "SELECT (SELECT count(*) FROM slot_hold), (SELECT count(*) FROM claim)"
    assert await seen(superuser, held) == [(0, 0)]
    async with database.begin(world.scope) as work:
        with pytest.raises(OfferOver):
            await lock_standing(work, wish.id, mine.id)


async def test_who_has_not_confirmed_hears_nothing_and_cannot_any_more(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    wish = await wait(database, world, proved=False)
    await archive(database, world)
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        with pytest.raises(WishOver):
            await waitlist.prove_wish(work, wish.id)
    assert await seen(superuser, _TOLD) == []


async def test_what_left_the_menu_while_somebody_confirmed_ends_too(database: Database, world: World) -> None:
    wish = await wait(database, world, proved=False)
    await archive(database, world)
    # The link is opened before anybody has looked at what the menu has lost.
    async with database.begin(world.scope) as work:
        await waitlist.prove_wish(work, wish.id)
    await drain(database, MailboxOnly())
    assert await state(database, world, wish) == "over"


async def test_who_waits_for_somebody_who_has_left_is_told_so(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    other = await add_practitioner(database, world)
    wishes = [
        await wait(database, world, practitioner_id=world.practitioner_id),
        await wait(database, world, "dan", practitioner_id=other, language="es"),
        await wait(database, world, "eve"),
    ]
    async with database.begin(world.scope) as work:
        await practitioners.archive_practitioner(work, other)
    await drain(database, MailboxOnly())
    assert [await state(database, world, one) for one in wishes] == ["waiting", "over", "waiting"]
    ((to, language, words),) = await seen(superuser, _TOLD)
    assert (to, language) == ("dan@example.test", "es")
    assert "Dr Ivo Marsh ya no ofrece aquello por lo que esperabas." in words


async def test_who_waits_for_somebody_who_gives_the_treatment_no_more_is_told_so(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    other = await add_practitioner(database, world)
    wishes = [
        await wait(database, world, practitioner_id=world.practitioner_id),
        await wait(database, world, "dan", practitioner_id=other),
    ]
    async with database.begin(world.scope) as work:
        mine = TreatmentPatch(performer_ids=[world.practitioner_id])
        await treatments.update_treatment(work, world.treatment_id, mine)
    await drain(database, MailboxOnly())
    assert [await state(database, world, one) for one in wishes] == ["waiting", "over"]
    ((to, _, words),) = await seen(superuser, _TOLD)
    assert to == "dan@example.test"
    assert "Dr Ivo Marsh does not give any more what you waited for." in words


async def test_who_waits_at_a_clinic_that_closes_is_told_so_and_led_to_others(
    database: Database, world: World, superuser: AsyncEngine
) -> None:
    wish = await wait(database, world)
    await drain(database, MailboxOnly())
    assert await standing(database, world, wish) is not None
    name = (await find(database, world, wish)).clinic_name
    async with database.begin(world.scope) as work:
        await standing_of_clinics.close(work, ClosedClinic(name=name))
    await drain(database, MailboxOnly())
    assert await state(database, world, wish) == "over"
    assert await seen(superuser, "SELECT count(*) FROM slot_hold") == [(0,)]
    ((_, _, words),) = await seen(superuser, _TOLD)
    assert "The clinic has closed." in words
    assert "/search" in words
