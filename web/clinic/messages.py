"""Which messages a member of the team gets: each chooses for themselves, clinic by clinic."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide

from services.clinics import service as clinics
from services.clinics.rules import hears_of_booking
from services.clinics.schemas import MemberView, NoticesChoice
from services.kernel.errors import InvalidFields
from services.practitioners import service as practitioners
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]


class MessagePages(Controller):
    """`/clinic/{slug}/messages`."""

    path = "/clinic/{slug:str}/messages"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_) -> Response[str]:
        """What is chosen, or what suits the role."""
        return await _page(desk, Form())

    @post("/", status_code=200)
    async def choose(self, desk: Desk_) -> Response[Any]:
        """Another choice."""
        desk.access("bookings:read")
        form = await read_form(desk.request)
        try:
            choice = check(form, NoticesChoice)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        async with desk.work("bookings:read") as work:
            await clinics.choose_notices(work, desk.visitor.account_id, choice)
        return go_to(f"/clinic/{desk.slug}/messages", flash="Saved.")


async def _page(desk: Desk, form: Form, *, status: int = 200) -> Response[str]:
    async with desk.work("bookings:read") as work:
        member = await clinics.find_own_place(work, desk.visitor.account_id)
        own = await practitioners.find_by_account(work, member.account_id)
    return desk.page(
        "clinic/setup/messages.html",
        current="messages",
        status=status,
        email=member.email,
        treats_as=own,
        chosen=form.values.get("booking_notices") or _chosen(member),
        errors=form.errors,
    )


def _chosen(member: MemberView) -> str:
    """What holds for the member now, by their choice or their role."""
    if hears_of_booking(member.role, member.booking_notices, own=False):
        return "all"
    return "own" if hears_of_booking(member.role, member.booking_notices, own=True) else "none"
