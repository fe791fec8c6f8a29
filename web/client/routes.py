"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.client.accounts import AccountPages, SignInPages, SignUpPages
from web.client.booking import BookingPages
from web.client.followups import CheckInPages, ReviewPages
from web.client.managing import ManagedBooking
from web.client.own_bookings import OwnBookings

ROUTES: list[ControllerRouterHandler] = [
    SignUpPages,
    SignInPages,
    AccountPages,
    BookingPages,
    ManagedBooking,
    OwnBookings,
    CheckInPages,
    ReviewPages,
]
