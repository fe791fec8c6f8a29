"""A signed-in person's bookings at every clinic."""

from __future__ import annotations

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from services.kernel.scope import AccountScope, ClinicScope
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling import waitlist
from services.scheduling.schemas import BookingView
from services.scheduling.waitlist_schemas import WishView
from web.client.plans import ACTIVE
from web.context import AppRequest, Visitor
from web.pages import page

MOST = 100


class OwnBookings(Controller):
    """`/account/bookings`."""

    path = "/account/bookings"

    @get("/")
    async def index(
        self, request: AppRequest, database: NamedDependency[Database], visitor: NamedDependency[Visitor]
    ) -> Response[str]:
        """What is to come, soonest first; then what is past or cancelled, latest first."""
        async with database.begin(AccountScope(visitor.account_id, visitor.actor)) as work:
            own = await scheduling.list_own_bookings(work, limit=MOST)
            waits = await waitlist.list_own_wishes(work)
            now = work.now
        found: list[BookingView] = []
        for clinic_id in dict.fromkeys(item.clinic_id for item in own):
            async with database.begin(ClinicScope(clinic_id, visitor.actor)) as clinic_work:
                mine = [item.booking_id for item in own if item.clinic_id == clinic_id]
                found += [await scheduling.get_booking(clinic_work, booking_id) for booking_id in mine]
        wishes: list[tuple[WishView, str]] = []
        for wait in waits:
            async with database.begin(ClinicScope(wait.clinic_id, visitor.actor)) as clinic_work:
                wish = await waitlist.get_wish(clinic_work, wait.wish_id)
                wishes.append((wish, f"/waitlist/{waitlist.wish_token(clinic_work, wish.id)}"))
        coming = [item for item in found if item.status in ACTIVE and item.ends_at >= now]
        past = [item for item in found if item not in coming]
        answer = page(
            request,
            "booking/own.html",
            wishes=wishes,
            coming=sorted(coming, key=lambda item: item.starts_at),
            past=sorted(past, key=lambda item: item.starts_at, reverse=True),
        )
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
