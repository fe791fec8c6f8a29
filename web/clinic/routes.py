"""The routes of this face."""

from __future__ import annotations

from litestar import Router
from litestar.types import ControllerRouterHandler

from web.clinic.asked_moves import AskedMoveDesk
from web.clinic.blocks import BlockPages
from web.clinic.booking_list import BookingList
from web.clinic.bookings import BookingDesk
from web.clinic.business import BusinessPages
from web.clinic.calendar import CalendarPages
from web.clinic.calendar_news import CalendarNews
from web.clinic.check_ins import CheckInDesk
from web.clinic.client_messages import ClientMessagePages
from web.clinic.clients import ClientPages
from web.clinic.closing import ClosingPages
from web.clinic.contesting import ContestPages
from web.clinic.course_states import CourseStatePages
from web.clinic.courses import CoursePages
from web.clinic.credentials import CredentialPages
from web.clinic.days import LocationDays, PractitionerDays
from web.clinic.equipment import DevicePages, RoomPages
from web.clinic.external_calendars import ExternalCalendarPages
from web.clinic.feeds import FeedPages
from web.clinic.held import HeldEditPages
from web.clinic.home import ClinicHomePages
from web.clinic.joining import JoinPages
from web.clinic.locations import LocationPages
from web.clinic.lots import LotPages
from web.clinic.merging import MergePages
from web.clinic.messages import MessagePages
from web.clinic.moving import MovingPages
from web.clinic.new_booking import NewBooking
from web.clinic.photos import PhotoPages
from web.clinic.pictures import PictureFiles, PicturePages
from web.clinic.portraits import PortraitPages
from web.clinic.practitioners import PractitionerPages
from web.clinic.preview import PreviewPage
from web.clinic.proposing import ProposalPages
from web.clinic.questions import ClinicQuestionPages
from web.clinic.results import ResultPages
from web.clinic.retention import RetentionPages
from web.clinic.reviews import ClinicReviewPages
from web.clinic.session_records import SessionRecords
from web.clinic.setup import AuditPages, ProfilePages
from web.clinic.team import TeamPages
from web.clinic.travel import TravelPages
from web.clinic.treatments import TreatmentPages
from web.clinic.waiting import count_waiting
from web.clinic.waitlist import WaitlistPages

_PAGES: list[ControllerRouterHandler] = [
    ClinicHomePages,
    PreviewPage,
    HeldEditPages,
    ClosingPages,
    LocationPages,
    LocationDays,
    TravelPages,
    PractitionerDays,
    RoomPages,
    DevicePages,
    PractitionerPages,
    CredentialPages,
    ExternalCalendarPages,
    TreatmentPages,
    BusinessPages,
    ProfilePages,
    PicturePages,
    PictureFiles,
    PortraitPages,
    TeamPages,
    JoinPages,
    MessagePages,
    ClientMessagePages,
    AuditPages,
    RetentionPages,
    CalendarPages,
    CalendarNews,
    BlockPages,
    FeedPages,
    BookingList,
    NewBooking,
    BookingDesk,
    ContestPages,
    MovingPages,
    AskedMoveDesk,
    ProposalPages,
    SessionRecords,
    PhotoPages,
    ResultPages,
    ClientPages,
    MergePages,
    ClinicQuestionPages,
    CoursePages,
    CourseStatePages,
    CheckInDesk,
    LotPages,
    ClinicReviewPages,
    WaitlistPages,
]
ROUTES: list[ControllerRouterHandler] = [
    Router("/", route_handlers=_PAGES, before_request=count_waiting),
]
