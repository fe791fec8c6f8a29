"""The worlds of the actors that follow what happens in a clinic's team."""

from __future__ import annotations

from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from tests.factories import book_one, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.scheduling.both import two_clinics
from tests.workers.case import Case, of


async def team_invitation(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        asked = await clinics.invite(work, NewMember(email="bo@example.test", role=Role.MANAGER))
    return of(world, invitation_id=asked.id)


async def left_the_team(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    left, _ = await person(database, "Bo Berg")
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=left.email, role=Role.PRACTITIONER))
        await practitioners.link_member(work, world.practitioner_id, LinkedMember(member_id=member.id))
        await clinics.remove_member(work, member.id)
    return of(world, account_id=left.account_id)


async def busy_elsewhere(database: Database, clock: MovableClock) -> Case:
    here, _ = await two_clinics(database)
    async with database.begin(here.scope) as work:
        person_id = await practitioners.find_account(work, here.practitioner_id)
    return of(here, person_id=str(person_id), clinic_id=here.clinic_id)


async def now_signs_in(database: Database, clock: MovableClock) -> Case:
    world = await live_clinic(database)
    await book_one(database, world)
    bo, _ = await person(database, "Bo Berg")
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=bo.email, role=Role.PRACTITIONER))
        await practitioners.link_member(work, world.practitioner_id, LinkedMember(member_id=member.id))
    return of(world, practitioner_id=world.practitioner_id)
