"""What the pages of daily work share: a member of the team at work in one clinic, and a booking they have opened."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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
from services.scheduling.errors import NotStarted
from services.scheduling.externals import is_busy_elsewhere
from services.scheduling.schemas import BookingView
from services.scheduling.status_rules import Step, may_step
from web.clinic.meanwhile import said_changed
from web.clinic.nav import workspace
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access, clinic_member
from web.forms import Form
from web.locale import gettext
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


async def clinic_zone(work: ClinicWork) -> str:
    """The time zone that the clinic's own pages are told in: its first location's."""
    locations = await places.list_locations(work)
    return locations[0].time_zone if locations else "UTC"


async def rooms_and_devices(
    work: ClinicWork, location_id: UUID | None
) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]]]:
    """The rooms and the devices of a location, or of all, as choices by name."""
    rooms = [(room.id, room.name) for room in await places.list_rooms(work, location_id)]
    devices = [(one.id, f"{one.maker} {one.model}") for one in await places.list_devices(work, location_id)]
    return rooms, devices


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


@dataclass(frozen=True, slots=True)
class Desk:
    """A request to a clinic's workspace. What it opens asks for a permission each time."""

    request: AppRequest
    database: Database
    visitor: Visitor
    slug: str

    def access(self, permission: str) -> ClinicAccess:
        """The visitor's scope in this clinic. Raises as `clinic_access` does."""
        return clinic_access(self.visitor, self.slug, permission)

    def work(self, permission: str) -> AbstractAsyncContextManager[ClinicWork]:
        """A unit of work in this clinic, for those with the permission."""
        return self.database.begin(self.access(permission).scope)

    def may(self, permission: str) -> bool:
        """Whether the member's role includes a permission: to draw only the buttons that work."""
        return may(clinic_member(self.visitor, self.slug), permission)

    def page(self, template: str, *, current: str, status: int = 200, **values: Any) -> Response[str]:
        """A page of the clinic's workspace."""
        member = clinic_member(self.visitor, self.slug)
        return desk_page(
            self.request, self.visitor, member, template, current=current, status=status, **values
        )


async def provide_desk(
    request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor], slug: str
) -> Desk:
    """The request's parts together, for handlers under `/clinic/{slug}`."""
    return Desk(request, database, visitor, slug)


@dataclass(frozen=True, slots=True)
class Opened:
    """One booking opened by a member of the team."""

    desk: Desk
    now: datetime
    booking: BookingView
    client: ClientView
    sessions: list[BookingView]
    course: CourseView | None

    @property
    def path(self) -> str:
        return f"/clinic/{self.desk.slug}/bookings/{self.booking.reference}"

    @property
    def actions(self) -> tuple[str, ...]:
        """What the booking's state and the time allow the clinic to do."""
        able = tuple(
            name
            for name, step in STEPS.items()
            if may_step(step, self.booking.status, "clinic") and self.booking.has_come(step, self.now)
        )
        return (*able, "undo") if self.booking.can_undo(self.now) else able

    def why_not(self, action: str) -> str:
        """Why an action is not among them: its time has not come, or the booking has changed since."""
        step = STEPS[action]
        if may_step(step, self.booking.status, "clinic") and not self.booking.has_come(step, self.now):
            return NotStarted.message
        return said_changed(self.booking)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page about the booking."""
        return self.desk.page(
            template, current="bookings", status=status, booking=self.booking, client=self.client, **values
        )


def moved_since(opened: Opened, form: Form) -> bool:
    """Whether the booking got another time after the page was shown from which the form was sent."""
    seen = form.values.get("seen", "")
    return bool(seen) and seen != str(opened.booking.sequence)


def back_to(desk: Desk, form: Form) -> str | None:
    """Where the form asks to come back to: the clinic's own calendar, nowhere else."""
    back = str(form.values.get("back", ""))
    return back if back.startswith(f"/clinic/{desk.slug}/calendar?") else None


async def elsewhere_warning(work: ClinicWork, booking: BookingView) -> str:
    """What somebody who has booked by hand ought to know; empty where there is nothing."""
    times = (booking.starts_at, booking.ends_at)
    if not await is_busy_elsewhere(work, booking.practitioner_id, *times):
        return ""
    words = gettext("{name} is busy elsewhere then, says their own calendar: ask them.")
    return words.format(name=booking.practitioner_name)


async def open_booking(desk: Desk, reference: str, permission: str) -> Opened:
    """A booking of this clinic. Raises `NotFound` for unknown references and other clinics' ones."""
    access = desk.access(permission)
    async with desk.database.begin(PublicScope(desk.visitor.actor)) as public:
        found = await scheduling.find_reference(public, reference)
    if found is None or found[0] != access.scope.clinic_id:
        raise NotFound
    async with desk.work(permission) as work:
        booking = await scheduling.get_booking(work, found[1])
        return Opened(
            desk=desk,
            now=work.now,
            booking=booking,
            client=await clients.get_client(work, booking.client_id),
            sessions=await scheduling.list_group(work, booking.group_id),
            course=await courses.find_course(work, booking.group_id),
        )
