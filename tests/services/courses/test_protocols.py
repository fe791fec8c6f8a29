"""Protocols in versions: what was booked keeps the version it began with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from services.courses.protocols import protocol_of
from services.courses.service import get_course
from services.kernel.models import Timer
from services.kernel.tables import table
from services.kernel.work import Database
from services.scheduling.booking import get_booking
from services.treatments import service as treatments
from services.treatments.protocol_schemas import ProtocolIn
from services.treatments.protocols import list_protocols
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, settled

NEW = {
    "check_in_days": [10, 2],
    "aftercare": [
        {"from_day": 3, "to_day": 4, "text": "A plain moisturiser."},
        {"from_day": 0, "to_day": 0, "text": "Our own serum, nothing else."},
    ],
}


async def change(database: Database, clock: MovableClock, world: World, **patch: object) -> None:
    await clock.advance(timedelta(minutes=1))
    async with database.begin(world.scope) as work:
        await treatments.update_treatment(work, world.treatment_id, TreatmentPatch.model_validate(patch))


async def test_a_course_and_a_visit_keep_the_version_they_began_with(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    slots = await free_slots(database, world)
    before = await book_one(database, world, whole_course=True)
    single = await book_one(database, world, slots[8].starts_at, email="ben@example.test")
    await change(database, clock, world, protocol=NEW, course={"max_days": 50})
    after = await book_one(database, world, slots[16].starts_at, whole_course=True, email="cy@example.test")
    assert before.course_id is not None
    assert after.course_id is not None
    async with database.begin(world.scope) as work:
        assert (await get_course(work, before.course_id)).protocol_version == 1
        assert (await get_course(work, after.course_id)).protocol_version == 2
        versions = {}
        for booked in (before, single, after):
            ids = await booking_ids(database, world, booked)
            versions[booked.reference] = await protocol_of(work, await get_booking(work, ids[0]))
    old, alone, new = (versions[one.reference] for one in (before, single, after))
    assert (old.version, old.max_days, old.check_in_days) == (1, 42, (1, 3, 7, 28))
    assert alone == old
    assert (new.version, new.max_days, new.check_in_days) == (2, 50, (2, 10))
    assert new.steps_of_day(0) == ["Our own serum, nothing else."]


async def test_a_change_of_something_else_is_no_new_version(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    await change(database, clock, world, name="Another name")
    await change(database, clock, world, protocol={"check_in_days": [1, 3, 7, 28]})
    await change(database, clock, world, course={"sessions": 5})
    async with database.begin(world.scope) as work:
        menu = await treatments.list_treatments(work)
        (found,) = (await list_protocols(work, menu)).values()
    assert [(one.version, one.sessions) for one in found] == [(2, 5), (1, 4)]
    assert found[0].aftercare == found[1].aftercare
    assert found[0].written_by == "Owen Lind"


async def test_check_ins_and_aftercare_go_by_the_protocol_of_the_visit(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await change(database, clock, world, protocol=NEW)
    booked = await book_one(database, world)
    (booking_id,) = await booking_ids(database, world, booked)
    await change(database, clock, world, protocol={"check_in_days": [5]})
    await complete(database, clock, world, booking_id)
    (letter,) = await settled(database, clock, "aftercare")
    assert "Our own serum, nothing else." in letter.text
    assert "Days 3 and 4" in letter.text
    assert "Leave the skin alone" not in letter.text
    timers = table(Timer).c
    async with database.begin(world.scope) as work:
        due = await work.rows(
            select(timers.version).where(timers.subject_id == booking_id, timers.kind == "check_in.due")
        )
    assert sorted(row.version for row in due) == [2, 10]


@pytest.mark.parametrize(
    "wrong",
    [
        {"check_in_days": []},
        {"check_in_days": [0]},
        {"check_in_days": [181]},
        {"photo_days": [731]},
        {"review_days": [0]},
        {"review_days": [1, 2, 3, 4, 5, 6, 7]},
        {"aftercare": []},
        {"aftercare": [{"from_day": 2, "to_day": 1, "text": "x"}]},
        {"aftercare": [{"from_day": 0, "to_day": 366, "text": "x"}]},
        {"aftercare": [{"from_day": 0, "to_day": 0, "text": " "}]},
    ],
)
def test_a_protocol_stays_within_sane_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProtocolIn.model_validate(wrong)


def test_days_are_kept_in_order_and_once() -> None:
    assert ProtocolIn.model_validate({"check_in_days": [7, 1, 7]}).check_in_days == [1, 7]
