"""The demo world is made through the services, and every clinic in it could be anyone's."""

from __future__ import annotations

from infra.ops.demo.building import build_house
from infra.ops.demo.cast import HOUSES, TOWNS
from services.accounts import service as accounts
from services.accounts.schemas import NewAccount, SignedIn
from services.clinics import service as clinics
from services.kernel.scope import PublicScope
from services.kernel.work import Database


async def _person(database: Database, email: str, *, moderator: bool = False) -> SignedIn:
    async with database.begin(PublicScope()) as work:
        if moderator:
            await accounts.create_moderator(work, email, "Robin Hale", "quiet lamps by the river")
        else:
            made = await accounts.sign_up(
                work, NewAccount(email=email, name="Amara Osei", password="quiet lamps by the river")
            )
            link = await accounts.verification_link(work, made.account_id)
            await accounts.verify_email(work, link.rsplit("/", 1)[1])
        found = await accounts.find_by_email(work, email)
    assert found is not None
    return found


def test_there_are_twelve_clinics_in_four_real_cities() -> None:
    assert len(HOUSES) == 12
    assert {house.town for house in HOUSES} == set(TOWNS)


async def test_a_demo_clinic_goes_live_through_the_services(database: Database) -> None:
    owner = await _person(database, "owner@demo.test")
    moderator = await _person(database, "moderator@demo.test", moderator=True)
    built = await build_house(database, HOUSES[0], 0, owner, moderator)
    async with database.begin(PublicScope()) as work:
        assert await clinics.find_clinic_id(work, built.slug) == built.scope.clinic_id
