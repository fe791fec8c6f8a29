"""The other sessions of a course when one is moved: their windows, and where the later ones could follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling.availability import get_offer_as_booked, load_board, workers_of
from services.scheduling.course_rules import Later, NoRoomInWindow, reflow, window_of
from services.scheduling.errors import OutsideCourseWindow
from services.scheduling.planning import Wish
from services.scheduling.preference_rules import Departure
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView, Follower
from services.scheduling.status_rules import STANDING, Step, may_step


def first_of(group: Sequence[BookingView]) -> BookingView:
    """The first session of a course; the one that stands, where it was cancelled and booked anew."""
    return min(group, key=lambda one: (one.position, one.status not in STANDING))


def followers_of(refusal: OutsideCourseWindow, group: Iterable[BookingView]) -> tuple[Follower, ...]:
    """The later sessions that could follow the move that was refused, as they would be; none where they cannot."""
    proposed = {UUID(one["id"]): one for one in refusal.extra.get("reflow", ())}
    return tuple(
        Follower(
            one,
            datetime.fromisoformat(there["starts_at"]),
            UUID(there["practitioner_id"]),
            tuple(Departure(code) for code in there["departs"]),
        )
        for one in group
        if (there := proposed.get(one.id))
    )


def reflow_of(refusal: OutsideCourseWindow) -> dict[UUID, datetime]:
    """The times that later sessions would get with the move that was refused; none where they cannot follow."""
    return {
        UUID(one["id"]): datetime.fromisoformat(one["starts_at"]) for one in refusal.extra.get("reflow", ())
    }


def check_window(
    position: int,
    but: UUID | None,
    group: Sequence[BookingView],
    wish: Wish,
    *,
    today: date | None = None,
) -> None:
    """Raises `OutsideCourseWindow` where the wish's day does not suit the other sessions of a course.

    With `today`, a window that is over is no obstacle: better late than not at all.
    """
    others = {
        other.position: other.local_starts_at.date()
        for other in group
        if other.id != but and other.status in STANDING
    }
    check_days(position, wish, others, today=today)


def check_days(position: int, wish: Wish, others: Mapping[int, date], *, today: date | None = None) -> None:
    """The same over the local days of the other sessions by position."""
    earliest, latest = window_of(position, others, wish.window)
    if latest and today and latest < today:
        latest = None
    day = wish.first_on
    if (earliest and day < earliest) or (latest and day > latest):
        raise OutsideCourseWindow(
            earliest_on=earliest.isoformat() if earliest else None,
            latest_on=latest.isoformat() if latest else None,
        )


async def propose_rest(
    work: ClinicWork,
    booking: BookingView,
    group: Sequence[BookingView],
    wish: Wish,
    with_whom: UUID,
) -> list[dict[str, Any]]:
    """The later sessions that would get another time, each with it; none where they cannot follow.

    Chosen by the wish's preferences, with each session's departures from them; `with_whom` gives the first one.
    """
    later = [one for one in group if one.position > booking.position and one.status in STANDING]
    if not all(may_step(Step.RESCHEDULE, one.status, "clinic") and one.starts_at > work.now for one in later):
        return []
    offer = wish.offer
    whole = await get_offer_as_booked(work, booking, by_clinic=offer.by_clinic)
    leaving = wish.leaving.union(one.id for one in later)
    last = wish.first_on + timedelta(days=(later[-1].position - booking.position) * wish.window.max_days)
    board = await load_board(work, whole, workers_of(whole, None), wish.first_on, last, leaving=leaving)
    now = [Later(one.position, free_of(one)) for one in later]
    try:
        plan = reflow(
            board,
            booking.position,
            wish.first_on,
            now,
            wish.window,
            preferences=wish.preferences,
            with_whom=with_whom,
        )
    except NoRoomInWindow:
        return []
    return [
        {
            "id": str(one.id),
            "reference": one.reference,
            "starts_at": free.starts_at.astimezone(offer.zone).isoformat(),
            "ends_at": (free.starts_at + whole.shape.length).astimezone(offer.zone).isoformat(),
            "practitioner_id": str(free.practitioner_id),
            "departs": [
                str(departure)
                for departure in wish.preferences.departures(
                    free.starts_at.astimezone(offer.zone), free.practitioner_id, with_whom
                )
            ],
        }
        for one, free in zip(later, plan, strict=True)
        if free.starts_at != one.starts_at
    ]


def free_of(booking: BookingView) -> Free:
    """All that a visit takes now."""
    return Free(
        booking.starts_at,
        booking.practitioner_id,
        booking.room_id,
        booking.device_id,
        booking.numbing_room_id,
    )
