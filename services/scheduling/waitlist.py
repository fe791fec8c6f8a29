"""Use cases of who waits: a wish is left, proved by its link, changed, withdrawn, and ends by itself.

A standing offer's hold is locked before the wish's row, and a wish ends under the waitlist's lock, so that nothing is
offered to a wish that is just ending.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from services.accounts import service as accounts
from services.accounts.limits import limit_letters
from services.accounts.rules import network_of
from services.kernel.correlation import followed_by
from services.kernel.errors import FieldError, InvalidFields, NotFound, Refusal, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.language import page_address
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.timers import cancel_timers, set_timer
from services.kernel.work import AccountWork, AnyWork, ClinicWork
from services.questions.inviting import require_invitation
from services.scheduling import events
from services.scheduling.availability import Offer, get_offer, workers_of
from services.scheduling.claiming import drop_hold, tell_hold_ended
from services.scheduling.errors import TooManyWishes, WishOver
from services.scheduling.models import OfferAnswer, WishState
from services.scheduling.planning import TOO_SOON
from services.scheduling.reading import list_groups
from services.scheduling.schemas import BookingView
from services.scheduling.time_schemas import errors_of
from services.scheduling.waitlist_repository import WaitlistRepository, wishes_of_account
from services.scheduling.waitlist_rules import Window
from services.scheduling.waitlist_schemas import NewWish, OwnWish, WishTimes, WishView
from services.treatments.models import BookingMode, FirstStep

WISH_LINK = "waitlist"
PROVE_WITHIN = timedelta(days=2)
KEPT_FOR = timedelta(days=90)
"""How long an ended wish, with its person's name and address, can still be looked at."""
FURTHEST_DAYS = 183
MOST_WAITING = 5
WISHES_AN_HOUR, _AN_HOUR = 10, 3600
_OPEN = (WishState.UNPROVEN, WishState.WAITING)
_A_DAY = timedelta(days=1)


async def join_waitlist(
    work: ClinicWork, treatment_id: UUID, new: NewWish, *, address: str, account_id: UUID | None = None
) -> WishView:
    """Leaves a wish. It counts once its address is proved: at once where the signed-in person has proved it.

    What nobody has proved is in nobody's way: only how often an address is asked to prove is counted. Raises
    `TooManyRequests`, `TooManyWishes`, `AskFirst`, `NotFound`, and field errors.
    """
    wait = await work.tools.throttle.hit(f"waitlist:{network_of(address)}", WISHES_AN_HOUR, _AN_HOUR)
    if wait is not None:
        raise TooManyRequests(wait)
    offer = await get_offer(work, treatment_id, None, new.area)
    if offer.booking_mode == BookingMode.ASK_FIRST:
        require_invitation(work, treatment_id, new.invitation)
    workers_of(offer, new.practitioner_id)
    times = _times_of(work, offer.zone, new, offer)
    owner = await accounts.find_owner(work, new.email)
    proved = owner is not None and owner == account_id
    if proved:
        await _require_room(work, new.email)
    else:
        await limit_letters(work, "waitlist-proof", new.email, address)
    wish_id = new_id()
    await WaitlistRepository(work).add(
        id=wish_id,
        account_id=owner if proved else None,
        treatment_id=treatment_id,
        area=offer.area,
        practitioner_id=new.practitioner_id,
        name=new.name,
        email=new.email,
        phone=new.phone,
        language=new.language,
        state=WishState.WAITING if proved else WishState.UNPROVEN,
        proved_at=work.now if proved else None,
        **times,
    )
    ends = _end_of(times["last_on"], offer.zone) if proved else work.now + PROVE_WITHIN
    set_timer(work, events.WISH_ENDS(wish_id=wish_id), wish_id, ends)
    work.audit("waitlist.join", "waitlist_wish", wish_id)
    work.announce((events.WISH_PROVED if proved else events.WISH_MADE)(wish_id=wish_id))
    return await get_wish(work, wish_id)


async def prove_wish(work: ClinicWork, wish_id: UUID) -> WishView:
    """Whoever opened the link gets the address's mail: the wish counts, in the order in which it was made.

    Once more is no error. Raises `WishOver`, `TooManyWishes`.
    """
    wish = await get_wish(work, wish_id)
    if wish.state == WishState.WAITING:
        return wish
    await _require_room(work, wish.email)
    owner = await accounts.find_owner(work, wish.email)
    changed = await WaitlistRepository(work).update(
        wish_id, WishState.UNPROVEN, state=WishState.WAITING, proved_at=work.now, account_id=owner
    )
    if not changed:
        raise WishOver
    set_timer(work, events.WISH_ENDS(wish_id=wish_id), wish_id, _end_of(wish.last_on, wish.zone))
    work.audit("waitlist.prove", "waitlist_wish", wish_id)
    work.announce(events.WISH_PROVED(wish_id=wish_id))
    return await get_wish(work, wish_id)


async def _require_room(work: ClinicWork, email: str) -> None:
    """Raises `TooManyWishes` for an address that waits for as much as it may; those who ask at once are counted."""
    waitlist = WaitlistRepository(work)
    await waitlist.lock_address(email)
    if await waitlist.count_waiting(email) >= MOST_WAITING:
        raise TooManyWishes


async def change_wish(work: ClinicWork, wish_id: UUID, times: WishTimes) -> WishView:
    """Other days or times of day, at the same place in the order. Raises `WishOver`, and field errors."""
    wish = await get_wish(work, wish_id)
    offer = await _find_offer(work, wish.treatment_id, wish.area)
    values = _times_of(work, wish.zone, times, offer)
    if not await WaitlistRepository(work).update(wish_id, WishState.WAITING, **values):
        raise WishOver
    ends = _end_of(values["last_on"], wish.zone)
    set_timer(work, events.WISH_ENDS(wish_id=wish_id), wish_id, ends)
    work.audit("waitlist.change", "waitlist_wish", wish_id)
    work.announce(events.WISH_PROVED(wish_id=wish_id))
    return await get_wish(work, wish_id)


async def find_first_day(work: ClinicWork, treatment_id: UUID, area: str) -> date | None:
    """The first local day that can be offered at all, where that is not today: a notice, or what has to come first."""
    offer = await _find_offer(work, treatment_id, area)
    if offer is None:
        return None
    day = offer.earliest.astimezone(offer.zone).date()
    return day if day > work.now.astimezone(offer.zone).date() else None


async def _find_offer(work: ClinicWork, treatment_id: UUID, area: str) -> Offer | None:
    """What is waited for; nothing where the clinic does not give it at present."""
    try:
        return await get_offer(work, treatment_id, None, area)
    except Refusal:
        return None


async def withdraw_wish(work: ClinicWork, wish_id: UUID) -> WishView:
    """The person waits no longer. Raises `WishOver`."""
    return await _end(work, wish_id, WishState.WITHDRAWN, "withdraw")


async def remove_wish(work: ClinicWork, wish_id: UUID) -> WishView:
    """The clinic takes somebody off its list, who is told. Raises `WishOver`, `NotFound`."""
    return await _end(work, wish_id, WishState.REMOVED, "remove")


async def end_wish(work: ClinicWork, wish_id: UUID) -> bool:
    """Ends a wish whose days are over, and erases one that nobody proved, or that ended long ago.

    False: there is nothing to do, or not yet.
    """
    wish = await WaitlistRepository(work).find(wish_id)
    if wish is None:
        return False
    erased_at = wish.created_at + PROVE_WITHIN if not wish.proved else wish.changed_at + KEPT_FOR
    if work.now >= erased_at and not (wish.proved and wish.is_open):
        await _erase(work, wish_id)
        return True
    if not (wish.proved and wish.is_open):
        return False
    ends_at = _end_of(wish.last_on, wish.zone)
    if work.now < ends_at:
        # It is given in another zone by now, where the day is longer. A timer that went off is not set again.
        event, version = events.WISH_ENDS(wish_id=wish_id), int(ends_at.timestamp()) // 60
        set_timer(work, event, wish_id, ends_at, version=version)
        return False
    await _end(work, wish_id, WishState.OVER, "end")
    return True


async def end_missed(work: ClinicWork, wish_id: UUID) -> None:
    """Ends the wish of somebody who let too many offers run out."""
    await _end(work, wish_id, WishState.OVER, "miss")


async def end_lost(work: ClinicWork) -> int:
    """Ends the wishes for what has left the menu, for somebody who gives it no more, or of a closed clinic.

    Gives how many.
    """
    waitlist = WaitlistRepository(work)
    if not await waitlist.list_lost():
        return 0
    await waitlist.lock()
    ended = await waitlist.list_lost()
    for wish in ended:
        await _end(work, wish.id, WishState.OVER, "end", lost=wish.lost)
    return len(ended)


async def end_booked_wishes(work: ClinicWork, groups: Mapping[UUID, str]) -> int:
    """Ends the wishes of those who booked the treatment otherwise since, for a day not after theirs; gives how many.

    By what was booked together, each with the thread that it belongs to. What only waits for the clinic's answer ends
    none: who is told no has still their place.
    """
    ended = 0
    for group_id, group in (await list_groups(work, groups)).items():
        with followed_by(groups[group_id]):
            ended += await _end_wishes_of(work, group[0])
    return ended


async def _end_wishes_of(work: ClinicWork, first: BookingView) -> int:
    ended = 0
    for wish in await WaitlistRepository(work).list_waiting_of(first.client_email):
        same = wish.treatment_id == first.treatment_id and wish.created_at <= first.created_at
        if same and first.starts_at.astimezone(wish.zone).date() <= wish.last_on:
            await _end(work, wish.id, WishState.BOOKED, "book")
            ended += 1
    return ended


async def note_accepted(work: ClinicWork, wish_id: UUID, offer_id: UUID) -> None:
    """The offered time was booked: its hold is used, and the wish fulfilled."""
    waitlist = WaitlistRepository(work)
    await waitlist.answer(offer_id, OfferAnswer.ACCEPTED)
    if await waitlist.update(wish_id, *_OPEN, state=WishState.BOOKED):
        await _forget_later(work, wish_id)
        work.announce(events.WISH_ENDED(wish_id=wish_id))
    work.audit("waitlist.accept", "waitlist_offer", offer_id)


async def get_wish(work: ClinicWork, wish_id: UUID) -> WishView:
    """A wish with the names around it. Raises `NotFound`."""
    found = await WaitlistRepository(work).find(wish_id)
    if found is None:
        raise NotFound
    return found


async def list_wishes(
    work: ClinicWork,
    state: str | None = None,
    treatment_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[WishView]:
    """Wishes in the order in which they were made: those that wait, or of one state."""
    after: tuple[datetime, UUID] | None = None
    if cursor:
        keys = decode_cursor(cursor, 2)
        try:
            after = datetime.fromisoformat(str(keys[0])), UUID(str(keys[1]))
        except ValueError as error:
            raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error
    found = await WaitlistRepository(work).list_in(
        [state or WishState.WAITING], treatment_id, after, limit + 1
    )
    return page_of(found, limit, lambda wish: (wish.created_at.isoformat(), wish.id))


async def list_own_wishes(work: AccountWork, limit: int = 50) -> list[OwnWish]:
    """A person's own open wishes over all clinics."""
    return await wishes_of_account(work, limit)


def wish_token(work: ClinicWork, wish_id: UUID) -> str:
    """The signed token that proves, changes and withdraws a wish and answers its offers; sent to its address alone."""
    return work.tools.links.sign(WISH_LINK, wish_id, clinic_id=work.scope.clinic_id)


def wish_url(work: ClinicWork, wish: WishView) -> str:
    """The address of a wish, for a message to its person."""
    return page_address(work.tools.base_url, f"/waitlist/{quote(wish_token(work, wish.id))}")


def read_wish_token(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """Clinic and wish of a link. Raises `LinkInvalid`."""
    link = work.tools.links.read(WISH_LINK, token, work.now)
    if link.clinic_id is None:
        raise NotFound
    return link.clinic_id, link.subject_id


async def _end(work: ClinicWork, wish_id: UUID, state: WishState, how: str, **detail: str) -> WishView:
    waitlist = WaitlistRepository(work)
    await waitlist.lock()
    hold_id = await waitlist.lock_hold_of(wish_id)
    await get_wish(work, wish_id)
    if not await waitlist.update(wish_id, *_OPEN, state=state):
        raise WishOver
    if hold_id is not None:
        await drop_hold(work, hold_id)
        await waitlist.answer(hold_id, OfferAnswer.TAKEN_BACK)
        await tell_hold_ended(work, hold_id, "take_back")
    ended = await get_wish(work, wish_id)
    if ended.proved:
        await _forget_later(work, wish_id)
    work.audit(f"waitlist.{how}", "waitlist_wish", wish_id, **detail)
    work.announce(events.WISH_ENDED(wish_id=wish_id))
    return ended


async def _forget_later(work: ClinicWork, wish_id: UUID) -> None:
    """The days of the wish are no matter any more; its name and address are erased in a while."""
    await cancel_timers(work, wish_id)
    set_timer(work, events.WISH_ENDS(wish_id=wish_id), wish_id, work.now + KEPT_FOR, version=1)


async def _erase(work: ClinicWork, wish_id: UUID) -> None:
    await WaitlistRepository(work).erase(wish_id)
    await cancel_timers(work, wish_id)
    work.audit("waitlist.erase", "waitlist_wish", wish_id)


def _times_of(work: ClinicWork, zone: ZoneInfo, given: WishTimes, offer: Offer | None) -> dict[str, Any]:
    """The columns of a wish's days and times of day. Raises field errors, for a wish that nothing could suit too."""
    today = work.now.astimezone(zone).date()
    first_on, errors = max(given.first_on or today, today), list[FieldError]()
    times = given.times
    if given.last_on < first_on:
        words = "The last day must not lie before the first, or before today."
        errors.append(FieldError("last_on", "out-of-range", words))
    elif given.last_on > today + FURTHEST_DAYS * _A_DAY:
        errors.append(FieldError("last_on", "out-of-range", "Wait for half a year at most."))
    else:
        errors += _never_offered(Window(first_on, given.last_on, times), zone, offer)
    errors += errors_of(times)
    if errors:
        raise InvalidFields(errors)
    return {
        "first_on": first_on,
        "last_on": given.last_on,
        "weekdays": times.weekdays,
        "from_time": times.from_time,
        "until_time": times.until_time,
    }


def _never_offered(window: Window, zone: ZoneInfo, offer: Offer | None) -> list[FieldError]:
    """Why none of the days is ever offered: none is on a weekday asked for, or all are too near by now."""
    last_day = window.last_day
    if last_day is None:
        return [FieldError("weekdays", "out-of-range", "None of these weekdays lies between the two days.")]
    if offer is not None and last_day < offer.earliest.astimezone(zone).date():
        return [FieldError("last_on", "too-soon", TOO_SOON[FirstStep(offer.first_step)])]
    return []


def _end_of(last_on: date, zone: ZoneInfo) -> datetime:
    """When a wish's last day is over in its place. UTC."""
    return datetime.combine(last_on + _A_DAY, time.min, zone).astimezone(UTC)
