"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.api.accounts import AccountsApi
from web.api.admin import AdminApi
from web.api.bookings import BookingsApi
from web.api.catalogue import CatalogueApi
from web.api.export import ExportApi
from web.api.followups import FollowUpsApi
from web.api.manage_bookings import ManageBookingsApi
from web.api.manage_check_ins import ManageCheckInsApi
from web.api.manage_clients import ManageClientsApi
from web.api.manage_clinics import ManageClinicsApi
from web.api.manage_courses import ManageCoursesApi
from web.api.manage_days import ManageLocationDaysApi, ManagePractitionerDaysApi
from web.api.manage_listing import ManageListingApi
from web.api.manage_messages import ManageMessagesApi
from web.api.manage_pictures import ManagePicturesApi, ManagePortraitsApi
from web.api.manage_places import ManageDevicesApi, ManageLocationsApi, ManageRoomsApi
from web.api.manage_practitioners import ManageCredentialsApi, ManagePractitionersApi
from web.api.manage_proofs import ManageProofsApi
from web.api.manage_questions import ManageQuestionsApi
from web.api.manage_recalls import ManageRecallsApi
from web.api.manage_records import ManageRecordsApi
from web.api.manage_team import JoinApi, ManageInvitationsApi, ManageTeamApi
from web.api.manage_treatments import ManageTreatmentsApi
from web.api.market import MarketApi
from web.api.own_data import ClinicDataApi, DataLinksApi, OwnDataApi
from web.api.questions import QuestionsApi
from web.api.reports import ReportsApi
from web.api.reviews import ManageReviewsApi, ReviewsApi
from web.api.slots import SlotsApi
from web.api.waitlist import ManageWaitlistApi, WaitlistApi

ROUTES: list[ControllerRouterHandler] = [
    AccountsApi,
    ManageClinicsApi,
    ExportApi,
    ManageProofsApi,
    ManageLocationDaysApi,
    ManagePractitionerDaysApi,
    ManageTeamApi,
    ManageInvitationsApi,
    JoinApi,
    ManageLocationsApi,
    ManageRoomsApi,
    ManageDevicesApi,
    ManagePractitionersApi,
    ManageCredentialsApi,
    ManagePicturesApi,
    ManagePortraitsApi,
    ManageTreatmentsApi,
    SlotsApi,
    WaitlistApi,
    ManageWaitlistApi,
    BookingsApi,
    ManageBookingsApi,
    ManageRecordsApi,
    ManageRecallsApi,
    ManageCoursesApi,
    ManageCheckInsApi,
    ManageClientsApi,
    ManageQuestionsApi,
    QuestionsApi,
    CatalogueApi,
    MarketApi,
    ReportsApi,
    ManageListingApi,
    ManageMessagesApi,
    AdminApi,
    FollowUpsApi,
    ManageReviewsApi,
    ReviewsApi,
    OwnDataApi,
    DataLinksApi,
    ClinicDataApi,
]
