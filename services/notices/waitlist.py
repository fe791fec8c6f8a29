"""Use cases: somebody who waits proves the address, is offered a time, hears that the waiting is over.

Each reads the state again before it speaks: an offer that is gone is not sent.
"""

from __future__ import annotations

from uuid import UUID

from services.kernel.language import page_address, speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import waitlist as messages
from services.scheduling import offering, waitlist

OFFERED = "waitlist.offered"
GONE = "the offer is gone"
_TOLD_WHEN = frozenset({"removed", "over"})


async def ask_to_prove(work: ClinicWork, wish_id: UUID) -> None:
    """The first message, with the link that makes the wish count."""
    wish = await waitlist.get_wish(work, wish_id)
    if wish.state == "unproven":
        with speaking(wish.language):
            await notices.queue(work, messages.prove(wish, waitlist.wish_url(work, wish)))


async def tell_offered(work: ClinicWork, offer_id: UUID) -> None:
    """A time is kept for them; nothing is said where it is not any more."""
    offer = await offering.get_offered(work, offer_id)
    wish = await waitlist.get_wish(work, offer.wish_id)
    if offer.stands(work.now) and wish.state == "waiting":
        with speaking(wish.language):
            await notices.queue(work, messages.offered(wish, offer, waitlist.wish_url(work, wish)))


async def take_offer_back(work: ClinicWork, hold_id: UUID) -> None:
    """What was held is not any more: a message about it that still waits does not go out."""
    await notices.take_back(work, OFFERED, hold_id, GONE)


async def tell_over(work: ClinicWork, wish_id: UUID) -> None:
    """The waiting ended without a booking; who withdrew or booked knows it."""
    wish = await waitlist.get_wish(work, wish_id)
    if wish.state in _TOLD_WHEN and wish.proved:
        with speaking(wish.language):
            to = "/search" if wish.lost == "clinic" else f"/c/{wish.clinic_slug}"
            url = page_address(work.tools.base_url, to)
            await notices.queue(work, messages.over(wish, url))
