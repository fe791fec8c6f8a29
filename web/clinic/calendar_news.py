"""The calendar's live stream: that something changed, and on which days; what it is, the page asks for anew.

Server-sent events for somebody of the team who may see bookings. Before each line it is asked again who they are, so a
session that is over hears nothing more.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.response import Stream

from infra.platform.news import Heard, Listener, new_stream
from services.kernel.errors import Refusal, TooManyRequests
from services.kernel.scope import ClinicScope
from web.clinic.desk import Desk, provide_desk
from web.context import clinic_access, look_again, site_of
from web.middleware import STREAMS

PERMISSION = "bookings:read"
MOST_STREAMS, OPENED_A_MINUTE = 8, 60
HEARTBEAT_SECONDS, AGAIN_MILLISECONDS = 20.0, 3000
# News by which any day may look different: hours, people, rooms, the menu, what is busy elsewhere.
EVERY_DAY = frozenset(
    {
        "clinic.changed",
        "client.merged",
        "external_calendar.changed",
        "practitioner.changed",
        "practitioner.link_changed",
        "practitioner.time_elsewhere_changed",
        "time.unblocked",
        "treatment.changed",
    }
)


class CalendarNews(Controller):
    """`/clinic/{slug}/calendar/changes`."""

    path = "/clinic/{slug:str}/calendar/changes"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/", opt={STREAMS: True})
    async def follow(self, desk: NamedDependency[Desk]) -> Stream:
        """Says on which days something changed since `since`, the mark that the page was drawn with, and from then on.

        Whoever does not ask for an event stream gets the greeting alone. Raises `TooManyRequests`.
        """
        scope = desk.access(PERMISSION).scope
        who = str(desk.visitor.account_id)
        wait = await desk.database.tools.throttle.hit(f"stream:{who}", OPENED_A_MINUTE, 60)
        if wait is not None:
            raise TooManyRequests(wait)
        news, stream = site_of(desk.request).news, new_stream()
        follows = "text/event-stream" in desk.request.headers.get("accept", "")
        if follows and not await news.admit(who, stream, MOST_STREAMS, int(HEARTBEAT_SECONDS * 3)):
            raise TooManyRequests(int(HEARTBEAT_SECONDS))
        return Stream(
            _lines(desk, scope, stream) if follows else _greeting(),
            media_type="text/event-stream",
            headers={"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"},
        )


async def _greeting() -> AsyncIterator[str]:
    yield f"retry: {AGAIN_MILLISECONDS}\n\n"


async def _lines(desk: Desk, scope: ClinicScope, stream: str) -> AsyncIterator[str]:
    news, who = site_of(desk.request).news, str(desk.visitor.account_id)
    try:
        async with news.listen(scope.clinic_id) as listener:
            yield f"retry: {AGAIN_MILLISECONDS}\n\n"
            mark = await news.mark(scope.clinic_id)
            yield _said(Heard(mark, missed=_seen(desk) != mark))
            async for heard in _heard(desk, listener, stream):
                yield heard
    except TimeoutError:
        return
    finally:
        news.leave(who, stream)


async def _heard(desk: Desk, listener: Listener, stream: str) -> AsyncIterator[str]:
    news, who = site_of(desk.request).news, str(desk.visitor.account_id)
    while not (heard := await listener.wait(HEARTBEAT_SECONDS)).over:
        if not await _may_still(desk):
            yield "event: over\ndata: {}\n\n"
            return
        await news.admit(who, stream, MOST_STREAMS, int(HEARTBEAT_SECONDS * 3))
        yield _said(heard) if heard else ": still here\n\n"


def _seen(desk: Desk) -> str:
    """The mark that the page was drawn with, or of the last line that was heard."""
    last: str = desk.request.headers.get("last-event-id", "")
    return last or desk.request.query_params.get("since", "")


async def _may_still(desk: Desk) -> bool:
    try:
        clinic_access(await look_again(desk.request), desk.slug, PERMISSION)
    except Refusal:
        return False
    return True


def _said(heard: Heard) -> str:
    """One event: the UTC days on which something changed, or that it may be any day. Nothing of the calendar itself."""
    every = heard.missed or not EVERY_DAY.isdisjoint(heard.events)
    if not (every or heard.days):
        return f"id: {heard.mark}\n: nothing of the calendar\n\n" if heard.mark else ": here\n\n"
    data = json.dumps({"every": every, "days": sorted(heard.days)})
    return (
        f"id: {heard.mark}\nevent: changed\ndata: {data}\n\n"
        if heard.mark
        else f"event: changed\ndata: {data}\n\n"
    )
