"""Other hours on single days through the services: what is offered and booked then, holidays by country and region."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.clinics import service as clinics
from services.clinics.hours_schemas import HolidayChoice, NewException
from services.clinics.public_holidays import holidays_between
from services.clinics.schemas import NewLocation
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.scheduling.diary import read_diary
from tests.factories import World, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.scheduling.seeing import one


async def _day(database: Database, world: World) -> date:
    """The day that `free_slots` looks at."""
    return (await free_slots(database, world))[0].starts_at.date()


def test_holidays_are_those_of_the_country_and_its_part() -> None:
    def days(country: str, region: str) -> set[date]:
        return {on for on, _ in holidays_between(country, region, date(2026, 1, 1), date(2026, 12, 31))}

    madrid, catalonia = date(2026, 5, 2), date(2026, 9, 11)
    assert madrid in days("ES", "Madrid") == days("ES", "md") == days("ES", "Comunidad de Madrid")
    assert days("AU", "NSW") == days("AU", "new south wales") != days("AU", "Victoria")
    assert catalonia in days("ES", "Cataluña") == days("ES", "catalun\u0303a")
    assert {madrid, catalonia}.isdisjoint(days("ES", "Nowhere"))
    assert date(2026, 11, 26) in days("US", "Texas")
    assert days("XX", "") == set()
    found = holidays_between("ES", "", date(2026, 12, 25), date(2027, 1, 1))
    assert found == [(date(2026, 12, 25), "Christmas Day"), (date(2027, 1, 1), "New Year's Day")]


async def test_closed_days_are_not_offered_and_cannot_be_booked(database: Database) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    day = slots[0].starts_at.date()
    async with database.begin(world.scope) as work:
        made = await clinics.add_exception(
            work, world.location_id, NewException(kind="closed", first_on=day, note="Repairs")
        )
    assert await free_slots(database, world) == []
    with pytest.raises(InvalidFields) as refusal:
        await one(database, world, starts_at=slots[0].starts_at)
    assert refusal.value.errors[0].code == "not-offered"
    async with database.begin(world.scope) as work:
        assert await clinics.list_exceptions(work, [world.location_id]) == [made]
        await clinics.remove_exception(work, world.location_id, made.id)
    assert await free_slots(database, world) == slots


async def test_extra_and_taken_time_move_the_edges_of_a_day(database: Database) -> None:
    world = await live_clinic(database)
    day = await _day(database, world)
    async with database.begin(world.scope) as work:
        for kind, opens, closes in (("taken", 9, 12), ("extra", 17, 19)):
            new = NewException.model_validate(
                {"kind": kind, "first_on": day, "opens": time(opens), "closes": time(closes)}
            )
            await clinics.add_exception(work, world.location_id, new)
    starts = [
        slot.starts_at.astimezone(ZoneInfo("America/Chicago")) for slot in await free_slots(database, world)
    ]
    assert (starts[0].time(), starts[-1].time(), len(starts)) == (time(12), time(18), 25)


async def test_a_practitioners_days_away_are_theirs_alone(database: Database) -> None:
    world = await live_clinic(database)
    day = await _day(database, world)
    async with database.begin(world.scope) as work:
        away = await practitioners.add_absence(
            work, world.practitioner_id, NewAbsence(kind="closed", first_on=day)
        )
        assert await practitioners.list_absences(work, world.practitioner_id) == [away]
    assert await free_slots(database, world) == []
    async with database.begin(world.scope) as work:
        await practitioners.remove_absence(work, world.practitioner_id, away.id)
        extra = {"kind": "extra", "first_on": day, "opens": "17:00", "closes": "19:00"}
        await practitioners.add_absence(work, world.practitioner_id, NewAbsence.model_validate(extra))
        for wrong in (world.practitioner_id, new_id()):
            with pytest.raises(NotFound):
                await practitioners.remove_absence(work, wrong, away.id)
        with pytest.raises(InvalidFields):
            await practitioners.add_absence(
                work, world.practitioner_id, NewAbsence.model_validate({**extra, "location_id": new_id()})
            )
    assert len(await free_slots(database, world)) == 29


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "closed", "opens": "09:00", "closes": "10:00"},
        {"kind": "taken"},
        {"kind": "taken", "opens": "10:00", "closes": "10:00"},
        {"kind": "extra", "opens": "10:00"},
        {"kind": "closed", "last_on": "2026-02-28"},
        {"kind": "closed", "last_on": "2027-03-03"},
        {"kind": "open"},
    ],
)
def test_what_does_not_fit_together_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        NewException.model_validate({"first_on": "2026-03-01", **wrong})


async def test_days_that_are_over_are_neither_taken_nor_shown(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    day = await _day(database, world)
    new = NewException(kind="closed", first_on=day)
    async with database.begin(world.scope) as work:
        await clinics.add_exception(work, world.location_id, new)
    await clock.advance(timedelta(days=12))
    async with database.begin(world.scope) as work:
        assert await clinics.list_exceptions(work, [world.location_id]) == []
        with pytest.raises(InvalidFields):
            await clinics.add_exception(work, world.location_id, new)


async def test_a_holiday_is_proposed_until_the_clinic_says_so(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        found = await clinics.list_holidays(work, world.location_id)
        today = work.now.date()
    assert {view.state for view in found} == {"proposed"}
    day = next(view for view in found if view.on > today)
    ahead = (day.on - today).days
    assert len(await free_slots(database, world, in_days=ahead)) == 29
    for closed, state, slots in ((True, "closed", 0), (False, "open", 29), (True, "closed", 0)):
        async with database.begin(world.scope) as work:
            said = await clinics.choose_holiday(work, world.location_id, day.on, HolidayChoice(closed=closed))
            again = await clinics.list_holidays(work, world.location_id)
            shown = await clinics.list_exceptions(work, [world.location_id])
        assert (said.state, next(view.state for view in again if view.on == day.on)) == (state, state)
        assert [view.holiday for view in shown] == ([day.name] if closed else [])
        assert len(await free_slots(database, world, in_days=ahead)) == slots
    weekday = next(n for n in range(1, 9) if today + timedelta(days=n) not in {view.on for view in found})
    async with database.begin(world.scope) as work:
        with pytest.raises(NotFound):
            await clinics.choose_holiday(
                work, world.location_id, today + timedelta(days=weekday), HolidayChoice(closed=True)
            )


@pytest.mark.parametrize(
    ("city", "country", "region"), [("Madrid", "ES", "MD"), ("Sydney", "AU", "New South Wales")]
)
async def test_a_regions_holiday_is_proposed_then_closed_or_overridden(
    database: Database, city: str, country: str, region: str
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        new = NewLocation(name="There", street="Street 1", city=city, country=country, region=region)
        place = await clinics.add_location(work, new)
        week = [HoursSpan(weekday=day, opens=time(9), closes=time(17)) for day in range(7)]
        place = await clinics.set_location_hours(work, place.id, HoursIn(hours=week))
        proposed = {view.on: view.state for view in await clinics.list_holidays(work, place.id)}
        everywhere = {on for on, _ in holidays_between(country, "", min(proposed), max(proposed))}
        on = min(proposed.keys() - everywhere)
        usual = [(time(9), time(17))]
        assert proposed[on] == "proposed"
        assert (await read_diary(work, place, [on])).open_on(on) == usual
        for closed, opened in ((True, []), (False, usual)):
            await clinics.choose_holiday(work, place.id, on, HolidayChoice(closed=closed))
            assert (await read_diary(work, place, [on])).open_on(on) == opened
