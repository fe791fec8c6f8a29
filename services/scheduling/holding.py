"""Use cases of holds: a time is kept for ten minutes for somebody who answers questions before they book it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.rules import network_of
from services.kernel.errors import InvalidFields, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.questions.inviting import require_invitation
from services.scheduling import events
from services.scheduling.availability import Offer, get_offer_for, workers_of
from services.scheduling.claiming import claims_of, drop_hold, tell_hold_ended, times_of
from services.scheduling.errors import TooManyHolds
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.planning import Held, Wish, check_offered, held_of
from services.scheduling.rules import Free
from services.scheduling.schemas import HeldTime, VisitWish
from services.scheduling.taking import take_times
from services.treatments.models import BookingMode

HOLD_LINK = "hold"
HOLD_FOR = timedelta(minutes=10)
MOST_STANDING = 3
HOLDS_AN_HOUR, _AN_HOUR = 20, 3600


async def hold_time(
    work: ClinicWork, wanted: VisitWish, who: str, *, instead_of: str = "", invitation: str | None = None
) -> HeldTime:
    """Keeps a free time for ten minutes for whoever gets the token; `who` (an account or an address) is counted.

    The hold whose token is `instead_of` is given up for it. Raises `SlotTaken` with alternatives, `TooManyRequests`,
    `TooManyHolds`, `AskFirst`, `NotFound`, and field errors for a time that is not offered.
    """
    held_by = _key_of(work, who)
    await _throttle(work, held_by)
    offer = await get_offer_for(work, wanted)
    if offer.booking_mode == BookingMode.ASK_FIRST:
        require_invitation(work, wanted.treatment_id, invitation)
    hold_id, until = new_id(), work.now + HOLD_FOR

    async def write(plan: Sequence[Free]) -> list[dict[str, Any]]:
        return await write_hold(work, offer, plan[0], hold_id, min(until, plan[0].starts_at), held_by=held_by)

    wish = Wish(
        offer,
        tuple(workers_of(offer, wanted.practitioner_id)),
        wanted.starts_at,
        1,
        offer.window,
        wanted.practitioner_id,
    )
    check_offered(wish, work.now, horizon=True)
    given_up = find_token(work, instead_of)
    await _count(work, held_by, given_up)
    await take_times(work, wish, write, given_up)
    return _held(work, await HoldRepository(work).find(hold_id))


async def _count(work: ClinicWork, held_by: str, given_up: UUID | None) -> None:
    """Raises `TooManyHolds` where they hold as many as they may; many at once are counted one by one."""
    holds = HoldRepository(work)
    await holds.lock_holder(held_by)
    if await holds.count_standing(held_by, but=given_up) >= MOST_STANDING:
        raise TooManyHolds


async def write_hold(
    work: ClinicWork, offer: Offer, free: Free, hold_id: UUID, until: datetime, **whose: Any
) -> list[dict[str, Any]]:
    """Writes a hold of a planned time with its timer, and gives its claims, to be laid under the resources' locks."""
    what = {"treatment_id": offer.treatment_id, "area": offer.area, **times_of(free, offer)}
    await HoldRepository(work).add({"id": hold_id, "until_at": until, **what, **whose})
    set_timer(work, events.HOLD_EXPIRES(hold_id=hold_id), hold_id, until)
    work.audit("hold.place", "hold", hold_id)
    work.announce(events.HOLD_PLACED(hold_id=hold_id))
    return claims_of(hold_id, free, offer, "hold_id")


async def find_hold(work: ClinicWork, token: str) -> HeldTime | None:
    """What the token holds now; nothing where that is over, or the token is not one of this clinic's."""
    hold_id = find_token(work, token)
    row = await HoldRepository(work).find(hold_id) if hold_id else None
    return _held(work, row) if row is not None and row.until_at > work.now else None


async def find_held(work: ClinicWork, token: str | None) -> Held | None:
    """The same as planning needs it: with all that the visit would take."""
    return await find_standing_hold(work, find_token(work, token))


async def find_standing_hold(work: ClinicWork, hold_id: UUID | None) -> Held | None:
    """The same for a hold's id."""
    row = await HoldRepository(work).find(hold_id) if hold_id else None
    return None if row is None or row.until_at <= work.now else held_of(row)


async def release_hold(work: ClinicWork, token: str) -> None:
    """Gives the time back; nothing happens where that was done, or its time is over. Raises `LinkInvalid`."""
    link = work.tools.links.read(HOLD_LINK, token, work.now)
    if link.clinic_id != work.scope.clinic_id:
        raise LinkInvalid
    if await drop_hold(work, link.subject_id) is not None:
        await tell_hold_ended(work, link.subject_id, "release")


async def expire_hold(work: ClinicWork, hold_id: UUID) -> bool:
    """Ends a hold whose time is over. False: it was used or released, or stands a little longer."""
    row = await HoldRepository(work).lock(hold_id)
    if row is None or row.until_at > work.now:
        return False
    await drop_hold(work, hold_id)
    await tell_hold_ended(work, hold_id, "expire")
    return True


def find_token(work: ClinicWork, token: str | None) -> UUID | None:
    """The hold that a token names, at this clinic; nothing for any other text."""
    try:
        link = work.tools.links.read(HOLD_LINK, token or "", work.now)
    except (LinkInvalid, LinkExpired):
        return None
    return link.subject_id if link.clinic_id == work.scope.clinic_id else None


def read_token(work: ClinicWork, token: str | None) -> UUID | None:
    """The same; a text that is no token of this clinic is a field error, as a program's mistake."""
    found = find_token(work, token)
    if token and found is None:
        raise InvalidFields.one("hold", "invalid", "This is not a hold of this clinic.")
    return found


def _held(work: ClinicWork, row: Row[Any] | None) -> HeldTime:
    if row is None:
        raise LookupError("a hold that was just laid is gone")
    token = work.tools.links.sign(HOLD_LINK, row.id, clinic_id=work.scope.clinic_id)
    return HeldTime(token, row.starts_at, row.ends_at, row.until_at, row.practitioner_id, row.location_id)


def _key_of(work: ClinicWork, who: str) -> str:
    # One household has more addresses of IPv6 than could ever be counted; an account's name stays as it is.
    said = f"hold {network_of(who)}".encode()
    return hmac.digest(work.tools.keyring.signing_key(), said, "sha256").hex()[:32]


async def _throttle(work: ClinicWork, held_by: str) -> None:
    if work.anew:
        return
    wait = await work.tools.throttle.hit(f"hold:{held_by}", HOLDS_AN_HOUR, _AN_HOUR)
    if wait is not None:
        raise TooManyRequests(wait)
