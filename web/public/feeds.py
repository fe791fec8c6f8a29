"""`/feeds/{token}.ics`: what a calendar program reads; the address is its only key."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.scope import GUEST, ClinicScope, PublicScope
from services.kernel.work import Database
from services.scheduling import feeds
from web.context import AppRequest, address_of

_ENDING = ".ics"


@get("/feeds/{name:str}", include_in_schema=False)
async def read_feed(
    request: AppRequest, name: FromPath[str], database: NamedDependency[Database]
) -> Response[Any]:
    """The calendar, or 304 for who has it already; 404 once its address was taken back."""
    token = name.removesuffix(_ENDING)
    async with database.begin(PublicScope(GUEST)) as public:
        clinic_id, feed_id = await feeds.find_feed(public, token, address_of(request))
    async with database.begin(ClinicScope(clinic_id, GUEST)) as work:
        found = await feeds.read_feed(work, feed_id)
    tag = f'"{found.tag}"'
    headers = {
        "Cache-Control": f"private, max-age={feeds.FRESH_SECONDS}",
        "ETag": tag,
        "Last-Modified": format_datetime(found.changed_at.astimezone(UTC), usegmt=True),
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="needlewise.ics"',
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type="text/calendar; charset=utf-8")
    return Response(found.text, headers=headers, media_type="text/calendar; charset=utf-8")
