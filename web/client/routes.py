"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.client.accounts import AccountPages
from web.client.asked_moves import AskedMovePages
from web.client.attended import AttendedPages
from web.client.booking import BookingPages
from web.client.care import CarePage
from web.client.devices import DevicePages
from web.client.followups import CheckInPages, ReviewPages
from web.client.held_times import tell_held
from web.client.lost_links import LostLinkPages
from web.client.managing import ManagedBooking
from web.client.own_bookings import OwnBookings
from web.client.own_data import GuestDataPages, OwnDataPages
from web.client.own_email import OwnEmailPages
from web.client.passwords import ForgottenPages, ResetPages
from web.client.photos import OwnPhotoPages
from web.client.questions import QuestionPages
from web.client.reaching import ReachPages, open_text
from web.client.second_factor import SecondFactorPages
from web.client.signing_in import SignInPages
from web.client.signing_up import SignUpPages
from web.client.unsubscribing import UnsubscribePages
from web.client.waitlist import JoinWaitlistPages, WishPages

ROUTES: list[ControllerRouterHandler] = [
    SignUpPages,
    SignInPages,
    ForgottenPages,
    ResetPages,
    AccountPages,
    OwnEmailPages,
    OwnDataPages,
    GuestDataPages,
    SecondFactorPages,
    DevicePages,
    BookingPages,
    tell_held,
    LostLinkPages,
    ManagedBooking,
    AskedMovePages,
    ReachPages,
    open_text,
    AttendedPages,
    CarePage,
    OwnPhotoPages,
    OwnBookings,
    CheckInPages,
    ReviewPages,
    QuestionPages,
    UnsubscribePages,
    JoinWaitlistPages,
    WishPages,
]
