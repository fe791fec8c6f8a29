"""Use case: somebody who waited takes the time that is kept for them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.accounts.schemas import STORED, Input
from services.clients.schemas import ClientIn
from services.clients.service import find_client
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.courses.booking import book
from services.courses.schemas import Booked, ConsentIn, DeskBookingIn, ScreeningIn
from services.kernel.errors import FieldError, InvalidFields
from services.kernel.work import ClinicWork
from services.scheduling import offering, waitlist
from services.scheduling.availability import get_offer
from services.scheduling.errors import ClinicNotListed, OfferOver
from services.scheduling.waitlist_schemas import WishView
from services.screening import service as screening
from services.treatments.schemas import MoneyIn

ANSWERS_HOLD = timedelta(days=30)
"""How long answers that cleared everything hold for a visit that is offered; our own measure, the shorter the safer."""


class Acceptance(Input):
    """Safety answers and consent, which may be left out where both were given lately; and the price that was shown."""

    screening: ScreeningIn | None = None
    consent: ConsentIn | None = None
    price: MoneyIn | None = None


async def accept_offer(work: ClinicWork, wish_id: UUID, offer_id: UUID, given: Acceptance) -> Booked:
    """Books the offered time as it is held, and the wish is fulfilled.

    Raises `ClinicNotListed` where the clinic is off the market by now, `OfferOver`, `NotFound`, field errors where
    safety answers or consent are missing, and as `book` does.
    """
    if (await clinics.get_clinic(work)).status != ClinicStatus.LIVE:
        raise ClinicNotListed
    wish = await waitlist.get_wish(work, wish_id)
    offered = await offering.lock_standing(work, wish_id, offer_id)
    if (await get_offer(work, wish.treatment_id, None, wish.area)).location_id != offered.location_id:
        raise OfferOver  # it is given at another place by now: nobody said yes to that one
    if not await is_fit(work, wish):
        _require_both(given)
    wanted = DeskBookingIn(
        treatment_id=wish.treatment_id,
        area=wish.area,
        practitioner_id=offered.practitioner_id,
        starts_at=offered.starts_at,
        client=ClientIn.model_validate(
            {"name": wish.name, "email": wish.email, "phone": wish.phone}, context=STORED
        ),
        screening=given.screening,
        consent=given.consent,
        price=given.price,
    )
    booked = await book(work, wanted, wish.account_id, hold_id=offer_id)
    await waitlist.note_accepted(work, wish_id, offer_id)
    return booked


async def is_fit(work: ClinicWork, wish: WishView) -> bool:
    """Whether the person has answered and consented lately enough for one press to be enough."""
    client = await find_client(work, wish.email)
    return client is not None and await screening.is_fit(work, client.id, work.now - ANSWERS_HOLD)


def _require_both(given: Acceptance) -> None:
    errors = [
        FieldError(name, "missing", words)
        for name, value, words in (
            ("screening", given.screening, "Answer the safety questions."),
            ("consent", given.consent, "Read the consent, and sign it."),
        )
        if value is None
    ]
    if errors:
        raise InvalidFields(errors)
