"""What a clinic's home shows of daily work: who comes today and next, and what waits for somebody of the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from services.clinics.rules import allows
from services.kernel.work import ClinicWork
from services.questions.service import count_waiting
from services.reviews import service as reviews
from services.scheduling.reading import list_bookings
from services.scheduling.schemas import BookingView
from web.client.plans import local_date
from web.context import ClinicAccess

AHEAD, MOST, COMING, LATEST = timedelta(days=31), 100, 5, 20
_OVER = frozenset({"cancelled", "declined", "expired"})


@dataclass(frozen=True, slots=True)
class AtWork:
    """Today's bookings, the next ones, requests and questions without an answer, and reviews without a reply."""

    today: list[BookingView]
    coming: list[BookingView]
    requests: list[BookingView]
    unanswered: int
    questions: int

    @property
    def waits(self) -> bool:
        """Whether anything waits for somebody."""
        return bool(self.requests or self.unanswered or self.questions)


async def load_work(work: ClinicWork, access: ClinicAccess, today: date) -> AtWork:
    """What is booked from a local day on, and what waits; reviews for those who may answer them."""
    found = await list_bookings(work, today, today + AHEAD, limit=MOST)
    ahead = [booking for booking in found.items if booking.status not in _OVER]
    days = [local_date(booking.starts_at, booking.time_zone) for booking in ahead]
    return AtWork(
        today=[booking for booking, day in zip(ahead, days, strict=True) if day == today],
        coming=[booking for booking, day in zip(ahead, days, strict=True) if day > today][:COMING],
        requests=[booking for booking in ahead if booking.status == "requested"],
        unanswered=await _unanswered(work) if allows(access.role, "reviews:reply") else 0,
        questions=await count_waiting(work) if allows(access.role, "clients:read") else 0,
    )


async def _unanswered(work: ClinicWork) -> int:
    return sum(review.reply is None for review in (await reviews.list_reviews(work, LATEST)).items)
