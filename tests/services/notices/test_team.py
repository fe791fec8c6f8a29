"""Whom of a clinic's team is told what clients do: each as they chose, once, and nothing that the team did itself."""

from __future__ import annotations

import pytest

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.rules import hears_of_booking
from services.clinics.schemas import ClinicPatch, NewMember, NoticesChoice
from services.courses.booking import book
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, booking_in, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.visits import sent, settled


async def _member(database: Database, world: World, name: str, role: Role, *, treats: bool = False) -> str:
    account, _ = await person(database, name)
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=account.email, role=role))
        if treats:
            await practitioners.link_member(work, world.practitioner_id, LinkedMember(member_id=member.id))
    return account.email


async def _told(database: Database, clock: MovableClock, kind: str) -> list[str]:
    return sorted(one.to for one in await settled(database, clock, f"booking.{kind}.clinic"))


async def test_each_of_the_team_is_told_once_as_they_chose(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    manager = await _member(database, world, "Mo Lind", Role.MANAGER)
    treats = await _member(database, world, "Dr Mira Holm", Role.PRACTITIONER, treats=True)
    await _member(database, world, "Ivo Marsh", Role.PRACTITIONER)
    await _member(database, world, "Fay Dee", Role.FRONT_DESK)
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(email="desk@linden.test"))
        await clinics.choose_notices(work, world.owner.account_id, NoticesChoice(booking_notices="none"))
    slots = await free_slots(database, world)
    booked = await book_one(database, world, slots[0].starts_at)
    expected = sorted([manager, treats, "desk@linden.test"])
    assert await _told(database, clock, "confirmed") == expected
    (booking_id,) = await booking_ids(database, world, booked)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, slots[8].starts_at)
    assert await _told(database, clock, "rescheduled") == expected
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    assert await _told(database, clock, "cancelled") == expected
    for one in await sent(database):
        if one.kind.endswith(".clinic"):
            assert "Ana" not in one.subject
            assert ("/messages" in one.text) is (one.to != "desk@linden.test")


async def test_what_the_team_does_itself_is_not_told_to_it(database: Database, clock: MovableClock) -> None:
    world = await live_clinic(database)
    slots = await free_slots(database, world)
    async with database.begin(world.scope) as work:
        booked = await book(work, booking_in(world, slots[0].starts_at), by_clinic=True)
    (booking_id,) = await booking_ids(database, world, booked)
    await sent(database)
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, slots[8].starts_at, by="clinic")
    await settled(database, clock)
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="clinic", reason="ill")
    told = [one.kind for one in await settled(database, clock) if one.kind.startswith("booking.")]
    assert told == ["booking.confirmed.client", "booking.rescheduled.client", "booking.cancelled.client"]


@pytest.mark.parametrize(
    ("role", "chosen", "own", "expected"),
    [
        ("owner", "", False, True),
        ("manager", "", False, True),
        ("manager", "own", False, False),
        ("manager", "own", True, True),
        ("practitioner", "", False, False),
        ("practitioner", "", True, True),
        ("practitioner", "all", False, True),
        ("front_desk", "", True, False),
        ("front_desk", "all", False, True),
        ("owner", "none", True, False),
    ],
)
def test_who_hears_of_a_booking(role: str, chosen: str, own: bool, expected: bool) -> None:  # noqa: FBT001
    assert hears_of_booking(role, chosen, own=own) is expected
