"""What the pages of daily work share: the workspace around them, a booking opened by the team, and permissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from services.clients import service as clients
from services.clients.schemas import ClientView
from services.clinics import places
from services.clinics.rules import allows
from services.courses import service as courses
from services.courses.schemas import CourseView
from services.kernel.errors import NotFound
from services.kernel.scope import PublicScope
from services.kernel.work import ClinicWork, Database
from services.scheduling import booking as scheduling
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import Step, may_step
from web.clinic.nav import workspace
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.pages import page

STEPS = {
    "accept": Step.ACCEPT,
    "decline": Step.DECLINE,
    "arrive": Step.ARRIVE,
    "complete": Step.COMPLETE,
    "reschedule": Step.RESCHEDULE,
    "no-show": Step.NO_SHOW,
    "cancel": Step.CANCEL,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request about one booking of a clinic."""

    request: AppRequest
    database: Database
    visitor: Visitor
    slug: str
    reference: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One booking opened by a member of the team."""

    access: ClinicAccess
    now: datetime
    booking: BookingView
    client: ClientView
    sessions: list[BookingView]
    course: CourseView | None

    @property
    def path(self) -> str:
        return f"/clinic/{self.access.slug}/bookings/{self.booking.reference}"

    @property
    def actions(self) -> tuple[str, ...]:
        """What the booking's state allows the clinic to do."""
        return tuple(name for name, step in STEPS.items() if may_step(step, self.booking.status, "clinic"))


async def provide_call(
    request: AppRequest,
    database: NamedDependency[Database],
    visitor: NamedDependency[Visitor],
    slug: str,
    reference: str,
) -> Call:
    """The request's parts together, for handlers under `/clinic/{slug}/bookings/{reference}`."""
    return Call(request, database, visitor, slug, reference)


async def open_desk(call: Call, permission: str) -> Desk:
    """A booking of this clinic. Raises `NotFound` for unknown references and other clinics' ones."""
    access = clinic_access(call.visitor, call.slug, permission)
    async with call.database.begin(PublicScope(call.visitor.actor)) as public:
        found = await scheduling.find_reference(public, call.reference)
    if found is None or found[0] != access.scope.clinic_id:
        raise NotFound
    async with call.database.begin(access.scope) as work:
        booking = await scheduling.get_booking(work, found[1])
        return Desk(
            access=access,
            now=work.now,
            booking=booking,
            client=await clients.get_client(work, booking.client_id),
            sessions=await scheduling.list_group(work, booking.group_id),
            course=await courses.find_course(work, booking.group_id),
        )


async def clinic_zone(work: ClinicWork) -> str:
    """The time zone that the clinic's own pages are told in: its first location's."""
    locations = await places.list_locations(work)
    return locations[0].time_zone if locations else "UTC"


def may(access: ClinicAccess, permission: str) -> bool:
    """Whether the member's role includes a permission: to draw only the buttons that work."""
    return allows(access.role, permission)


def desk_page(
    request: AppRequest,
    visitor: Visitor,
    access: ClinicAccess,
    template: str,
    *,
    current: str,
    status: int = 200,
    **values: Any,
) -> Response[str]:
    """A page of the clinic's workspace, not kept by caches since it shows clients."""
    answer = page(
        request, template, status=status, slug=access.slug, **workspace(visitor, access, current), **values
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def booking_page(call: Call, desk: Desk, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page about the opened booking."""
    return desk_page(
        call.request,
        call.visitor,
        desk.access,
        template,
        current="bookings",
        status=status,
        booking=desk.booking,
        client=desk.client,
        **values,
    )
