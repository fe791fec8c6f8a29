"""One booking at the desk: what its state allows, and each step that changes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.courses import followups
from services.courses import service as courses
from services.kernel.errors import InvalidFields, Refusal
from services.kernel.vault import Erased
from services.kernel.work import ClinicWork
from services.reviews.attendance import find_claim
from services.scheduling import booking as scheduling
from services.scheduling.asked_moves import find_open
from services.scheduling.errors import BookingOver
from services.scheduling.status_rules import UNDO_WITHIN, Step
from services.scheduling.texts import number_of
from services.screening import service as screening
from services.screening.wording import question_words
from web.client.plans import day_of_course, drawing_of, local_date
from web.clinic.desk import Desk, back_to, moved_since, open_booking, provide_desk
from web.clinic.meanwhile import is_done, said_changed, said_moved, said_twice
from web.forms import Form, read_form, typed_words
from web.pages import go_to

Desk_ = NamedDependency[Desk]
LONGEST_REASON = 500


class BookingDesk(Controller):
    """`/clinic/{slug}/bookings/{reference}`."""

    path = "/clinic/{slug:str}/bookings/{reference:str}"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_, reference: str) -> Response[str]:
        """One booking."""
        return await _show_page(desk, reference)

    @post("/answers", status_code=200)
    async def answers(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """The same with the health answers: a look that is recorded, for those who treat."""
        try:
            return await _show_page(desk, reference, look=True)
        except Erased as refusal:
            return go_to(f"/clinic/{desk.slug}/bookings/{reference}", flash=refusal.text, kind="caution")

    @post("/accept", status_code=200)
    async def accept(self, desk: Desk_, reference: str) -> Redirect:
        """Confirms a request."""
        return await _take(
            desk, reference, Step.ACCEPT, scheduling.accept, "Accepted. The client is told by e-mail."
        )

    @post("/arrive", status_code=200)
    async def arrive(self, desk: Desk_, reference: str) -> Redirect:
        """The client is here."""
        return await _take(desk, reference, Step.ARRIVE, scheduling.arrive, "Marked as arrived.")

    @post("/undo", status_code=200)
    async def undo(self, desk: Desk_, reference: str) -> Redirect:
        """Takes back an arrival, a no-show or a move that was a slip."""
        return await _take(desk, reference, Step.UNDO, scheduling.undo, "Taken back.")

    @get("/decline")
    async def ask_decline(self, desk: Desk_, reference: str) -> Response[Any]:
        """The step before declining, with words for the client."""
        return await _ask(desk, reference, "decline")

    @post("/decline", status_code=200)
    async def decline(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Declines a request."""
        form = await read_form(desk.request)
        try:
            reason = typed_words(form, "reason", LONGEST_REASON)
        except InvalidFields as refused:
            return await _ask(desk, reference, "decline", form.reject(refused))

        async def decline(work: ClinicWork, booking_id: UUID) -> object:
            return await scheduling.decline(work, booking_id, reason)

        return await _take(
            desk,
            reference,
            Step.DECLINE,
            decline,
            "Declined. The time is free again, and the client is told.",
        )

    @get("/no-show")
    async def ask_no_show(self, desk: Desk_, reference: str) -> Response[Any]:
        """The step before marking as not come."""
        return await _ask(desk, reference, "no-show")

    @post("/no-show", status_code=200)
    async def no_show(self, desk: Desk_, reference: str) -> Redirect:
        """The client did not come."""
        return await _take(
            desk,
            reference,
            Step.NO_SHOW,
            scheduling.mark_no_show,
            "Marked as not come. You can take it back for ten minutes.",
        )

    @get("/cancel")
    async def ask_cancel(self, desk: Desk_, reference: str) -> Response[Any]:
        """The step before cancelling, with the reason the client reads."""
        return await _ask(desk, reference, "cancel")

    @post("/cancel", status_code=200)
    async def cancel(self, desk: Desk_, reference: str) -> Response[Any] | Redirect:
        """Cancels on the clinic's side."""
        form = await read_form(desk.request)
        try:
            reason = typed_words(form, "reason", LONGEST_REASON)
            if not reason:
                raise InvalidFields.one("reason", "missing", "Say why: the client reads it.")
        except InvalidFields as refused:
            return await _ask(desk, reference, "cancel", form.reject(refused))

        async def cancel(work: ClinicWork, booking_id: UUID) -> object:
            return await scheduling.cancel(work, booking_id, by="clinic", reason=reason)

        return await _take(desk, reference, Step.CANCEL, cancel, "Cancelled. The client is told by e-mail.")


async def _show_page(desk: Desk, reference: str, *, look: bool = False) -> Response[str]:
    permission = "sessions:record" if look else "bookings:read"
    opened = await open_booking(desk, reference, permission)
    booking, treats = opened.booking, desk.may("sessions:record")
    async with desk.work(permission) as work:
        answers = await _answers(work, opened.client.id) if look else None
        record = await courses.find_record(work, booking.id) if treats else None
        check_ins = await followups.list_check_ins(work, booking.id)
        claim = await find_claim(work, booking.id)
        asked = await find_open(work, booking.id)
    return opened.page(
        "clinic/bookings/show.html",
        sessions=opened.sessions,
        plan=drawing_of(opened.sessions, opened.course),
        today=day_of_course(opened.sessions, opened.now),
        day=local_date(booking.starts_at, booking.time_zone).isoformat(),
        price=booking.money,
        actions=opened.actions,
        late=booking.is_late(opened.now),
        undo_until=booking.changed_at + UNDO_WITHIN,
        moved=booking.can_move_back(opened.now),
        answers=answers,
        record=record,
        check_ins=check_ins,
        claim=claim,
        asked=asked,
        texts_to=number_of(opened.sessions),
        may_contest=claim is not None and claim.may_contest(opened.now) and booking.status != "completed",
        can_book=desk.may("bookings:manage"),
        can_record=treats,
    )


async def _answers(work: ClinicWork, client_id: UUID) -> dict[str, Any]:
    """The latest answers to the questions of their version, in the page's language, the yes first."""
    found = await screening.read_answers(work, client_id)
    if not found:
        return {"questions": []}
    latest, words = found[0], question_words(found[0].question_set)
    order = list(words)
    asked = sorted(latest.answers, key=lambda code: order.index(code) if code in words else len(order))
    asked.sort(key=lambda code: not latest.answers[code])
    return {
        "version": latest.question_set,
        "shown_in": latest.language,
        "answered_at": latest.answered_at,
        "questions": [{"text": words.get(code, code), "yes": latest.answers[code]} for code in asked],
    }


async def _take(
    desk: Desk,
    reference: str,
    step: Step,
    do: Callable[[ClinicWork, UUID], Awaitable[object]],
    flash: str,
) -> Redirect:
    """Takes a step, and says kindly what has become of the booking where it cannot be taken any more."""
    opened = await open_booking(desk, reference, "bookings:manage")
    form = await read_form(desk.request)
    if moved_since(opened, form):
        return go_to(opened.path, flash=said_moved(opened.booking), kind="caution")
    try:
        async with desk.work("bookings:manage") as work:
            await do(work, opened.booking.id)
    except BookingOver:
        booking = (await open_booking(desk, reference, "bookings:manage")).booking
        if is_done(step, booking):
            return go_to(opened.path, flash=said_twice(booking), kind="info")
        return go_to(opened.path, flash=said_changed(booking), kind="caution")
    except Refusal as refusal:
        return go_to(opened.path, flash=refusal.text, kind="bad")
    return go_to(back_to(desk, form) or opened.path, flash=flash)


async def _ask(desk: Desk, reference: str, action: str, form: Form | None = None) -> Response[Any]:
    opened = await open_booking(desk, reference, "bookings:manage")
    if action not in opened.actions:
        return go_to(opened.path, flash=opened.why_not(action), kind="caution")
    shown = form or Form()
    return opened.page(
        "clinic/bookings/confirm.html",
        status=422 if shown.errors else 200,
        action=action,
        values=shown.values,
        errors=shown.errors,
    )
