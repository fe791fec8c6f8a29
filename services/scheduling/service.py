"""The slice's entrance for the slices above: bookings and free times under one name."""

from __future__ import annotations

from services.scheduling.availability import list_slots
from services.scheduling.booking import (
    accept,
    accept_move,
    arrive,
    book_visit,
    book_visits,
    cancel,
    decline,
    expire_request,
    find_reference,
    get_booking,
    list_bookings,
    list_by_id,
    list_group,
    list_groups,
    list_own_bookings,
    list_visits,
    manage_path,
    manage_token,
    manage_url,
    mark_completed,
    mark_no_show,
    preview_move,
    require_manager,
    reschedule,
    undo,
    visits_path,
)
from services.scheduling.calendar import calendar_file
from services.scheduling.guest_bookings import claim_bookings
from services.scheduling.holding import expire_hold
from services.scheduling.lost_links import ask_lost_links, find_ahead, who_asked

__all__ = [
    "accept",
    "accept_move",
    "arrive",
    "ask_lost_links",
    "book_visit",
    "book_visits",
    "calendar_file",
    "cancel",
    "claim_bookings",
    "decline",
    "expire_hold",
    "expire_request",
    "find_ahead",
    "find_reference",
    "get_booking",
    "list_bookings",
    "list_by_id",
    "list_group",
    "list_groups",
    "list_own_bookings",
    "list_slots",
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
    "who_asked",
]
