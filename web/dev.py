"""Demo and test mode: the mailbox of what was sent, the clock of all processes, and the components' page."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from markupsafe import Markup
from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from services.accounts.schemas import Input
from services.kernel.errors import BadRequest, InvalidFields
from services.kernel.moved_clock import advance_clock, move_clock_to
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.schemas import SentNotice
from web.client.weeks import Day, Month
from web.context import AppRequest, Visitor
from web.forms import Form, check, read_form
from web.pages import go_to, page

_READS_MAIL = PlatformScope("the mailbox shows every message, in demo and test mode alone")
_MOVES_CLOCK = PlatformScope("the clock is moved for all processes, in demo and test mode alone")
SHOWN = 100
_ADDRESS = re.compile(r"(https?://\S+)")
STEPS = (
    (3_600, "An hour"),
    (86_400, "A day"),
    (3 * 86_400, "3 days"),
    (7 * 86_400, "A week"),
    (28 * 86_400, "28 days"),
)


class ClockMove(Input):
    """Where to set the clock, or how far to move it on."""

    model_config = ConfigDict(extra="forbid")

    now: AwareDatetime | None = Field(default=None, description="Not before the present time.")
    advance_seconds: int | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ClockMove:
        if (self.now is None) == (self.advance_seconds is None):
            raise ValueError("Give one of now and advance_seconds.")
        return self


@get("/dev/mailbox", include_in_schema=False)
async def mailbox(
    request: AppRequest,
    database: NamedDependency[Database],
    visitor: NamedDependency[Visitor],  # noqa: ARG001  fills the header
    to: FromQuery[str | None] = None,
) -> Response[str]:
    """What was sent, for people."""
    async with database.begin(_READS_MAIL) as work:
        sent = await notices.list_sent(work, to or None, SHOWN)
    texts = {one.id: linked(one.text) for one in sent}
    return page(request, "dev/mailbox.html", sent=sent, texts=texts, to=to or "", shown=SHOWN)


def linked(text: str) -> Markup:
    """Plain text with its addresses as links."""
    parts = _ADDRESS.split(text.strip())
    link = Markup('<a class="nw-link" href="{0}">{0}</a>')
    return Markup().join(link.format(part) if number % 2 else part for number, part in enumerate(parts))


@get("/dev/mailbox.json", include_in_schema=False)
async def mailbox_json(
    database: NamedDependency[Database], to: FromQuery[str | None] = None
) -> dict[str, list[dict[str, Any]]]:
    """What was sent, newest first."""
    async with database.begin(_READS_MAIL) as work:
        return {"items": [_as_json(one) for one in await notices.list_sent(work, to or None)]}


def _as_json(sent: SentNotice) -> dict[str, Any]:
    return {
        "to": sent.to,
        "subject": sent.subject,
        "kind": sent.kind,
        "channel": sent.channel,
        "language": sent.language,
        "sent_at": sent.sent_at.isoformat(),
        "text": sent.text,
        "html": sent.html,
        "attachments": [asdict(one) for one in sent.attachments],
    }


@get("/dev/clock", include_in_schema=False)
async def clock(
    request: AppRequest,
    database: NamedDependency[Database],
    visitor: NamedDependency[Visitor],  # noqa: ARG001  fills the header
) -> Response[str]:
    """The time of all processes, and buttons that move it."""
    return await _clock_page(request, database, Form())


async def _clock_page(
    request: AppRequest, database: Database, form: Form, status: int = 200
) -> Response[str]:
    async with database.begin(PublicScope()) as work:
        now = work.now
    return page(
        request, "dev/clock.html", status=status, now=now, steps=STEPS, values=form.values, errors=form.errors
    )


@post("/dev/clock", status_code=200, include_in_schema=False)
async def move_clock(request: AppRequest, database: NamedDependency[Database]) -> Response[Any]:
    """Moves the clock of all processes forward: JSON is answered in JSON, the page's form with the page."""
    if "form" not in request.headers.get("content-type", ""):
        return Response({"now": (await _move(database, await _read_json(request))).isoformat()})
    form = await read_form(request)
    local = str(form.values.get("now", ""))
    try:
        given = {"now": f"{local}Z"} if local and local[-1] != "Z" and "+" not in local else {}
        moved = await _move(database, check(form, ClockMove, **given))
    except InvalidFields as refusal:
        return await _clock_page(request, database, form.reject(refusal), refusal.status)
    return go_to("/dev/clock", flash=f"It is now {moved:%a %d %b %Y, %H:%M} UTC.")


async def _read_json(request: AppRequest) -> ClockMove:
    try:
        given = json.loads(await request.body())
    except ValueError as error:
        raise BadRequest from error
    return ClockMove.model_validate(given)


async def _move(database: Database, move: ClockMove) -> datetime:
    async with database.begin(_MOVES_CLOCK) as work:
        if move.now is not None:
            return (await move_clock_to(work, move.now)).astimezone(UTC)
        return await advance_clock(work, move.advance_seconds or 0)


@get("/dev/components", include_in_schema=False)
async def components(
    request: AppRequest,
    visitor: NamedDependency[Visitor],  # noqa: ARG001  fills the header
) -> Response[str]:
    """Every part of the design system in its states."""
    return page(request, "dev/components.html", month=example_month())


def example_month() -> Month:
    """Two weeks around the change of a month: a day of each kind."""
    monday, today, chosen = date(2026, 2, 23), date(2026, 2, 25), date(2026, 3, 2)
    weeks = [
        [
            Day(
                on := monday + timedelta(weeks=week, days=number),
                free,
                "#" if free else None,
                on == today,
                on == chosen,
            )
            for number, free in enumerate(counts)
        ]
        for week, counts in enumerate(((0, 0, 0, 4, 1, 0, 0), (12, 5, 0, 7, 0, 0, 0)))
    ]
    return Month(weeks, None, "#")


ROUTES: list[Any] = [mailbox, mailbox_json, clock, move_clock, components]
