"""What a clinic's home shows of daily work: who comes today and next, and what waits for somebody of the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.clinics.rules import allows
from services.courses import followups
from services.courses.followup_schemas import WaitingCheckIn
from services.kernel.work import ClinicWork
from services.questions.service import count_waiting
from services.reviews import service as reviews
from services.scheduling.asked_moves import Asked, list_open
from services.scheduling.displaced import list_all_left
from services.scheduling.reading import count_unclosed, list_bookings, list_by_id
from services.scheduling.schemas import BookingView
from web.client.plans import local_date
from web.context import ClinicAccess

AHEAD, MOST, COMING, LATEST = timedelta(days=31), 100, 5, 20
_OVER = frozenset({"cancelled", "declined", "expired"})


@dataclass(frozen=True, slots=True)
class AtWork:
    """Today's bookings and the next ones; what waits for somebody, and visits that are over and not closed.

    `asked`: other times that clients ask for, each with its visit. `displaced`: visits to come whose time was taken
    away since.
    """

    now: datetime
    today: list[BookingView]
    coming: list[BookingView]
    check_ins: int
    first_check_in: WaitingCheckIn | None
    requests: list[BookingView]
    asked: list[tuple[Asked, BookingView]]
    unclosed: int
    displaced: list[BookingView]
    unanswered: int
    questions: int

    @property
    def waits(self) -> bool:
        """Whether anything waits for somebody."""
        return any(
            (
                self.check_ins,
                self.requests,
                self.asked,
                self.unclosed,
                self.displaced,
                self.unanswered,
                self.questions,
            )
        )


async def load_work(work: ClinicWork, access: ClinicAccess, today: date) -> AtWork:
    """What is booked from a local day on, and what waits; check-ins and reviews for those who may answer them."""
    found = await list_bookings(work, today, today + AHEAD, limit=MOST)
    ahead = [booking for booking in found.items if booking.status not in _OVER]
    days = [local_date(booking.starts_at, booking.time_zone) for booking in ahead]
    check_ins, first_check_in = (
        await _red_flags(work) if allows(access.role, "sessions:record") else (0, None)
    )
    return AtWork(
        now=work.now,
        today=[booking for booking, day in zip(ahead, days, strict=True) if day == today],
        coming=[booking for booking, day in zip(ahead, days, strict=True) if day > today][:COMING],
        check_ins=check_ins,
        first_check_in=first_check_in,
        requests=[booking for booking in ahead if booking.status == "requested"],
        asked=await _asked(work),
        unclosed=await count_unclosed(work),
        displaced=await list_all_left(work),
        unanswered=await _unanswered(work) if allows(access.role, "reviews:reply") else 0,
        questions=await count_waiting(work) if allows(access.role, "clients:read") else 0,
    )


async def _asked(work: ClinicWork) -> list[tuple[Asked, BookingView]]:
    """First what is to be answered first."""
    waiting = await list_open(work)
    visits = {one.id: one for one in await list_by_id(work, [asked.booking_id for asked in waiting])}
    return [(asked, visits[asked.booking_id]) for asked in waiting]


async def _red_flags(work: ClinicWork) -> tuple[int, WaitingCheckIn | None]:
    """How many check-ins somebody has to look at, and the one that is due first."""
    first = (await followups.list_waiting(work, limit=1)).items
    return (await followups.count_waiting(work), first[0]) if first else (0, None)


async def _unanswered(work: ClinicWork) -> int:
    return sum(review.reply is None for review in (await reviews.list_reviews(work, LATEST)).items)
