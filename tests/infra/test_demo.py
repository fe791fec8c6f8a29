"""The demo world is made through the services, and every clinic in it could be anyone's."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from pydantic import SecretStr

from infra.ops.commands.demo import fill_if_empty
from infra.ops.demo.building import build_house
from infra.ops.demo.cast import HOUSES, TOWNS
from infra.ops.demo.diary import DAYS, fill_the_diary, work_the_day
from infra.ops.demo.people import CLIENT, OWNER, make_moderator, sign_up_person
from infra.ops.problem import Problem
from infra.platform.settings import Settings
from services.accounts import service as accounts
from services.accounts.errors import SignInFailed
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.clinics import service as clinics
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.scheduling import service as scheduling

PASSWORD = "quiet lamps by the river"


async def _may_sign_in(database: Database, email: str, password: str) -> bool:
    try:
        async with database.begin(PublicScope()) as work:
            given = Credentials(email=email, password=password)
            await accounts.sign_in(work, given, kind=SignInKind.SESSION)
    except SignInFailed:
        return False
    return True


def test_there_are_twelve_clinics_in_four_real_cities() -> None:
    assert len(HOUSES) == 12
    assert {house.town for house in HOUSES} == set(TOWNS)


async def test_a_demo_clinic_goes_live_through_the_services(database: Database) -> None:
    owner = await sign_up_person(database, OWNER, "Amara Osei", PASSWORD)
    moderator = await make_moderator(database, PASSWORD)
    built = await build_house(database, HOUSES[0], 0, owner, moderator)
    async with database.begin(PublicScope()) as work:
        assert await clinics.find_clinic_id(work, built.slug) == built.scope.clinic_id
    await fill_the_diary(database, built, random.Random(1))  # noqa: S311  a story, not a secret
    await work_the_day(database, built)
    async with database.begin(built.scope) as work:
        ahead = await scheduling.list_bookings(work, work.now.date(), work.now.date() + timedelta(days=DAYS))
    assert len(ahead.items) > DAYS


async def test_another_password_is_given_to_the_demo_accounts_at_the_next_start(
    database: Database, settings: Settings
) -> None:
    for email in (OWNER, CLIENT):
        await sign_up_person(database, email, "Amara Osei", PASSWORD)
    await sign_up_person(database, "ana@example.com", "Ana Torres", PASSWORD)
    other = settings.model_copy(update={"demo_password": SecretStr("wide windows to the sea")})
    assert not await asyncio.to_thread(fill_if_empty, other)
    for email in (OWNER, CLIENT):
        assert await _may_sign_in(database, email, "wide windows to the sea")
        assert not await _may_sign_in(database, email, PASSWORD)
    assert await _may_sign_in(database, "ana@example.com", PASSWORD)


@pytest.mark.parametrize("password", ["short", "password1234"])
async def test_a_password_that_no_account_may_have_is_one_line(
    database: Database, settings: Settings, password: str
) -> None:
    await sign_up_person(database, OWNER, "Amara Osei", PASSWORD)
    other = settings.model_copy(update={"demo_password": SecretStr(password)})
    with pytest.raises(Problem, match="NEEDLEWISE_DEMO_PASSWORD"):
        await asyncio.to_thread(fill_if_empty, other)
    assert await _may_sign_in(database, OWNER, PASSWORD)
