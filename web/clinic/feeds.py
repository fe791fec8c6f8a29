"""Calendar addresses: each person's, each room's and the whole clinic's times in other calendar programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields
from services.kernel.language import N_
from services.practitioners import service as practitioners
from services.scheduling import feeds
from services.scheduling.calendar_models import FeedOf
from services.scheduling.feeds import NewFeed
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form
from web.locale import gettext
from web.pages import go_to

Desk_ = NamedDependency[Desk]
MANAGE, WHOLE_CLINIC = "bookings:manage", "clinic:export"


class FeedPages(Controller):
    """`/clinic/{slug}/calendar/feeds`."""

    path = "/clinic/{slug:str}/calendar/feeds"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get()
    async def index(self, desk: Desk_) -> Response[str]:
        """What there is, and a form for one more."""
        return await _page(desk, Form())

    @post(status_code=200)
    async def make(self, desk: Desk_) -> Response[str]:
        """A new address, shown this once; the one of before stops working."""
        desk.access(MANAGE)
        form = await read_form(desk.request)
        feed_of, _, subject_id = str(form.values.get("subject", "")).partition(":")
        form.values |= {"feed_of": feed_of, "subject_id": subject_id or None}
        try:
            new = check(form, NewFeed, initials=form.values.get("initials") == "true")
            needed = WHOLE_CLINIC if new.feed_of is FeedOf.CLINIC else MANAGE
            async with desk.work(needed) as work:
                feed_id, address = await feeds.make_feed(work, new, desk.visitor.account_id)
        except InvalidFields:
            form.errors = {"subject": "Choose whose calendar it is."}
            return await _page(desk, form, status=422)
        return await _page(desk, Form(), made={"id": feed_id, "address": address})

    @post("/{feed_id:uuid}/revoke", status_code=303)
    async def revoke(self, desk: Desk_, feed_id: FromPath[UUID]) -> Response[Any]:
        """Its address leads nowhere from now on."""
        async with desk.work(MANAGE) as work:
            await feeds.revoke_feed(work, feed_id)
        return go_to(f"/clinic/{desk.slug}/calendar/feeds", flash="That address does not work any more.")


async def _page(
    desk: Desk, form: Form, *, status: int = 200, made: dict[str, Any] | None = None
) -> Response[str]:
    async with desk.work(MANAGE) as work:
        people = [
            (f"{FeedOf.PRACTITIONER}:{one}", name) for one, name, _ in await practitioners.list_names(work)
        ]
        rooms = [(f"{FeedOf.ROOM}:{room.id}", room.name) for room in await clinics.list_rooms(work)]
        found = await feeds.list_feeds(work)
    whole = [(f"{FeedOf.CLINIC}:", gettext("The whole clinic"))] if desk.may(WHOLE_CLINIC) else []
    return desk.page(
        "clinic/calendar/feeds.html",
        current="calendar",
        status=status,
        feeds=found,
        choices=[(N_("People"), people), (N_("Rooms"), rooms), (N_("Clinic"), whole)],
        made=made,
        values=form.values,
        errors=form.errors,
    )
