"""One booking at the desk: what its state allows, and each step that changes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.clinics import service as clinics
from services.courses import service as courses
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.vault import Erased
from services.kernel.work import ClinicWork
from services.scheduling import booking as scheduling
from services.screening import service as screening
from web.client.booking import alternatives_of
from web.client.orders import read_instant
from web.client.plans import NOTHING_IN_WINDOW, day_of_course, drawing_of, local_date, window_of
from web.client.weeks import Wish, load_week, read_day
from web.clinic.desk import Call, Desk, booking_page, may, open_desk, provide_call
from web.forms import Form, read_form
from web.pages import go_to

Call_ = NamedDependency[Call]
LONGEST_REASON = 500


class BookingDesk(Controller):
    """`/clinic/{slug}/bookings/{reference}`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}"
    dependencies = {"call": Provide(provide_call)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, call: Call_) -> Response[str]:
        """One booking."""
        return await _show_page(call)

    @post("/answers", status_code=200)
    async def answers(self, call: Call_) -> Response[Any] | Redirect:
        """The same with the health answers: a look that is recorded, for those who treat."""
        try:
            return await _show_page(call, look=True)
        except Erased as refusal:
            return go_to(f"/clinic/{call.slug}/bookings/{call.reference}", flash=refusal.text, kind="caution")

    @post("/accept", status_code=200)
    async def accept(self, call: Call_) -> Redirect:
        """Confirms a request."""
        return await _step(call, scheduling.accept, "Accepted. The client is told by e-mail.")

    @post("/arrive", status_code=200)
    async def arrive(self, call: Call_) -> Redirect:
        """The client is here."""
        return await _step(call, scheduling.arrive, "Marked as arrived.")

    @get("/decline")
    async def ask_decline(self, call: Call_) -> Response[Any]:
        """The step before declining."""
        return await _ask(call, "decline")

    @post("/decline", status_code=200)
    async def decline(self, call: Call_) -> Redirect:
        """Declines a request."""
        return await _step(call, scheduling.decline, "Declined. The time is free again.")

    @get("/no-show")
    async def ask_no_show(self, call: Call_) -> Response[Any]:
        """The step before marking as not come."""
        return await _ask(call, "no-show")

    @post("/no-show", status_code=200)
    async def no_show(self, call: Call_) -> Redirect:
        """The client did not come."""
        return await _step(call, scheduling.mark_no_show, "Marked as not come.")

    @get("/cancel")
    async def ask_cancel(self, call: Call_) -> Response[Any]:
        """The step before cancelling, with the reason the client reads."""
        return await _ask(call, "cancel")

    @post("/cancel", status_code=200)
    async def cancel(self, call: Call_) -> Response[Any] | Redirect:
        """Cancels on the clinic's side."""
        form = await read_form(call.request)
        reason = form.values.get("reason", "")
        if not reason or len(reason) > LONGEST_REASON:
            words = f"Use at most {LONGEST_REASON} characters." if reason else "Say why: the client reads it."
            form.reject(InvalidFields.one("reason", "too-long" if reason else "missing", words))
            return await _ask(call, "cancel", form)

        async def cancel(work: ClinicWork, booking_id: UUID) -> object:
            return await scheduling.cancel(work, booking_id, by="clinic", reason=reason)

        return await _step(call, cancel, "Cancelled. The client is told by e-mail.")

    @get("/reschedule")
    async def other_times(self, call: Call_) -> Response[Any]:
        """Free times to move to."""
        desk = await open_desk(call, "bookings:manage")
        if "reschedule" not in desk.actions:
            return _not_possible(desk)
        return await _reschedule_page(call, desk, call.request.query_params.get("from", ""))

    @post("/reschedule", status_code=200)
    async def reschedule(self, call: Call_) -> Response[Any] | Redirect:
        """Moves it."""
        desk = await open_desk(call, "bookings:manage")
        form = await read_form(call.request)
        starts_at = read_instant(form.values.get("starts_at", ""))
        from_text = form.values.get("from", "")
        if starts_at is None:
            return await _reschedule_page(
                call, desk, from_text, status=422, error="Pick one of the free times."
            )
        try:
            async with call.database.begin(desk.access.scope) as work:
                await scheduling.reschedule(work, desk.booking.id, starts_at, by="clinic")
        except Refusal as refusal:
            return await _reschedule_page(call, desk, from_text, status=refusal.status, refusal=refusal)
        return go_to(desk.path, flash="Moved. The client is told by e-mail.")


async def _show_page(call: Call, *, look: bool = False) -> Response[str]:
    desk = await open_desk(call, "sessions:record" if look else "bookings:read")
    booking, treats = desk.booking, may(desk.access, "sessions:record")
    async with call.database.begin(desk.access.scope) as work:
        answers = await _answers(work, desk.client.id) if look else None
        record = await courses.find_record(work, booking.id) if treats else None
    return booking_page(
        call,
        desk,
        "clinic/bookings/show.html",
        sessions=desk.sessions,
        plan=drawing_of(desk.sessions, desk.course),
        today=day_of_course(desk.sessions, desk.now),
        day=local_date(booking.starts_at, booking.time_zone).isoformat(),
        price=booking.money,
        actions=desk.actions,
        answers=answers,
        record=record,
        can_book=may(desk.access, "bookings:manage"),
        can_record=treats,
    )


async def _answers(work: ClinicWork, client_id: UUID) -> dict[str, Any]:
    """The latest answers in words, the yes first; a question that has left the set since is shown by its code."""
    found = await screening.read_answers(work, client_id)
    if not found:
        return {"questions": []}
    latest, words = found[0], {item.code: item.text for item in screening.get_question_set().questions}
    order = list(words)
    asked = sorted(latest.answers, key=lambda code: order.index(code) if code in words else len(order))
    asked.sort(key=lambda code: not latest.answers[code])
    return {
        "version": latest.question_set,
        "answered_at": latest.answered_at,
        "questions": [{"text": words.get(code, code), "yes": latest.answers[code]} for code in asked],
    }


async def _step(call: Call, do: Callable[[ClinicWork, UUID], Awaitable[object]], flash: str) -> Redirect:
    desk = await open_desk(call, "bookings:manage")
    try:
        async with call.database.begin(desk.access.scope) as work:
            await do(work, desk.booking.id)
    except Refusal as refusal:
        return go_to(desk.path, flash=refusal.text, kind="bad")
    return go_to(desk.path, flash=flash)


async def _ask(call: Call, action: str, form: Form | None = None) -> Response[Any]:
    desk = await open_desk(call, "bookings:manage")
    if action not in desk.actions:
        return _not_possible(desk)
    shown = form or Form()
    return booking_page(
        call,
        desk,
        "clinic/bookings/confirm.html",
        status=422 if shown.errors else 200,
        action=action,
        values=shown.values,
        errors=shown.errors,
    )


def _not_possible(desk: Desk) -> Redirect:
    return go_to(desk.path, flash="That is not possible in its present state.", kind="caution")


async def _reschedule_page(
    call: Call,
    desk: Desk,
    from_text: str,
    *,
    status: int = 200,
    error: str | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    booking = desk.booking
    window = window_of(booking, desk.sessions, desk.course)
    async with call.database.begin(desk.access.scope) as work:
        clinic = await clinics.get_clinic(work)
        wish = Wish(
            booking.treatment_id,
            booking.location_id,
            booking.area,
            None,
            booking.time_zone,
            clinic.horizon_days,
            not_before=window.from_on if window else None,
            not_after=window.to_on if window else None,
            by_clinic=True,
            archived=True,
        )
        week = await load_week(
            work,
            wish,
            read_day(from_text) or (window.from_on if window else None),
            lambda day: f"{desk.path}/reschedule?from={day.isoformat()}",
            nothing_free=NOTHING_IN_WINDOW if window else None,
        )
    return booking_page(
        call,
        desk,
        "clinic/bookings/reschedule.html",
        status=status,
        week=week,
        window=window,
        refusal=refusal.text if refusal else None,
        alternatives=alternatives_of(refusal) if refusal else [],
        error=error,
    )
