"""Use cases of visits that a clinic did not mark: the client says that they were there, the clinic may contest it.

A review follows at once, as after any visit; what a contested claim comes to is a moderator's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kernel.errors import NotFound, WrongState
from services.kernel.work import ClinicWork
from services.reviews import attendance_rules as rules
from services.reviews.attendance_repository import ClaimRepository
from services.reviews.events import ASSERTED
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView


class CannotAssert(WrongState):
    code = "cannot-assert"
    message = (
        "You can say so from a day after a visit on, for sixty days, unless the clinic noted that it was."
    )


class CannotContest(WrongState):
    code = "cannot-contest"
    message = "This can be contested once, within seven days after the client said it."


class VisitNotShown(WrongState):
    code = "visit-not-shown"
    message = "A moderator found that this visit did not take place, so it cannot be reviewed."


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client says of a visit. `marked`: what the clinic had noted of it; `stands` until a moderator says no."""

    booking_id: UUID
    marked: str
    asserted_at: datetime
    contested_at: datetime | None
    judged_at: datetime | None
    stands: bool

    @property
    def contest_until(self) -> datetime:
        """Until when the clinic may contest it."""
        return self.asserted_at + rules.CONTEST_WITHIN

    def may_contest(self, now: datetime) -> bool:
        """Whether the clinic still may."""
        return rules.may_contest(self.asserted_at, self.contested_at, now)


def may_assert(booking: BookingView, now: datetime) -> bool:
    """Whether the client may say so of this visit now."""
    return rules.may_assert(booking.status, booking.ends_at, now)


async def assert_visit(work: ClinicWork, booking_id: UUID) -> Claim:
    """The client says that they were there; said again, it stays as it was. Raises `NotFound`, `CannotAssert`."""
    found = await find_claim(work, booking_id)
    if found is not None:
        return found
    booking = await scheduling.get_booking(work, booking_id)
    if not may_assert(booking, work.now):
        raise CannotAssert
    if await ClaimRepository(work).add(booking_id, booking.client_id, booking.status):
        work.audit("visit.assert", "booking", booking_id, was=booking.status)
        work.announce(ASSERTED(booking_id=booking_id))
    return await get_claim(work, booking_id)


async def find_claim(work: ClinicWork, booking_id: UUID) -> Claim | None:
    """What the client said of a visit, or nothing."""
    row = await ClaimRepository(work).find(booking_id)
    if row is None:
        return None
    return Claim(row.booking_id, row.marked, row.asserted_at, row.contested_at, row.judged_at, row.stands)


async def get_claim(work: ClinicWork, booking_id: UUID) -> Claim:
    """The same. Raises `NotFound`."""
    found = await find_claim(work, booking_id)
    if found is None:
        raise NotFound
    return found


async def contest(work: ClinicWork, booking_id: UUID) -> Claim:
    """The clinic says that the visit did not take place. Raises `CannotContest`."""
    claims = ClaimRepository(work)
    row = await claims.find(booking_id, lock=True)
    if row is None or not rules.may_contest(row.asserted_at, row.contested_at, work.now):
        raise CannotContest
    await claims.change(booking_id, contested_at=work.now)
    work.audit("visit.contest", "booking", booking_id)
    return await get_claim(work, booking_id)


async def judge(work: ClinicWork, booking_id: UUID, *, stands: bool) -> list[UUID]:
    """A moderator has found that the visit took place, or did not; gives the reviews that were written of it."""
    claims = ClaimRepository(work)
    if await claims.find(booking_id, lock=True) is None:
        return []
    await claims.change(booking_id, judged_at=work.now, stands=stands)
    work.audit("visit.judge", "booking", booking_id, stands=stands)
    return await claims.reviews_of(booking_id)


async def require_shown(work: ClinicWork, booking_id: UUID) -> None:
    """Raises `VisitNotShown` where a moderator has found that a visit did not take place."""
    found = await find_claim(work, booking_id)
    if found is not None and not found.stands:
        raise VisitNotShown
