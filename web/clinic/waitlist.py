"""Who waits for a time: the list in its order, one wish with what was offered, a time offered by hand, taking off."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from services.clinics import service as clinics
from services.clinics.schemas import ClinicPatch
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.language import N_
from services.kernel.work import ClinicWork
from services.scheduling import offering, waitlist
from services.scheduling.availability import get_offer
from services.scheduling.models import WishState
from services.scheduling.waitlist_schemas import OfferIn, WishView
from services.treatments import service as treatments
from web.client.orders import read_instant
from web.client.weeks import Week, Wish, days_at, load_week, read_day
from web.clinic.desk import Desk, provide_desk
from web.forms import Form, check, read_form, words_of
from web.pages import go_to

Desk_ = NamedDependency[Desk]
PAGE = 50
READ, WRITE = "bookings:read", "bookings:manage"
STATES = {
    WishState.WAITING.value: N_("Waiting"),
    WishState.BOOKED.value: N_("Booked"),
    WishState.OVER.value: N_("Over"),
    WishState.WITHDRAWN.value: N_("Withdrawn"),
    WishState.REMOVED.value: N_("Taken off"),
    WishState.UNPROVEN.value: N_("Not confirmed"),
}
OFFERED = "Offered. The time is kept for them, and a message with the link is on its way."
REMOVED = "Taken off the list. They get a message."


class WaitlistPages(Controller):
    """`/clinic/{slug}/waitlist`."""

    path = "/clinic/{slug:str}/waitlist"
    dependencies = {"desk": Provide(provide_desk)}  # noqa: RUF012  litestar's own form

    @get("/")
    async def index(self, desk: Desk_) -> Response[str]:
        """Those that wait in their order, or of another state; for one treatment, in pages."""
        return await _index(desk, Form())

    @post("/time-to-answer", status_code=200)
    async def set_time_to_answer(self, desk: Desk_) -> Response[Any]:
        """How long somebody has to answer what is offered to them from now on."""
        scope = desk.access("clinic:manage").scope
        form = await read_form(desk.request)
        try:
            patch = check(Form(), ClinicPatch, waitlist_minutes=form.values.get("waitlist_minutes", ""))
            async with desk.database.begin(scope) as work:
                await clinics.update_clinic(work, patch)
        except InvalidFields as refusal:
            return await _index(desk, form.reject(refusal), "clinic:manage", status=422)
        return go_to(
            f"/clinic/{desk.slug}/waitlist", flash="Saved. It counts for what is offered from now on."
        )

    @get("/{wish_id:uuid}")
    async def show(self, desk: Desk_, wish_id: UUID) -> Response[str]:
        """One wish: who, when, what was offered, and the free times that could be."""
        return await _page(desk, wish_id)

    @post("/{wish_id:uuid}/offer", status_code=200)
    async def offer(self, desk: Desk_, wish_id: UUID) -> Response[str] | Redirect:
        """Keeps the chosen time for them."""
        scope = desk.access(WRITE).scope
        form = await read_form(desk.request)
        starts_at = read_instant(str(form.values.get("starts_at", "")))
        if starts_at is None:
            return await _page(desk, wish_id, WRITE, status=422, error="Pick one of the free times.")
        try:
            async with desk.database.begin(scope) as work:
                await offering.offer_by_hand(work, wish_id, OfferIn(starts_at=starts_at))
        except NotFound:
            raise
        except Refusal as refusal:
            return await _page(desk, wish_id, WRITE, status=refusal.status, error=words_of(refusal))
        return go_to(f"/clinic/{desk.slug}/waitlist/{wish_id}", flash=OFFERED)

    @post("/{wish_id:uuid}/remove", status_code=200)
    async def remove(self, desk: Desk_, wish_id: UUID) -> Redirect:
        """Takes them off the list."""
        base, scope = f"/clinic/{desk.slug}/waitlist", desk.access(WRITE).scope
        try:
            async with desk.database.begin(scope) as work:
                await waitlist.remove_wish(work, wish_id)
        except NotFound:
            raise
        except Refusal as refusal:
            return go_to(f"{base}/{wish_id}", flash=refusal.text, kind="caution")
        return go_to(base, flash=REMOVED)


async def _index(desk: Desk, form: Form, permission: str = READ, *, status: int = 200) -> Response[str]:
    given = desk.request.query_params
    state = given.get("state", "")
    state = state if state in STATES else WishState.WAITING.value
    cursor = given.get("cursor")
    async with desk.work(permission) as work:
        menu = [(str(one.id), one.name) for one in await treatments.list_treatments(work)]
        chosen = given.get("treatment_id", "")
        chosen = chosen if chosen in dict(menu) else ""
        about = UUID(chosen) if chosen else None
        found = await waitlist.list_wishes(work, state, about, cursor, PAGE)
        minutes = (await clinics.get_clinic(work)).waitlist_minutes
    base = f"/clinic/{desk.slug}/waitlist"
    kept = {"state": state} | ({"treatment_id": chosen} if chosen else {})
    return desk.page(
        "clinic/waitlist/index.html",
        current="waitlist",
        status=status,
        found=found.items,
        first=cursor is None,
        state=state,
        states=list(STATES.items()),
        menu=menu,
        minutes=form.values.get("waitlist_minutes", minutes),
        errors=form.errors,
        can_set=desk.may("clinic:manage"),
        treatment_id=chosen,
        next_url=f"{base}?{urlencode(kept | {'cursor': found.next})}" if found.next else None,
        start_url=f"{base}?{urlencode(kept)}" if cursor else None,
    )


async def _page(
    desk: Desk, wish_id: UUID, permission: str = READ, *, status: int = 200, error: str | None = None
) -> Response[str]:
    here = f"/clinic/{desk.slug}/waitlist/{wish_id}"
    async with desk.work(permission) as work:
        wish = await waitlist.get_wish(work, wish_id)
        offers = await offering.list_offers(work, wish_id)
        now = work.now
        week = None
        if desk.may(WRITE) and wish.state == WishState.WAITING and not wish.offered:
            week = await _week(work, wish, desk.request.query_params.get("from", ""), here)
    return desk.page(
        "clinic/waitlist/show.html",
        current="waitlist",
        status=status,
        wish=wish,
        offers=[(one, one.stands(now)) for one in offers],
        week=week,
        can_write=desk.may(WRITE),
        error=error,
    )


async def _week(work: ClinicWork, wish: WishView, day: str, here: str) -> Week | None:
    """Free times on the days that would do; nothing where the treatment is not given any more."""
    try:
        offer = await get_offer(work, wish.treatment_id, None, wish.area, by_clinic=True)
    except Refusal:
        return None
    wanted = Wish(
        treatment_id=wish.treatment_id,
        location_id=offer.location_id,
        area=wish.area,
        practitioner_id=wish.practitioner_id,
        horizon_days=(await clinics.get_clinic(work)).horizon_days,
        not_before=wish.first_on,
        not_after=wish.last_on,
        by_clinic=True,
    )
    return await load_week(work, wanted, read_day(day), days_at(here))
