"""One person who treats at two clinics."""

from __future__ import annotations

from services.accounts.schemas import SignedIn
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember
from services.scheduling.people import bind_person
from tests.factories import World, live_clinic, person


async def signs_in_as(database: Database, world: World, account: SignedIn, *, bound: bool = True) -> None:
    async with database.begin(world.scope) as work:
        member = await clinics.add_member(work, NewMember(email=account.email, role=Role.PRACTITIONER))
        await practitioners.link_member(work, world.practitioner_id, LinkedMember(member_id=member.id))
    if bound:
        async with database.begin(world.scope) as work:
            await bind_person(work, world.practitioner_id)


async def two_clinics(database: Database) -> tuple[World, World]:
    """Two clinics at which the same person treats."""
    mira, _ = await person(database, "Mira Holm")
    here = await live_clinic(database)
    there = await live_clinic(database, name="Cedar Skin", city="Dallas")
    for world in (here, there):
        await signs_in_as(database, world, mira)
    return here, there
