"""The time that is held while a person answers questions: kept, and shown with what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from services.kernel.errors import TooManyRequests
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, Database
from services.scheduling.errors import TooManyHolds
from services.scheduling.holding import HOLD_FOR, find_hold, hold_time
from services.scheduling.schemas import HeldTime, VisitWish
from web.client.orders import Order
from web.context import AppRequest, Visitor, holder_of, public_scope_of, site_of

HELD_COOKIE = "needlewise_held"
_A_MINUTE = 60
A = TypeVar("A", bound=Response[Any])


@dataclass(frozen=True, slots=True)
class Held:
    """What is left of a hold."""

    token: str
    starts_at: datetime
    until_at: datetime
    seconds_left: int

    @property
    def clock_left(self) -> str:
        """Minutes and seconds, such as 9:58."""
        return f"{self.seconds_left // _A_MINUTE}:{self.seconds_left % _A_MINUTE:02d}"

    def check_href(self, slug: str) -> str:
        """Where a page that was away asks whether the time is still held."""
        asked = {"hold": self.token, "starts_at": self.starts_at.isoformat()}
        return f"/c/{slug}/held?{urlencode(asked)}"


@get("/c/{slug:str}/held", include_in_schema=False)
async def tell_held(
    *,
    request: AppRequest,
    slug: str,
    hold: str,
    starts_at: datetime,
    database: NamedDependency[Database],
    visitor: NamedDependency[Visitor],
) -> Response[dict[str, int]]:
    """How many seconds a time is still held for this browser: none where it was given up in another tab."""
    scope = await public_scope_of(database, slug, visitor)
    held = await find_own(request, scope, hold, starts_at)
    left = held.seconds_left if held else 0
    return Response({"seconds_left": left}, headers={"Cache-Control": "no-store"})


async def keep_time(
    request: AppRequest, scope: ClinicScope, order: Order, visitor: Visitor, before: str
) -> HeldTime | None:
    """Holds the order's time instead of the one held `before`; nothing for whoever holds too many.

    Raises `SlotTaken`, and field errors.
    """
    if order.starts_at is None:
        return None
    wanted = VisitWish(
        order.treatment.id, order.starts_at, order.location.id, order.area.code, order.practitioner_id
    )
    try:
        async with site_of(request).database.begin(scope) as work:
            return await hold_time(
                work,
                wanted,
                holder_of(request, visitor),
                instead_of=before or request.cookies.get(HELD_COOKIE, ""),
                invitation=order.menu.invitation or None,
            )
    except (TooManyHolds, TooManyRequests):
        return None


def remember(answer: A, held: HeldTime | None) -> A:
    """The browser keeps what it holds, so that going back and choosing anew gives that up instead of holding both."""
    if held is not None:
        age = int(HOLD_FOR.total_seconds())
        answer.set_cookie(
            Cookie(HELD_COOKIE, value=held.token, path="/", max_age=age, httponly=True, samesite="lax")
        )
    return answer


async def read_held(work: ClinicWork, token: str, starts_at: datetime | None = None) -> Held | None:
    """What the token still holds; of one time alone, where that is given."""
    found = await find_hold(work, token) if token else None
    if found is None or starts_at not in (None, found.starts_at):
        return None
    return Held(token, found.starts_at, found.until_at, int((found.until_at - work.now).total_seconds()))


async def find_own(
    request: AppRequest, scope: ClinicScope, token: str, starts_at: datetime | None
) -> Held | None:
    """What holds the time for this browser: the page's own token, or that of another tab that chose it again."""
    async with site_of(request).database.begin(scope) as work:
        own = await read_held(work, token, starts_at)
        return own or await read_held(work, request.cookies.get(HELD_COOKIE, ""), starts_at)
