"""What the clinic's clients are sent: when they are reminded."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide

from services.kernel.errors import InvalidFields
from services.scheduling import reminders
from services.scheduling.reminder_rules import DEFAULT_HOURS, MOST_REMINDERS
from services.scheduling.reminders import ReminderPolicyIn
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.pages import go_to

Desk_ = NamedDependency[Desk]
# What the form offers; what was chosen through the API is offered beside it.
_OFFERED = (336, 168, 96, 72, 48, 24, 12, 6, 3, 2)
_A_DAY = 24


class ClientMessagePages(Controller):
    """`/clinic/{slug}/client-messages`."""

    path = "/clinic/{slug:str}/client-messages"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def show(self, desk: Desk_) -> Response[str]:
        """When clients are reminded."""
        return await _page(desk, Form())

    @post("/reminders", status_code=200)
    async def choose(self, desk: Desk_) -> Response[Any]:
        """Other times for reminders."""
        desk.access("clinic:manage")
        form = await read_form(desk.request, "hours")
        try:
            policy = check(form, ReminderPolicyIn)
        except InvalidFields as refusal:
            return await _page(desk, form.reject(refusal), status=422)
        async with desk.work("clinic:manage") as work:
            await reminders.choose_policy(work, policy)
        return go_to(f"/clinic/{desk.slug}/client-messages", flash="Saved. Visits that are booked follow it.")


async def _page(desk: Desk, form: Form, *, status: int = 200) -> Response[str]:
    async with desk.work("clinic:manage") as work:
        policy = await reminders.get_policy(work)
    chosen = [str(hour) for hour in policy.hours]
    offered = sorted({*_OFFERED, *policy.hours}, reverse=True)
    return desk.page(
        "clinic/setup/client_messages.html",
        current="client_messages",
        status=status,
        offered=[(str(hours), _before(hours)) for hours in offered],
        chosen=form.values.get("hours", chosen),
        usual=" and ".join(_before(hours) for hours in DEFAULT_HOURS),
        most=MOST_REMINDERS,
        errors=form.errors,
    )


def _before(hours: int) -> str:
    days, rest = divmod(hours, _A_DAY)
    if rest or not days:
        return f"{hours} hour{'s' if hours != 1 else ''} before"
    return "a day before" if days == 1 else f"{days} days before"
