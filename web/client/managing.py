"""One booking, seen and changed by whoever has its signed link or the account that made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.clinics import places
from services.clinics import service as clinics
from services.clinics.models import ClinicStatus
from services.clinics.schemas import ClinicView, LocationView
from services.courses import service as courses
from services.courses.moving import move_visit
from services.courses.schemas import CourseView
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.reviews import attendance
from services.scheduling import booking as scheduling
from services.scheduling.asked_moves import Asked, find_open
from services.scheduling.calendar import download_of
from services.scheduling.errors import BookingOver, ClinicNotListed
from services.scheduling.reminders import say_coming
from services.scheduling.schemas import BookingView, Follower
from services.scheduling.status_rules import GRACE, Step, asks_clinic, may_step
from services.treatments import service as treatments
from web.client.booking import alternatives_of
from web.client.following import followers, read_rest
from web.client.orders import read_instant
from web.client.plans import ACTIVE, NOTHING_IN_WINDOW, day_of_course, drawing_of, window_of
from web.client.weeks import Wish, days_at, load_week, read_day
from web.context import AppRequest, Visitor
from web.forms import Form, read_form, typed_words, words_of
from web.locale import gettext
from web.pages import go_to, page

Database_ = NamedDependency[Database]
Visitor_ = NamedDependency[Visitor]
R = TypeVar("R", bound=Response[Any])

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Managed:
    """A booking with what belongs to it, opened by someone who may manage it."""

    scope: ClinicScope
    now: datetime
    booking: BookingView
    sessions: list[BookingView]
    clinic: ClinicView
    location: LocationView
    course: CourseView | None
    asked: Asked | None
    token: str
    sees_all: bool

    @property
    def suffix(self) -> str:
        """The query that keeps the signed link's token in a link."""
        return f"?{urlencode({'token': self.token})}" if self.token else ""

    @property
    def path(self) -> str:
        return f"/bookings/{self.booking.reference}"

    @property
    def is_listed(self) -> bool:
        """Whether the public sees the clinic now."""
        return self.clinic.status == ClinicStatus.LIVE

    @property
    def change_until(self) -> datetime:
        """Until when the client can change it by themselves; a request that is not booked yet, once it is."""
        booking = self.booking
        closes = booking.starts_at - timedelta(hours=booking.cancellation_hours)
        return min(booking.starts_at, max(closes, booking.created_at + GRACE))

    @property
    def too_late(self) -> bool:
        return self.can_change and not self.booking.client_may_change(self.now)

    @property
    def can_change(self) -> bool:
        """Whether there is still something to change, if only by the clinic."""
        return may_step(Step.CANCEL, self.booking.status, "client") and self.booking.starts_at > self.now

    @property
    def open_sessions(self) -> list[BookingView]:
        """The sessions of the course that a client could still cancel."""
        return [item for item in self.sessions if item.client_may_change(self.now)]

    def values(self) -> dict[str, Any]:
        """For every template about this booking."""
        return {
            "booking": self.booking,
            "sessions": self.sessions,
            "clinic": self.clinic,
            "location": self.location,
            "asked": self.asked,
            "token": self.token,
            "suffix": self.suffix,
            "sees_all": self.sees_all,
            "change_until": self.change_until,
            "closes_when_booked": self.change_until <= self.now,
            "too_late": self.too_late,
            "can_change": self.can_change,
            "may_say_coming": self.booking.may_say_coming(self.now),
        }


class ManagedBooking(Controller):
    """The pages at `/bookings/{reference}`. A wrong token is answered as an unknown reference is: 404."""

    path = "/bookings/{reference:str}"

    @get("/")
    async def show(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """What is booked, when, where and with whom; the whole course; the ways to change it."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        booking = managed.booking
        async with database.begin(managed.scope) as work:
            treatment = await treatments.get_treatment(work, booking.treatment_id, archived=True)
            claim = await attendance.find_claim(work, booking.id)
        return private(
            page(
                request,
                "booking/manage.html",
                **managed.values(),
                active=booking.status in ACTIVE,
                claim=claim,
                may_assert=claim is None and attendance.may_assert(booking, managed.now),
                can_reschedule=managed.is_listed and may_step(Step.RESCHEDULE, booking.status, "client"),
                price=booking.money,
                treatment=treatment,
                plan=drawing_of(managed.sessions, managed.course),
                today=day_of_course(managed.sessions, managed.now),
                book_again_href=f"/c/{managed.clinic.slug}/book/{booking.treatment_id}",
            )
        )

    @get("/coming")
    async def ask_coming(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The step that a reminder leads to: nothing is said by opening a link, since mail programs open them too."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        return private(page(request, "booking/coming.html", **managed.values()))

    @post("/coming", status_code=200)
    async def say_coming(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Redirect:
        """The client says that they will come."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        try:
            async with database.begin(managed.scope) as work:
                await say_coming(work, managed.booking.id)
        except BookingOver:
            return private(go_to(f"{managed.path}/coming{managed.suffix}"))
        words = "The clinic knows that you will come."
        return private(go_to(managed.path + managed.suffix, flash=words))

    @get("/calendar.ics")
    async def calendar(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The booking, or all sessions of the course, as a calendar file."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        answer = Response(
            download_of(managed.booking, managed.sessions), media_type="text/calendar; charset=utf-8"
        )
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="needlewise-{managed.booking.reference}.ics"'
        )
        return private(answer)

    @get("/reschedule")
    async def other_times(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """Free times to move to; for a session of a course, its window."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        return await _reschedule_page(request, database, managed, request.query_params.get("from", ""))

    @post("/reschedule", status_code=200)
    async def reschedule(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Moves it."""
        form = await read_form(request, "rest")
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        starts_at, rest = (
            read_instant(form.values.get("starts_at", "")),
            read_rest(form.values.get("rest", [])),
        )
        from_text = form.values.get("from", "")
        if starts_at is None:
            words = "Pick one of the free times."
            return await _reschedule_page(request, database, managed, from_text, status=422, error=words)
        try:
            async with database.begin(managed.scope) as work:
                await move_visit(work, managed.booking.id, starts_at, by="client", rest=rest)
                asked = await find_open(work, managed.booking.id)
        except NotFound:
            raise
        except Refusal as refusal:
            if (followed := followers(refusal, managed.sessions)) and not rest:
                return await _follow_page(request, database, managed, starts_at, followed, back=from_text)
            return await _reschedule_page(
                request, database, managed, from_text, status=refusal.status, refusal=refusal
            )
        words = (
            "The clinic is asked. Your booking stays as it is until it answers."
            if asked
            else "Moved, with the later sessions. New calendar entries are on their way by e-mail."
            if rest
            else "Moved. A new calendar entry is on its way by e-mail."
        )
        return private(go_to(managed.path + managed.suffix, flash=words))

    @get("/cancel")
    async def ask_cancel(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[str]:
        """The step before cancelling, with the clinic's policy."""
        managed = await open_managed(database, visitor, reference, request.query_params.get("token", ""))
        return _cancel_page(request, managed, Form())

    @post("/cancel", status_code=200)
    async def cancel(
        self, request: AppRequest, reference: str, database: Database_, visitor: Visitor_
    ) -> Response[Any] | Redirect:
        """Cancels this session, or all that are still to come."""
        form = await read_form(request)
        managed = await open_managed(database, visitor, reference, form.values.get("token", ""))
        try:
            reason = typed_words(form, "reason", LONGEST_REASON)
        except InvalidFields as refusal:
            return _cancel_page(request, managed, form.reject(refusal), status=422)
        every = form.values.get("what") == "all"
        chosen = [item.id for item in managed.open_sessions] if every else [managed.booking.id]
        try:
            async with database.begin(managed.scope) as work:
                for booking_id in chosen:
                    await scheduling.cancel(work, booking_id, by="client", reason=reason)
        except Refusal as refusal:
            return _cancel_page(request, managed, form, status=refusal.status, refusal=refusal)
        words = "Cancelled. A confirmation is on its way by e-mail."
        return private(go_to(managed.path + managed.suffix, flash=words))


async def open_managed(
    database: Database, visitor: Visitor, reference: str, token: str, *, health: bool = False
) -> Managed:
    """The booking for whoever may manage it. Raises as `scheduling.require_manager` does."""
    async with database.begin(PublicScope(visitor.actor)) as public:
        found = await scheduling.find_reference(public, reference)
    if found is None:
        raise NotFound
    clinic_id, booking_id = found
    scope = ClinicScope(clinic_id, visitor.actor)
    account_id = visitor.signed_in.account_id if visitor.signed_in else None
    async with database.begin(scope) as work:
        booking = await scheduling.get_booking(work, booking_id)
        sees_all = scheduling.require_manager(
            work, booking, token=token, account_id=account_id, health=health
        )
        return Managed(
            scope=scope,
            now=work.now,
            booking=booking,
            sessions=await scheduling.list_group(work, booking.group_id),
            clinic=await clinics.get_clinic(work),
            location=await places.get_location(work, booking.location_id, archived=True),
            course=await courses.find_course(work, booking.group_id),
            asked=await find_open(work, booking.id),
            token=token,
            sees_all=sees_all,
        )


def private(answer: R) -> R:
    """The address is as good as a password: it is not passed on to other sites, nor kept by caches."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


async def _follow_page(
    request: AppRequest,
    database: Database,
    managed: Managed,
    starts_at: datetime,
    followed: tuple[Follower, ...],
    *,
    back: str,
) -> Response[str]:
    """The later sessions that would move too, to be agreed to."""
    async with database.begin(managed.scope) as work:
        people = [{"id": one, "name": name} for one, name, _ in await practitioners.list_names(work)]
        asks = await _asks(work, managed.booking)
    return private(
        page(
            request,
            "booking/follow.html",
            **managed.values(),
            starts_at=starts_at,
            followed=followed,
            people=people,
            asks=asks,
            back=back,
        )
    )


async def _reschedule_page(
    request: AppRequest,
    database: Database,
    managed: Managed,
    from_text: str,
    *,
    status: int = 200,
    error: str | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    booking = managed.booking
    words = words_of(refusal) if refusal else None
    week, asks = None, False
    if not managed.can_change:
        words, status = words or "This booking can no longer be moved.", max(status, 409)
    elif managed.too_late:
        words = words or _too_late_words(managed)
        status = max(status, 409)
    if not managed.is_listed:
        words, status = words or ClinicNotListed.message, 409
    window = window_of(booking, managed.sessions, managed.course, managed.now)
    before = [one for one in managed.sessions if one.position < booking.position]
    # Later sessions can follow, so the earlier ones alone bound what is offered.
    bounds = window_of(booking, before, managed.course, managed.now)
    if managed.can_change and managed.is_listed and not managed.too_late:
        wish = Wish(
            booking.treatment_id,
            booking.location_id,
            booking.area,
            None,
            managed.clinic.horizon_days,
            not_before=bounds.from_on if bounds else None,
            not_after=bounds.to_on if bounds else None,
            booked=booking,
            leaving=True,
            kept=managed.asked.holds if managed.asked else (),
        )
        async with database.begin(managed.scope) as work:
            asks = await _asks(work, booking)
            week = await load_week(
                work,
                wish,
                read_day(from_text),
                days_at(f"{managed.path}/reschedule", token=managed.token),
                begins_on=window.from_on if window else None,
                nothing_free=NOTHING_IN_WINDOW if bounds else None,
            )
    return private(
        page(
            request,
            "booking/reschedule.html",
            status=status,
            **managed.values(),
            week=week,
            asks=asks,
            window=window,
            followed=len(managed.sessions) > len(before) + 1,
            refusal=words,
            alternatives=alternatives_of(refusal) if refusal else [],
            error=error,
        )
    )


async def _asks(work: ClinicWork, booking: BookingView) -> bool:
    """Whether another time is asked for, and not taken at once."""
    treatment = await treatments.get_treatment(work, booking.treatment_id, archived=True)
    return asks_clinic("client", booking.status, treatment.booking_mode)


def _too_late_words(managed: Managed) -> str:
    words = gettext("It is less than {n} hours until the session, so only the clinic can change it now.")
    return words.format(n=managed.clinic.cancellation_hours)


def _cancel_page(
    request: AppRequest, managed: Managed, form: Form, *, status: int = 200, refusal: Refusal | None = None
) -> Response[str]:
    words = refusal.text if refusal else None
    if words is None and not managed.can_change:
        words, status = "This booking can no longer be cancelled.", 409
    elif words is None and managed.too_late:
        words = _too_late_words(managed)
        status = 409
    return private(
        page(
            request,
            "booking/cancel.html",
            status=status,
            **managed.values(),
            open_sessions=managed.open_sessions,
            values=form.values,
            errors=form.errors,
            refusal=words,
        )
    )
