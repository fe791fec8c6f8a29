"""Booking visits and courses; the entrance of the slice: changes and readings are re-exported from here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.clients.schemas import ClientView
from services.kernel.ids import new_id, new_reference
from services.kernel.timers import set_timer
from services.kernel.work import ClinicWork
from services.scheduling import events
from services.scheduling.arriving import arrive
from services.scheduling.availability import Offer, get_offer_as_booked, get_offer_for, workers_of
from services.scheduling.changes import (
    accept,
    cancel,
    decline,
    expire_request,
    mark_completed,
    mark_no_show,
)
from services.scheduling.claiming import claims_of, times_of
from services.scheduling.course_rules import Window
from services.scheduling.following import check_window
from services.scheduling.holding import find_standing_hold
from services.scheduling.models import BookingStatus
from services.scheduling.moving import accept_move, preview_move, reschedule
from services.scheduling.planning import Wish, check_offered, course_of, preferring
from services.scheduling.reading import (
    find_reference,
    get_booking,
    list_bookings,
    list_by_id,
    list_group,
    list_groups,
    list_own_bookings,
    list_unclosed,
    list_visits,
    manage_path,
    manage_token,
    manage_url,
    require_manager,
    visits_path,
)
from services.scheduling.reminders import set_reminder
from services.scheduling.repository import BookingRepository
from services.scheduling.rules import Free
from services.scheduling.schemas import BookingView, CourseWish, VisitWish
from services.scheduling.status_rules import By, answer_by
from services.scheduling.taking import take_times
from services.scheduling.undoing import undo

__all__ = [
    "accept",
    "accept_move",
    "arrive",
    "book_into_group",
    "book_visit",
    "book_visits",
    "cancel",
    "decline",
    "expire_request",
    "find_reference",
    "get_booking",
    "list_bookings",
    "list_by_id",
    "list_group",
    "list_groups",
    "list_own_bookings",
    "list_unclosed",
    "list_visits",
    "manage_path",
    "manage_token",
    "manage_url",
    "mark_completed",
    "mark_no_show",
    "preview_move",
    "require_manager",
    "reschedule",
    "undo",
    "visits_path",
]


async def book_visit(
    work: ClinicWork,
    wanted: VisitWish,
    client: ClientView,
    *,
    requested: bool = False,
    account_id: UUID | None = None,
    by_clinic: bool = False,
) -> BookingView:
    """Books one visit; see `book_visits`."""
    booked = await book_visits(
        work, wanted, client, requested=requested, account_id=account_id, by_clinic=by_clinic
    )
    return booked[0]


async def book_visits(
    work: ClinicWork,
    wanted: VisitWish,
    client: ClientView,
    *,
    course: CourseWish | None = None,
    requested: bool = False,
    account_id: UUID | None = None,
    by_clinic: bool = False,
    offer: Offer | None = None,
    hold_id: UUID | None = None,
) -> list[BookingView]:
    """Books one visit, or every session of a course, or nothing.

    A `requested` visit holds its time until the clinic answers. `offer` saves reading it again. What the booker holds
    (`hold_id`) becomes the visit, also when by now it is sooner than the clinic takes bookings; over or gone, its time
    is booked all the same while it is free. Raises `SlotTaken` with alternatives, `NotFound`, and field errors for a
    time that is not offered.
    """
    if offer is None:
        offer = await get_offer_for(work, wanted, by_clinic=by_clinic)
    course = course or CourseWish(offer.window, (offer.price,))
    wish = course_of(offer, wanted, course)
    held = await find_standing_hold(work, hold_id)
    if held is None or not held.fits(wish):
        check_offered(wish, work.now, horizon=not by_clinic)
    until = answer_by(work.now, wanted.starts_at) if requested else None
    by: By = "clinic" if by_clinic else "client"
    rows = _new_rows(work, offer, client, by, prices=course.prices, until=until, account_id=account_id)
    booked = await _take(work, wish, rows, hold_id)
    _announce_new(work, booked, requested=requested)
    return booked


def _new_rows(
    work: ClinicWork,
    offer: Offer,
    client: ClientView,
    by: By,
    *,
    prices: Sequence[int],
    until: datetime | None,
    account_id: UUID | None,
) -> list[dict[str, Any]]:
    group_id = new_id()
    return [
        {
            "id": new_id(),
            "reference": new_reference(),
            "group_id": group_id,
            "position": position,
            "client_id": client.id,
            "account_id": account_id,
            "treatment_id": offer.treatment_id,
            "area": offer.area,
            "price": price,
            "currency": offer.currency,
            "status": BookingStatus.REQUESTED if until else BookingStatus.CONFIRMED,
            "sequence": 0,
            "answer_by": until,
            "cancelled_by": "",
            "cancel_reason": "",
            "created_at": work.now,
            "changed_at": work.now,
            "changed_by": by,
        }
        for position, price in enumerate(prices, start=1)
    ]


async def _take(
    work: ClinicWork, wish: Wish, rows: list[dict[str, Any]], hold_id: UUID | None = None
) -> list[BookingView]:
    """Adds the rows, all of one group, with their claims at the planned times, which are written into the rows."""
    booked: list[BookingView] = []

    async def write(plan: Sequence[Free]) -> list[dict[str, Any]]:
        for row, free in zip(rows, plan, strict=True):
            row.update(times_of(free, wish.offer))
        booked[:] = await BookingRepository(work).add(rows[0]["group_id"], rows)
        return [
            claim
            for row, free in zip(rows, plan, strict=True)
            for claim in claims_of(row["id"], free, wish.offer)
        ]

    await take_times(work, wish, write, hold_id)
    return booked


async def book_into_group(
    work: ClinicWork,
    first: BookingView,
    starts_at: datetime,
    client: ClientView,
    *,
    position: int,
    price: int,
    window: Window,
    account_id: UUID | None = None,
    same_practitioner: bool = False,
) -> BookingView:
    """The clinic books a session that the course of a first one is missing, for the account that has the course.

    As that one was booked, where the menu has changed since; with the `same_practitioner` where they are free. Raises
    `OutsideCourseWindow` for a day that does not suit the other sessions, and as `book_visits` does.
    """
    offer = await get_offer_as_booked(work, first, by_clinic=True)
    wish = Wish(offer, tuple(workers_of(offer, None)), starts_at, 1, window)
    wish = preferring(wish, first.practitioner_id) if same_practitioner else wish
    check_offered(wish, work.now, horizon=False)
    today = work.now.astimezone(offer.zone).date()
    check_window(position, None, await list_group(work, first.group_id), wish, today=today)
    (row,) = _new_rows(work, offer, client, "clinic", prices=(price,), until=None, account_id=account_id)
    row |= {"group_id": first.group_id, "position": position}
    (booked,) = await _take(work, wish, [row])
    work.audit("booking.create", "booking", booked.id)
    set_reminder(work, booked)
    # Not as a confirmed group, of which the client was told before: as this session's own new time.
    work.announce(events.BOOKING_RESCHEDULED(booking_id=booked.id))
    return booked


def _announce_new(work: ClinicWork, booked: Sequence[BookingView], *, requested: bool) -> None:
    for booking in booked:
        work.audit("booking.request" if requested else "booking.create", "booking", booking.id)
        if requested and booking.answer_by:
            event = events.REQUEST_EXPIRES(booking_id=booking.id)
            set_timer(work, event, booking.id, booking.answer_by)
        else:
            set_reminder(work, booking)
    kind = events.BOOKING_REQUESTED if requested else events.BOOKING_CONFIRMED
    work.announce(kind(group_id=booked[0].group_id))
