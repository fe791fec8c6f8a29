"""How much may be booked at one clinic, so that nobody fills its diary: by place, by account and by who comes.

The numbers are beyond what people do: a household that books courses for everybody, a waiting room full of clients on
the clinic's own wireless network. The desk's bookings, and whoever accepts an offered time, are not counted.
"""

from __future__ import annotations

from uuid import UUID

from services.accounts.limits import limit
from services.accounts.rules import network_of
from services.clients.schemas import ClientView
from services.kernel.errors import Refusal
from services.kernel.work import ClinicWork
from services.scheduling.reading import count_ahead

AN_HOUR, A_DAY = 60 * 60, 24 * 60 * 60
FROM_ONE_PLACE = ((AN_HOUR, 30), (A_DAY, 80))
BY_ONE_ACCOUNT = ((AN_HOUR, 10), (A_DAY, 30))
MOST_AHEAD = 30
"""Visits: two courses of six for two people each, and six visits more."""


class TooManyVisits(Refusal):
    code = "too-many-visits"
    message = (
        "You have many visits ahead at this clinic already. Cancel one, or ask the clinic to book for you."
    )


async def count_booking(work: ClinicWork, address: str, account_id: UUID | None) -> None:
    """Counts one booking from an address, and of an account where somebody is signed in. Raises `TooManyRequests`."""
    if work.anew:
        return
    here = f"book:{work.scope.clinic_id}"
    for seconds, most in FROM_ONE_PLACE:
        await limit(work, f"{here}:{seconds}:{network_of(address)}", most, seconds)
    if account_id is not None:
        for seconds, most in BY_ONE_ACCOUNT:
            await limit(work, f"{here}:{seconds}:{account_id}", most, seconds)


async def require_few_ahead(work: ClinicWork, client: ClientView, account_id: UUID | None, more: int) -> None:
    """Raises `TooManyVisits` where the client, or the account that books, would have too many visits to come.

    Some that are made at the same moment are not seen; how many those can be, `count_booking` limits.
    """
    if not work.tools.throttle.is_on:
        return
    if account_id is None and client.created_at >= work.now:
        return  # a client who is new here has none
    if await count_ahead(work, client.id, account_id) + more > MOST_AHEAD:
        raise TooManyVisits
