"""Where one is signed in: listed, noted, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.accounts import service
from services.accounts.schemas import NewPassword
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.fixtures import MovableClock
from tests.services.accounts.people import ANOTHER, API, PASSWORD, sign_in, sign_up, who

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


async def test_sign_ins_are_listed_with_device_places_and_times(
    database: Database, clock: MovableClock
) -> None:
    account = await sign_up(database)
    here = await sign_in(database, user_agent=FIREFOX, address="192.0.2.1")
    began = await clock.now()
    await sign_in(database, kind=API, user_agent="curl/8.5.0")
    later = await clock.advance(timedelta(minutes=5))
    await who(database, here, address="192.0.2.2")
    async with database.begin(PublicScope()) as work:
        first, second = await service.list_sign_ins(work, account.account_id, here)
    assert (first.device, first.kind, first.current) == ("Firefox on Linux", "session", True)
    assert (first.first_address, first.last_address) == ("192.0.2.1", "192.0.2.2")
    assert abs(first.created_at - began) < timedelta(minutes=1)
    assert abs(first.last_seen_at - later) < timedelta(minutes=1)
    assert (second.device, second.kind, second.current) == ("curl", "api", False)


async def test_a_use_from_the_same_place_is_noted_every_quarter_of_an_hour(
    database: Database, clock: MovableClock
) -> None:
    account = await sign_up(database)
    token = await sign_in(database, kind=API, address="192.0.2.1")
    seen = []
    for minutes in (10, 10):
        await clock.advance(timedelta(minutes=minutes))
        await who(database, token, api=True, address="192.0.2.1")
        async with database.begin(PublicScope()) as work:
            (one,) = await service.list_sign_ins(work, account.account_id, token)
        seen.append(one.last_seen_at - one.created_at)
    assert seen[0] == timedelta(0)
    assert seen[1] >= timedelta(minutes=20)


async def test_another_place_does_not_make_a_programs_token_last_longer(
    database: Database, clock: MovableClock
) -> None:
    await sign_up(database)
    token = await sign_in(database, kind=API)
    await clock.advance(timedelta(days=29))
    assert await who(database, token, api=True, address="192.0.2.9") is not None
    await clock.advance(timedelta(days=1, seconds=1))
    assert await who(database, token, api=True, address="192.0.2.9") is None


async def test_one_device_is_signed_out_by_its_own_person_alone(database: Database) -> None:
    account, other = await sign_up(database), await sign_up(database, "bo@example.com")
    here, there = await sign_in(database), await sign_in(database)
    async with database.begin(PublicScope()) as work:
        listed = await service.list_sign_ins(work, account.account_id, here)
        (target,) = [one.id for one in listed if not one.current]
        with pytest.raises(NotFound):
            await service.end_sign_in(work, other.account_id, target)
        with pytest.raises(NotFound):
            await service.end_sign_in(work, account.account_id, new_id())
    assert await who(database, there) is not None
    async with database.begin(PublicScope()) as work:
        await service.end_sign_in(work, account.account_id, target)
        with pytest.raises(NotFound):
            await service.end_sign_in(work, account.account_id, target)
    assert await who(database, there) is None
    assert await who(database, here) is not None


async def test_every_other_device_is_signed_out_and_nobody_elses(database: Database) -> None:
    account = await sign_up(database)
    await sign_up(database, "bo@example.com")
    here, bos = await sign_in(database), await sign_in(database, email="bo@example.com")
    others = [await sign_in(database), await sign_in(database, kind=API)]
    async with database.begin(PublicScope()) as work:
        assert await service.end_other_sign_ins(work, account.account_id, here) == 2
        assert await service.end_other_sign_ins(work, account.account_id, here) == 0
    assert await who(database, others[0]) is None
    assert await who(database, others[1], api=True) is None
    assert await who(database, here) is not None
    assert await who(database, bos) is not None


async def test_a_renewed_sign_in_is_the_same_device(database: Database) -> None:
    account = await sign_up(database)
    here = await sign_in(database, user_agent=FIREFOX)
    async with database.begin(PublicScope()) as work:
        (before,) = await service.list_sign_ins(work, account.account_id, here)
        new = NewPassword(current=PASSWORD, password=ANOTHER)
        fresh = await service.change_password(work, account.account_id, new, token=here)
        (after,) = await service.list_sign_ins(work, account.account_id, fresh)
    assert fresh != here
    assert (after.id, after.device, after.current) == (before.id, before.device, True)
