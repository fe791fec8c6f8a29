"""A lot that is called back: everybody on whom it was used is told once, by the clinic or for all clinics."""

from __future__ import annotations

import asyncio

import pytest

from services.clients import merging
from services.clients.schemas import Merge
from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import Recalled, RecallIn
from services.courses.records import correct_record
from services.kernel.errors import InvalidFields
from services.kernel.scope import Actor, PlatformScope
from services.kernel.work import Database
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.courses.test_records import correction
from tests.services.courses.treated import treated
from tests.services.notices.visits import sent

EVERYWHERE = PlatformScope("a test calls a lot back", Actor("account", None, "Mo Derator"))


async def tell(database: Database, world: World, lot: str, **more: object) -> Recalled:
    async with database.begin(world.scope) as work:
        return await recalls.confirm_recall(work, RecallIn.model_validate({"lot": lot, **more}))


async def test_a_person_treated_twice_gets_one_message_and_a_second_confirmation_none(
    database: Database, clock: MovableClock
) -> None:
    emails = ("ana@example.test", "ben@example.test", "ana@example.test", "cy@example.test")
    world = await treated(database, clock, "LOT-1", "lot 1", "Lot-1", "LOT-1", emails=emails)
    done = await tell(database, world, " lot-1 ", words="Use of it has stopped.")
    assert (done.newly_told, done.recall.told, done.recall.started_by) == (2, 2, "Owen Lind")
    told = await sent(database, "lot.recalled.client")
    assert sorted(one.to for one in told) == ["ana@example.test", "cy@example.test"]
    assert {one.subject for one in told} == {"Please get in touch with Linden Skin"}
    assert all("LOT-1" in one.text and "Use of it has stopped." in one.text for one in told)
    again = await tell(database, world, "LOT-1", words="Other words")
    assert (again.newly_told, again.recall.id, again.recall.words) == (
        0,
        done.recall.id,
        "Use of it has stopped.",
    )
    assert len(await sent(database, "lot.recalled.client")) == 2


async def test_the_lot_is_said_as_it_was_recorded_however_it_is_typed(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "Lot-22 91")
    async with database.begin(world.scope) as work:
        assert (await recalls.trace_lot(work, " lot-2291")).lot == "Lot-22 91"
        assert (await recalls.trace_lot(work, " none ")).lot == "none"
    done = await tell(database, world, "LOT-2291")
    (letter,) = await sent(database, "lot.recalled.client")
    assert "Lot-22 91" in letter.text
    assert "LOT-2291" not in letter.text
    async with database.begin(EVERYWHERE) as work:
        everywhere = await platform_recalls.confirm_everywhere(work, RecallIn(lot="lot-2291"))
    async with database.begin(world.scope) as work:
        found = await recalls.trace_lot(work, "lot-2291")
        (listed,) = await recalls.list_recalls(work)
    assert {done.recall.lot, everywhere.lot, found.lot, listed.lot} == {"Lot-22 91"}


async def test_two_confirmations_at_once_tell_everybody_once(database: Database, clock: MovableClock) -> None:
    world = await treated(database, clock, "L", "L", "L")
    done = await asyncio.gather(*(tell(database, world, "L") for _ in range(4)))
    assert sorted(one.newly_told for one in done) == [0, 0, 0, 3]
    assert len(await sent(database, "lot.recalled.client")) == 3


async def test_who_comes_to_light_later_is_told_and_the_others_not_again(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L-1", "L-7")
    await tell(database, world, "L-1")
    async with database.begin(world.scope) as work:
        (other,) = (await recalls.trace_lot(work, "L-7")).people
        await correct_record(work, other.visits[0].id, correction(lot="L-1", recalled_lot_used=True))
    assert (await tell(database, world, "L-1")).newly_told == 1
    assert sorted(one.to for one in await sent(database, "lot.recalled.client")) == [
        "p0@example.test",
        "p1@example.test",
    ]
    # The record names L-7 no more, and is found by it all the same; who is told of it is the clinic's choice.
    with_earlier = RecallIn(lot="L-7").earlier_versions
    assert with_earlier
    assert (await tell(database, world, "L-7", earlier_versions=False)).newly_told == 0
    assert (await tell(database, world, "L-7")).newly_told == 1


async def test_of_two_records_that_are_one_person_the_kept_one_counts_as_told(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "L", "L")
    await tell(database, world, "L")
    async with database.begin(world.scope) as work:
        one, other = (await recalls.trace_lot(work, "L")).people
        await merging.merge_clients(work, one.client_id, Merge(other_id=other.client_id))
        (both,) = (await recalls.trace_lot(work, "L")).people
    assert (len(both.visits), both.told_at is not None) == (2, True)
    assert (await tell(database, world, "L")).newly_told == 0


async def test_a_lot_that_nobody_used_cannot_be_called_back(database: Database) -> None:
    world = await live_clinic(database)
    with pytest.raises(recalls.LotNotUsed):
        await tell(database, world, "L")
    async with database.begin(EVERYWHERE) as work:
        with pytest.raises(recalls.LotNotUsed):
            await platform_recalls.confirm_everywhere(work, RecallIn(lot="L"))


async def test_the_platform_calls_a_lot_back_at_every_clinic_and_tells_the_clinics(
    database: Database, clock: MovableClock
) -> None:
    first = await treated(database, clock, "L 5", "L-6")
    second = await treated(database, clock, "l5", name="Other Skin", emails=("zoe@example.test",))
    await tell(database, first, "L5", words="Our words.")
    async with database.begin(EVERYWHERE) as work:
        found = await platform_recalls.trace_everywhere(work, "L5")
        assert [(one.name, one.visits, one.people, one.told) for one in found] == [
            ("Linden Skin", 1, 1, 1),
            ("Other Skin", 1, 1, 0),
        ]
        begun = await platform_recalls.confirm_everywhere(work, RecallIn(lot="L5", words="Their words."))
        assert begun.started_by == "Mo Derator"
    told = await sent(database, "lot.recalled.client")
    assert sorted((one.to, "Our words." in one.text, "Their words." in one.text) for one in told) == [
        ("p0@example.test", True, False),
        ("zoe@example.test", False, True),
    ]
    clinics = await sent(database, "lot.recalled.clinic")
    assert len(clinics) == 2
    assert all("Their words." in one.text for one in clinics)
    async with database.begin(EVERYWHERE) as work:
        again = await platform_recalls.confirm_everywhere(work, RecallIn(lot="l 5"))
        assert again.id == begun.id
        assert [one.told for one in await platform_recalls.list_clinics(work, "L5")] == [1, 1]
    assert len(await sent(database)) == len(await sent(database))
    assert len(await sent(database, "lot.recalled.client")) == 2
    assert len(await sent(database, "lot.recalled.clinic")) == 2
    async with database.begin(second.scope) as work:
        (seen,) = await recalls.list_recalls(work)
        assert (seen.by_platform, seen.told) == (True, 1)


async def test_a_lot_that_was_called_back_is_recorded_only_when_that_is_confirmed(
    database: Database, clock: MovableClock
) -> None:
    world = await treated(database, clock, "LOT-1", "LOT-2")
    await tell(database, world, "LOT-1")
    async with database.begin(world.scope) as work:
        (other,) = (await recalls.trace_lot(work, "LOT-2")).people
        with pytest.raises(InvalidFields) as refused:
            await correct_record(work, other.visits[0].id, correction(lot="lot -1"))
    (error,) = refused.value.errors
    assert (error.field, error.code, "called back on" in error.message) == ("lot", "lot-called-back", True)
    async with database.begin(world.scope) as work:
        assert [one.not_told for one in await recalls.list_recalls(work)] == [0]
        confirmed = correction(lot="lot - 1", recalled_lot_used=True)
        await correct_record(work, other.visits[0].id, confirmed)
        assert [(one.told, one.not_told) for one in await recalls.list_recalls(work)] == [(1, 1)]
        # What it names already is not asked again.
        await correct_record(work, other.visits[0].id, correction(2, lot="LOT-1", notes="Redness."))
    done = await tell(database, world, "LOT-1")
    assert (done.newly_told, done.recall.told, done.recall.not_told) == (1, 2, 0)


async def test_a_clinic_that_uses_later_what_the_platform_called_back_has_whom_to_tell(
    database: Database, clock: MovableClock
) -> None:
    await treated(database, clock, "L 5")
    later = await treated(database, clock, "L-6", name="Other Skin", emails=("zoe@example.test",))
    async with database.begin(EVERYWHERE) as work:
        await platform_recalls.confirm_everywhere(work, RecallIn(lot="L5", words="Their words."))
    await sent(database)
    async with database.begin(later.scope) as work:
        (zoe,) = (await recalls.trace_lot(work, "L-6")).people
    async with database.begin(later.scope) as work:
        with pytest.raises(InvalidFields):
            await correct_record(work, zoe.visits[0].id, correction(lot="l5"))
    async with database.begin(later.scope) as work:
        assert await recalls.list_recalls(work) == []
        await correct_record(work, zoe.visits[0].id, correction(lot="l5", recalled_lot_used=True))
        (seen,) = await recalls.list_recalls(work)
    assert (seen.by_platform, seen.words, seen.told, seen.not_told) == (True, "Their words.", 0, 1)
    assert (await tell(database, later, "L5")).newly_told == 1
    assert "Their words." in (await sent(database, "lot.recalled.client"))[-1].text
