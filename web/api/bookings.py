"""The public API of bookings: book, and manage what was booked with its token or the account that booked it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from pydantic import BaseModel, Field, StringConstraints

from services.accounts.schemas import Input, Line
from services.courses import service as courses
from services.courses.booking import book
from services.courses.moving import move_visit
from services.courses.schemas import BookingIn
from services.kernel.errors import NotFound
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database, PublicWork
from services.scheduling import service as scheduling
from services.scheduling.asked_moves import find_open, take_back
from services.scheduling.calendar import download_of
from services.scheduling.reminders import say_coming
from services.scheduling.schemas import BookingView, LostLinks, Start
from services.scheduling.texts import ReachIn, choose_reach, get_reach
from web.api.answers import BEARER, as_json, made
from web.api.booking_views import BookedOut, BookingOut, booked_out, booking_out, done
from web.context import AppRequest, Visitor, address_of, public_scope_of
from web.idempotent import answer_once

TOKEN_HEADER = "X-Manage-Token"  # noqa: S105  a header's name

ManageToken = Annotated[
    str | None,
    HeaderParameter(
        name=TOKEN_HEADER, description="From the booking's answer; or the account's own bearer token."
    ),
]


class LaterIn(Input):
    """Another time for a later session of the course."""

    reference: Annotated[str, Line()] = Field(examples=["NW7K2QXD"])
    starts_at: Start


Rest = Annotated[
    list[LaterIn],
    Field(
        default_factory=list,
        max_length=24,
        description="Later sessions of the course that move with it, all or none: the `reflow` of a 409 "
        "`outside-course-window`.",
    ),
]


class RescheduleIn(Input):
    """Another time."""

    starts_at: Start = Field(description="One of the free times, with its offset.")
    practitioner_id: UUID | None = Field(
        default=None, description="Left out: the same if free, else whoever is."
    )
    rest: Rest


class CancelIn(Input):
    """Why, if somebody wants to say."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class LinksAsked(BaseModel):
    """The address that a message goes to, if there is something to say."""

    email: str


@dataclass(frozen=True, slots=True)
class Managed:
    """A booking that the caller may manage."""

    scope: ClinicScope
    booking: BookingView


class BookingsApi(Controller):
    path = "/api/v1/bookings"
    tags = ("Booking",)

    @post(
        summary="Book a visit or a whole course",
        description="Needs an `Idempotency-Key`. 403 `screening-not-now`, 409 `slot-taken` with `alternatives`, 409 "
        "`price-changed`, 409 `too-many-visits`, 429.",
        responses=made(BookedOut, "Booked, or requested."),
    )
    async def add(
        self,
        request: AppRequest,
        data: JSONBody[BookingIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: ClinicWork) -> dict[str, Any]:
            booked = await book(work, data, _account(visitor), address=address_of(request))
            return as_json(booked_out(booked))

        scope = await public_scope_of(database, data.clinic, visitor)
        return await answer_once(request, visitor, database, scope, do, required=True)

    @post(
        "/lost-links",
        status_code=202,
        summary="Have the links to one's bookings sent again",
        description="One message to the address, if something that lies ahead is booked with it, at any clinic. "
        "The answer is the same for every address.",
        responses={202: ResponseSpec(LinksAsked, description="Taken.", generate_examples=False)},
        security=[],
    )
    async def send_links(
        self,
        request: AppRequest,
        data: JSONBody[LostLinks],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async def do(work: PublicWork) -> dict[str, Any]:
            await scheduling.ask_lost_links(work, data, address=address_of(request))
            return as_json(LinksAsked(email=data.email))

        return await answer_once(request, visitor, database, PublicScope(visitor.actor), do, status=202)

    @get("/{reference:str}", summary="A booking", security=BEARER)
    async def read(
        self,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> BookingOut:
        managed = await open_managed(database, visitor, reference, manage_token)
        async with database.begin(managed.scope) as work:
            return await _shown(work, managed.booking.id)

    @post(
        "/{reference:str}/reschedule",
        status_code=200,
        summary="Move a visit",
        description="409 `slot-taken` with `alternatives`; 409 `outside-course-window`, with a `reflow` where "
        "the later sessions of the course could follow, each with what departs from the wishes it was booked with "
        "(`departs`): sent as `rest`, all of them move in one step. A confirmed visit of what is booked on request "
        "stays where it is, and the clinic is asked: `asked` says for which time, which is held, and until when.",
        responses=done(BookingOut),
    )
    async def reschedule(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        data: JSONBody[RescheduleIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            await move_visit(
                work,
                managed.booking.id,
                data.starts_at,
                by="client",
                practitioner_id=data.practitioner_id,
                rest=await rest_of(work, managed.booking, data.rest),
            )
            return as_json(await _shown(work, managed.booking.id))

        return await answer_once(request, visitor, database, managed.scope, do, status=200)

    @post(
        "/{reference:str}/reschedule/take-back",
        status_code=200,
        summary="Take back that another time was asked for",
        description="The booking stays as it is. 409 where nothing is asked for any more.",
        responses=done(BookingOut),
    )
    async def take_back(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            await take_back(work, managed.booking.id)
            return as_json(await _shown(work, managed.booking.id))

        return await answer_once(request, visitor, database, managed.scope, do, status=200)

    @post("/{reference:str}/cancel", status_code=200, summary="Cancel a visit", responses=done(BookingOut))
    async def cancel(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        data: JSONBody[CancelIn | None] = None,
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            reason = data.reason if data else ""
            await scheduling.cancel(work, managed.booking.id, by="client", reason=reason)
            return as_json(await _shown(work, managed.booking.id))

        return await answer_once(request, visitor, database, managed.scope, do, status=200)

    @post(
        "/{reference:str}/coming",
        status_code=200,
        summary="Say that the client will come",
        description="To a confirmed visit that lies ahead; said again it changes nothing. 409 otherwise.",
        responses=done(BookingOut),
    )
    async def say_coming(
        self,
        *,
        request: AppRequest,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> Response[Any]:
        managed = await open_managed(database, visitor, reference, manage_token)

        async def do(work: ClinicWork) -> dict[str, Any]:
            await say_coming(work, managed.booking.id)
            return as_json(await _shown(work, managed.booking.id))

        return await answer_once(request, visitor, database, managed.scope, do, status=200)

    @get("/{reference:str}/messages", summary="How messages reach the booking's client", security=BEARER)
    async def read_reach(
        self,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> ReachIn:
        managed = await open_managed(database, visitor, reference, manage_token)
        async with database.begin(managed.scope) as work:
            return await get_reach(work, managed.booking.id)

    @put(
        "/{reference:str}/messages",
        summary="Choose the language of messages, and reminders by e-mail or as texts",
        description="409 `texts-not-offered` where the clinic sends no texts. Where they were chosen, leaving them out "
        "stops them for everything that the client has booked at the clinic.",
        security=BEARER,
    )
    async def choose_reach(
        self,
        *,
        reference: FromPath[str],
        data: JSONBody[ReachIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        manage_token: ManageToken = None,
    ) -> ReachIn:
        managed = await open_managed(database, visitor, reference, manage_token)
        async with database.begin(managed.scope) as work:
            return await choose_reach(work, managed.booking.id, data)

    @get("/{reference:str}/calendar.ics", summary="The booking as iCalendar", media_type="text/calendar")
    async def calendar(
        self,
        reference: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        token: Annotated[str | None, QueryParameter(description="The booking's manage token.")] = None,
        manage_token: ManageToken = None,
    ) -> Response[str]:
        managed = await open_managed(database, visitor, reference, token or manage_token)
        async with database.begin(managed.scope) as work:
            group = await scheduling.list_group(work, managed.booking.group_id)
        answer = Response(download_of(managed.booking, group), media_type="text/calendar; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{managed.booking.reference}.ics"'
        answer.headers["Cache-Control"] = "no-store"
        return answer


async def rest_of(work: ClinicWork, booking: BookingView, given: Iterable[LaterIn]) -> dict[UUID, datetime]:
    """The later sessions by id. Raises `NotFound` for what is no session of the same course."""
    known = {one.reference: one.id for one in await scheduling.list_group(work, booking.group_id)}
    wanted = {one.reference.strip().upper(): one.starts_at for one in given}
    if not wanted.keys() <= known.keys():
        raise NotFound
    return {known[reference]: starts_at for reference, starts_at in wanted.items()}


async def open_managed(
    database: Database, visitor: Visitor, reference: str, manage_token: str | None, *, health: bool = False
) -> Managed:
    """A booking for whoever may manage it. Raises as `scheduling.require_manager` does."""
    async with database.begin(PublicScope(visitor.actor)) as public:
        found = await scheduling.find_reference(public, reference)
    if found is None:
        raise NotFound
    clinic_id, booking_id = found
    scope = ClinicScope(clinic_id, visitor.actor)
    async with database.begin(scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        scheduling.require_manager(
            work, booking, token=manage_token, account_id=_account(visitor), health=health
        )
    return Managed(scope, booking)


async def _shown(work: ClinicWork, booking_id: UUID) -> BookingOut:
    booking = await scheduling.get_booking(work, booking_id)
    group = await scheduling.list_group(work, booking.group_id)
    course = await courses.find_course(work, booking.group_id)
    asked = await find_open(work, booking_id)
    return booking_out(booking, group, work.now, course_id=course.id if course else None, asked=asked)


def _account(visitor: Visitor) -> UUID | None:
    return visitor.signed_in.account_id if visitor.signed_in else None
