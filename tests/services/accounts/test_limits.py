"""How often signing in and up may be tried."""

from __future__ import annotations

import asyncio

import pytest

from infra.platform.assembly import Adapters
from infra.platform.redis import RedisThrottle
from services.accounts import limits, service
from services.accounts.errors import SignInFailed
from services.accounts.schemas import Origin
from services.kernel.errors import TooManyRequests
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from tests.services.accounts.people import EMAIL, sign_in, sign_up, throttled

ATTACKER, OWNER = "192.0.2.1", "198.51.100.7"


async def _guess(
    database: Database, times: int, *, email: str = EMAIL, address: str = "", browser: str = ""
) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            await sign_in(
                database, email=email, password="wrong", origin=Origin(address=address, browser=browser)
            )


async def test_ten_tries_of_one_address_then_pauses(database: Database, adapters: Adapters) -> None:
    limited = throttled(database, adapters)
    await sign_up(limited)
    await _guess(limited, 10, address=ATTACKER)
    with pytest.raises(TooManyRequests) as refusal:
        await sign_in(limited, address=ATTACKER)
    assert 25 < refusal.value.retry_after_seconds <= 30
    await sign_in(limited, address=OWNER)


async def test_a_wait_that_is_over_lets_one_try_pass_and_the_next_is_twice_as_long(
    adapters: Adapters,
) -> None:
    await adapters.redis.flushdb()
    throttle = RedisThrottle(adapters.redis, on=True)
    key = "needlewise:throttle:k:wait"
    waits = []
    for _ in range(5):
        assert await throttle.slow("k", 2, 30, 200) is None
        waits.append(await adapters.redis.ttl(key))
        if waits[-1] > 0:
            assert await throttle.slow("k", 2, 30, 200) == waits[-1]
        await adapters.redis.delete(key)
    assert waits == [-2, 30, 60, 120, 200]
    await throttle.forget("k")
    assert await throttle.slow("k", 2, 30, 200) is None
    assert await adapters.redis.ttl(key) == -2
    assert await adapters.redis.ttl("needlewise:throttle:k") > 3000


async def test_guesses_at_once_do_not_slip_through_together(adapters: Adapters) -> None:
    await adapters.redis.flushdb()
    throttle = RedisThrottle(adapters.redis, on=True)
    found = await asyncio.gather(*(throttle.slow("k", 3, 30, 60) for _ in range(20)))
    assert found.count(None) == 3


async def test_guesses_from_many_places_slow_the_account_down_for_a_minute_at_most(
    database: Database, adapters: Adapters
) -> None:
    limited = throttled(database, adapters)
    await sign_up(limited)
    for number in range(4):
        await _guess(limited, 5, address=f"192.0.2.{number}")
    with pytest.raises(TooManyRequests) as refusal:
        await sign_in(limited, address=OWNER)
    assert 0 < refusal.value.retry_after_seconds <= limits.FROM_EVERYWHERE[2] == 60


async def test_a_browser_that_signed_in_before_is_not_kept_out_by_others(
    database: Database, adapters: Adapters
) -> None:
    limited = throttled(database, adapters)
    account, other = await sign_up(limited), await sign_up(limited, "bo@example.com")
    async with limited.begin(PublicScope()) as work:
        mine = service.known_browser(work, account.account_id)
        others = service.known_browser(work, other.account_id)
        assert service.is_known_browser(work, Origin(browser=mine), account.account_id)
        assert not service.is_known_browser(work, Origin(browser=mine), other.account_id)
        assert not service.is_known_browser(work, Origin(), account.account_id)
    for number in range(4):
        await _guess(limited, 5, address=f"192.0.2.{number}")
    for browser in (others, "nonsense", ""):
        with pytest.raises(TooManyRequests):
            await sign_in(limited, address=OWNER, browser=browser)
    await sign_in(limited, address="203.0.113.5", browser=mine)


async def test_a_known_browser_has_a_count_of_its_own(database: Database, adapters: Adapters) -> None:
    limited = throttled(database, adapters)
    account = await sign_up(limited)
    async with limited.begin(PublicScope()) as work:
        stolen = service.known_browser(work, account.account_id)
    for number in range(2):
        await _guess(limited, 5, address=f"192.0.2.{number}", browser=stolen)
    with pytest.raises(TooManyRequests):
        await sign_in(limited, address="192.0.2.9", browser=stolen)


async def test_signing_in_ends_the_accounts_counts(database: Database, adapters: Adapters) -> None:
    limited = throttled(database, adapters)
    await sign_up(limited)
    for _ in range(3):
        await _guess(limited, 9, address=OWNER)
        await sign_in(limited, address=OWNER)


async def test_an_unknown_address_is_slowed_down_like_a_known_one(
    database: Database, adapters: Adapters
) -> None:
    limited = throttled(database, adapters)
    await _guess(limited, 10, email="nobody@example.com", address=ATTACKER)
    with pytest.raises(TooManyRequests):
        await sign_in(limited, email="nobody@example.com", address=ATTACKER)


async def test_one_address_does_not_try_everybodys_password(
    database: Database, adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TRIES_BY_ADDRESS", 3)
    limited = throttled(database, adapters)
    await sign_up(limited)
    for number in range(3):
        await _guess(limited, 1, email=f"bo{number}@example.com", address=f"2001:db8::{number}")
    with pytest.raises(TooManyRequests):
        await sign_in(limited, address="2001:db8::9")
    await sign_in(limited, email=EMAIL, address="2001:db8:0:1::9")


async def test_too_many_sign_ups_of_one_address_wait(
    database: Database, adapters: Adapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIGN_UPS_BY_ADDRESS", 2)
    limited = throttled(database, adapters)
    for number in range(2):
        await sign_up(limited, f"ana{number}@example.com", address=ATTACKER)
    with pytest.raises(TooManyRequests):
        await sign_up(limited, "ana3@example.com", address=ATTACKER)
    await sign_up(limited, "ana4@example.com", address=OWNER)
