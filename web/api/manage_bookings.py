"""The API of a clinic's daily work: bookings from the desk, visits, courses, clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import Field

from services.accounts.schemas import Input
from services.clinics.closures import find_today
from services.courses import service as courses
from services.courses.booking import book
from services.courses.moving import accept_move, move_visit
from services.courses.schemas import DeskBookingIn, SessionRecordIn
from services.kernel.errors import NotFound
from services.kernel.scope import PublicScope
from services.kernel.work import ClinicWork, Database
from services.scheduling import booking as scheduling
from services.scheduling.asked_moves import decline_move, list_open
from services.scheduling.availability import check_range
from services.scheduling.schemas import BookingView, Start
from web.api.answers import BEARER, Listed, as_json, made
from web.api.booking_views import (
    BookedOut,
    DeskBookingOut,
    booked_out,
    desk_booking_out,
    done,
)
from web.api.bookings import CancelIn, Rest, rest_of
from web.context import AppRequest, ClinicAccess, Visitor, clinic_access
from web.idempotent import answer_once

DAYS_AHEAD = timedelta(days=7)
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="1 to 100.")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before.")]


class MoveIn(Input):
    """Another time for a visit."""

    starts_at: Start = Field(description="One of the free times, with its offset.")
    practitioner_id: UUID | None = Field(
        default=None, description="Left out: the same if free, else whoever is."
    )
    room_id: UUID | None = Field(default=None, description="Left out: the first that is free.")
    device_id: UUID | None = Field(default=None, description="Left out: the first that is free.")
    rest: Rest


class MoveAnswerIn(Input):
    """Which time is answered, where somebody has seen one."""

    starts_at: Start | None = Field(
        default=None,
        description="The `asked` time; 409 where it is another by now. Left out: whatever is asked.",
    )


class MoveRefusalIn(MoveAnswerIn, CancelIn):
    """The same with words for the client."""


class ManageBookingsApi(Controller):
    path = "/api/v1/manage/{slug:str}/bookings"
    tags = ("Clinic: bookings",)
    security = BEARER

    @get(summary="Bookings of some local days, in order of time")
    async def list_all(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        from_on: Annotated[
            date | None,
            QueryParameter(name="from", description="First local day of the location; left out: today."),
        ] = None,
        to_on: Annotated[
            date | None,
            QueryParameter(
                name="to",
                description="Last local day, at most 31 days after the first; left out: seven days after it.",
            ),
        ] = None,
        practitioner_id: Annotated[
            UUID | None, QueryParameter(description="Only this one's bookings.")
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[DeskBookingOut]:
        async with database.begin(clinic_access(visitor, slug, "bookings:read").scope) as work:
            first = from_on or await find_today(work)
            last = to_on or first + DAYS_AHEAD
            check_range(first, last)
            found = await scheduling.list_bookings(
                work, first, last, practitioner_id=practitioner_id, cursor=cursor, limit=limit
            )
            return Listed(items=await desk_rows(work, found.items), next=found.next)

    @post(summary="Book at the desk", responses=made(BookedOut))
    async def add(
        self,
        request: AppRequest,
        slug: FromPath[str],
        data: JSONBody[DeskBookingIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            return as_json(booked_out(await book(work, data, by_clinic=True)))

        scope = clinic_access(visitor, slug, "bookings:manage").scope
        return await answer_once(request, visitor, database, scope, do)

    @get("/{reference:str}", summary="A booking, by reference or id")
    async def read(
        self,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> DeskBookingOut:
        access = clinic_access(visitor, slug, "bookings:read")
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            return await _shown(work, booking_id)

    @patch(
        "/{reference:str}",
        summary="Move a visit",
        description="409 `slot-taken` with `alternatives`; 409 `outside-course-window`, with a `reflow` where "
        "the later sessions of the course could follow, each with what departs from the wishes it was booked with "
        "(`departs`): sent as `rest`, all of them move in one step.",
    )
    async def move(
        self,
        slug: FromPath[str],
        reference: FromPath[str],
        data: JSONBody[MoveIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> DeskBookingOut:
        access = clinic_access(visitor, slug, "bookings:manage")
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            rest = data.rest and await rest_of(
                work, await scheduling.get_booking(work, booking_id), data.rest
            )
            await move_visit(
                work,
                booking_id,
                data.starts_at,
                by="clinic",
                practitioner_id=data.practitioner_id,
                room_id=data.room_id,
                device_id=data.device_id,
                rest=rest or None,
            )
            return await _shown(work, booking_id)

    @delete("/{reference:str}", summary="Cancel a visit")
    async def cancel(
        self,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        access = clinic_access(visitor, slug, "bookings:manage")
        booking_id = await booking_id_of(database, access, reference)
        async with database.begin(access.scope) as work:
            await scheduling.cancel(work, booking_id, by="clinic")

    @post(
        "/{reference:str}/cancel",
        status_code=200,
        summary="Cancel a visit, with words",
        responses=done(DeskBookingOut),
    )
    async def cancel_with_reason(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        data: JSONBody[CancelIn | None] = None,
    ) -> Response[Any]:
        async def do(work: ClinicWork, booking_id: UUID) -> Any:
            return await scheduling.cancel(work, booking_id, by="clinic", reason=data.reason if data else "")

        return await _step(request, visitor, database, (slug, reference), do)

    @post(
        "/{reference:str}/arrive",
        status_code=200,
        summary="The client is there",
        description="On the visit's own day also one who was marked as not come, while its time is free still: 409 "
        "`slot-taken`, `day-over`.",
        responses=done(DeskBookingOut),
    )
    async def arrive(
        self,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        return await _step(request, visitor, database, (slug, reference), scheduling.arrive)

    @post(
        "/{reference:str}/complete",
        status_code=200,
        summary="Complete with its record",
        responses=done(DeskBookingOut),
    )
    async def complete(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        data: JSONBody[SessionRecordIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork, booking_id: UUID) -> Any:
            return await courses.complete_session(work, booking_id, data, by=visitor.account_id)

        return await _step(request, visitor, database, (slug, reference), do, permission="sessions:record")

    @post(
        "/{reference:str}/no-show",
        status_code=200,
        summary="The client did not come",
        responses=done(DeskBookingOut),
    )
    async def no_show(
        self,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        return await _step(request, visitor, database, (slug, reference), scheduling.mark_no_show)

    @post(
        "/{reference:str}/undo",
        status_code=200,
        summary="Take an arrival, a no-show or a move back, within ten minutes",
        responses=done(DeskBookingOut),
    )
    async def undo(
        self,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        return await _step(request, visitor, database, (slug, reference), scheduling.undo)

    @post(
        "/{reference:str}/accept",
        status_code=200,
        summary="Say yes to a request",
        responses=done(DeskBookingOut),
    )
    async def accept(
        self,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        return await _step(request, visitor, database, (slug, reference), scheduling.accept)

    @post(
        "/{reference:str}/decline",
        status_code=200,
        summary="Say no to a request",
        responses=done(DeskBookingOut),
    )
    async def decline(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        data: JSONBody[CancelIn | None] = None,
    ) -> Response[Any]:
        async def do(work: ClinicWork, booking_id: UUID) -> Any:
            return await scheduling.decline(work, booking_id, data.reason if data else "")

        return await _step(request, visitor, database, (slug, reference), do)

    @post(
        "/{reference:str}/move/accept",
        status_code=200,
        summary="Say yes to another time that the client asked for",
        description="The visit moves there, with the later sessions that were asked for too. Refused as a move is.",
        responses=done(DeskBookingOut),
    )
    async def accept_move(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        data: JSONBody[MoveAnswerIn | None] = None,
    ) -> Response[Any]:
        async def do(work: ClinicWork, booking_id: UUID) -> Any:
            return await accept_move(work, booking_id, seen=data.starts_at if data else None)

        return await _step(request, visitor, database, (slug, reference), do)

    @post(
        "/{reference:str}/move/decline",
        status_code=200,
        summary="Say no to another time that the client asked for",
        description="The visit stays where it is, and the client is told.",
        responses=done(DeskBookingOut),
    )
    async def decline_move(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        data: JSONBody[MoveRefusalIn | None] = None,
    ) -> Response[Any]:
        given = data or MoveRefusalIn()

        async def do(work: ClinicWork, booking_id: UUID) -> Any:
            return await decline_move(work, booking_id, given.reason, seen=given.starts_at)

        return await _step(request, visitor, database, (slug, reference), do)


async def _step(
    request: AppRequest,
    visitor: Visitor,
    database: Database,
    address: tuple[str, str],
    take: Callable[[ClinicWork, UUID], Awaitable[Any]],
    *,
    permission: str = "bookings:manage",
) -> Response[Any]:
    slug, reference = address
    access = clinic_access(visitor, slug, permission)
    booking_id = await booking_id_of(database, access, reference)

    async def do(work: ClinicWork) -> dict[str, Any]:
        await take(work, booking_id)
        return as_json(await _shown(work, booking_id))

    return await answer_once(request, visitor, database, access.scope, do, status=200)


async def booking_id_of(database: Database, access: ClinicAccess, reference: str) -> UUID:
    """The booking of that reference or id. Raises `NotFound`, for other clinics' references too."""
    try:
        return UUID(reference)
    except ValueError:
        pass
    async with database.begin(PublicScope()) as public:
        found = await scheduling.find_reference(public, reference)
    if found is None or found[0] != access.scope.clinic_id:
        raise NotFound
    return found[1]


async def _shown(work: ClinicWork, booking_id: UUID) -> DeskBookingOut:
    booking = await scheduling.get_booking(work, booking_id)
    return (await desk_rows(work, [booking]))[0]


async def desk_rows(work: ClinicWork, found: list[BookingView]) -> list[DeskBookingOut]:
    """Bookings with what was booked together with each, read in a few statements for all of them."""
    groups = await scheduling.list_groups(work, {booking.group_id for booking in found})
    known = await courses.course_ids(work, set(groups))
    waiting = await list_open(work, [booking.id for booking in found])
    asked = {booking_id: one for one in waiting for booking_id in one.times}
    return [
        desk_booking_out(
            booking,
            groups[booking.group_id],
            work.now,
            course_id=booking.group_id if booking.group_id in known else None,
            asked=asked.get(booking.id),
        )
        for booking in found
    ]
