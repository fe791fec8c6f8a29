"""How often something may be tried, and by whom.

Signing in is slowed down in three counts, so that guessing is slow from one place and from many, and nobody can
keep a person out of their own account for long:

- the account from one address: ten tries, then pauses that double from 30 seconds to 15 minutes;
- the account from everywhere: twenty tries, then pauses of at most a minute. A browser that has signed in to this
  account before is not in this count, but has one of its own;
- the address: a hundred tries in a quarter of an hour.

Signing in ends the counts of the account.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from services.accounts.rules import KNOWN_BROWSER_LASTS, network_of
from services.accounts.schemas import Origin
from services.kernel.errors import TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.work import AnyWork

QUARTER, HOUR = 15 * 60, 60 * 60
FROM_ONE_ADDRESS, FROM_EVERYWHERE = (10, 30, QUARTER), (20, 15, 60)
TRIES_BY_ADDRESS, TRIES_BY_ACCOUNT = 100, 10
SIGN_UPS_BY_ADDRESS, VERIFICATIONS_BY_ACCOUNT = 20, 5
LETTERS_BY_EMAIL, LETTERS_BY_ADDRESS = 5, 30
KNOWN_BROWSER = "known-browser"


async def limit(work: AnyWork, key: str, most: int, per_seconds: int) -> None:
    """Counts one try. Raises `TooManyRequests`."""
    wait = await work.tools.throttle.hit(key, most, per_seconds)
    if wait is not None:
        raise TooManyRequests(wait)


async def limit_sign_ups(work: AnyWork, address: str) -> None:
    """Counts one account made from the address. Raises `TooManyRequests`."""
    if address:
        await limit(work, f"sign-up:{_digest(network_of(address))}", SIGN_UPS_BY_ADDRESS, HOUR)


async def limit_sign_in(work: AnyWork, email: str, origin: Origin, account_id: UUID | None) -> None:
    """Counts one try to sign in. Raises `TooManyRequests`."""
    if origin.address:
        place = _digest(network_of(origin.address))
        await limit(work, f"sign-in-address:{place}", TRIES_BY_ADDRESS, QUARTER)
    for key, patience in _counts(work, email, origin, account_id):
        wait = await work.tools.throttle.slow(key, *patience)
        if wait is not None:
            raise TooManyRequests(wait)


async def forgive(work: AnyWork, email: str, origin: Origin, account_id: UUID) -> None:
    """Somebody signed in: the account's counts begin anew."""
    for key, _ in _counts(work, email, origin, account_id):
        await work.tools.throttle.forget(key)


async def limit_letters(work: AnyWork, what: str, email: str, address: str) -> None:
    """Counts a message that anybody may have sent to an address they type. Raises `TooManyRequests`."""
    if address:
        await limit(work, f"{what}-address:{_digest(network_of(address))}", LETTERS_BY_ADDRESS, HOUR)
    await limit(work, f"{what}:{_digest(email)}", LETTERS_BY_EMAIL, HOUR)


def _counts(
    work: AnyWork, email: str, origin: Origin, account_id: UUID | None
) -> list[tuple[str, tuple[int, int, int]]]:
    browser = _browser_id(work, origin, account_id)
    everywhere = (
        (f"sign-in-browser:{browser}", FROM_ONE_ADDRESS)
        if browser
        else (f"sign-in-email:{_digest(email)}", FROM_EVERYWHERE)
    )
    here = _digest("\n".join([email, network_of(origin.address)]))
    return [(f"sign-in:{here}", FROM_ONE_ADDRESS), everywhere]


def known_browser(work: AnyWork, account_id: UUID) -> str:
    """What a browser carries that has signed in to the account. It opens nothing."""
    return work.tools.links.sign(
        KNOWN_BROWSER, account_id, version=new_id().hex, expires_at=work.now + KNOWN_BROWSER_LASTS
    )


def _browser_id(work: AnyWork, origin: Origin, account_id: UUID | None) -> str:
    try:
        link = work.tools.links.read(KNOWN_BROWSER, origin.browser, work.now)
    except (LinkExpired, LinkInvalid):
        return ""
    return link.version if link.subject_id == account_id else ""


def is_known_browser(work: AnyWork, origin: Origin, account_id: UUID) -> bool:
    """Whether the browser has signed in to the account before."""
    return bool(_browser_id(work, origin, account_id))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
