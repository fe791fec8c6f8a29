"""The API of the waiting list: anybody leaves a wish; the clinic sees who waits, offers by hand, takes people off."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from pydantic import BaseModel, Field

from services.kernel.work import ClinicWork, Database
from services.scheduling import offering, waitlist
from services.scheduling.models import WishState
from services.scheduling.waitlist_schemas import NewWish, OfferIn, OfferView, WishView
from web.api.answers import BEARER, Listed, as_json, made
from web.api.booking_views import NamedOut, local
from web.api.manage_bookings import Cursor, Limit
from web.context import AppRequest, Visitor, address_of, clinic_access, public_scope_of
from web.idempotent import answer_once

READ, WRITE = "bookings:read", "bookings:manage"


class WishOut(BaseModel):
    """A wish: days and times of day are the location's."""

    id: UUID
    state: str = Field(
        description="unproven until the link in the message was opened; waiting, booked, withdrawn, removed, over."
    )
    treatment: NamedOut
    area: str
    practitioner: NamedOut | None
    first_on: date
    last_on: date
    weekdays: list[int] = Field(description="0 is Monday.")
    from_time: str = Field(examples=["09:00"])
    until_time: str = Field(examples=["23:59"])


class OfferOut(BaseModel):
    """A time that is or was offered; `stands`: it can still be taken."""

    id: UUID
    starts_at: str
    ends_at: str
    until_at: str
    practitioner: NamedOut
    answer: str = Field(description="accepted, declined, taken_back, or empty: it stands, or ran out.")
    offered_by: str
    stands: bool


class WaitingOut(WishOut):
    """A wish as the clinic sees it."""

    name: str
    email: str
    phone: str
    created_at: str
    offered: bool = Field(description="Whether they are being asked about a time just now.")


class WaitlistApi(Controller):
    path = "/api/v1/clinics/{slug:str}/treatments/{treatment_id:uuid}/waitlist"
    tags = ("Booking",)

    @post(
        summary="Wait for a time",
        description="A message with a link goes to the address; the wish counts once it was opened. 409 "
        "`too-many-wishes`, 429.",
        responses=made(WishOut, "Left."),
        security=[],
    )
    async def join(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        treatment_id: FromPath[UUID],
        data: JSONBody[NewWish],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        scope = await public_scope_of(database, slug, visitor)
        account_id = visitor.signed_in.account_id if visitor.signed_in else None

        async def do(work: ClinicWork) -> dict[str, Any]:
            wish = await waitlist.join_waitlist(
                work, treatment_id, data, address=address_of(request), account_id=account_id
            )
            return as_json(WishOut(**wish_fields(wish)))

        return await answer_once(request, visitor, database, scope, do)


class ManageWaitlistApi(Controller):
    path = "/api/v1/manage/{slug:str}/waitlist"
    tags = ("Clinic: bookings",)
    security = BEARER

    @get(summary="Who waits, in the order in which they are asked")
    async def list_all(
        self,
        *,
        slug: FromPath[str],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
        in_state: Annotated[
            WishState | None, QueryParameter(name="state", description="Left out: those that wait.")
        ] = None,
        treatment_id: Annotated[UUID | None, QueryParameter(description="Only for this one.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listed[WaitingOut]:
        async with database.begin(clinic_access(visitor, slug, READ).scope) as work:
            found = await waitlist.list_wishes(work, in_state, treatment_id, cursor, limit)
        return Listed(items=[waiting_out(wish) for wish in found.items], next=found.next)

    @post("/{wish_id:uuid}/offer", summary="Offer a free time by hand", responses=made(OfferOut, "Offered."))
    async def offer(
        self,
        *,
        request: AppRequest,
        slug: FromPath[str],
        wish_id: FromPath[UUID],
        data: JSONBody[OfferIn],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        """The time is kept for them, and they get a message. 409 `slot-taken`, `asked-already`, `wrong-state`."""

        async def do(work: ClinicWork) -> dict[str, Any]:
            made_ = await offering.offer_by_hand(work, wish_id, data)
            return as_json(offer_out(made_, await waitlist.get_wish(work, wish_id), stands=True))

        scope = clinic_access(visitor, slug, WRITE).scope
        return await answer_once(request, visitor, database, scope, do)

    @delete("/{wish_id:uuid}", summary="Take somebody off the list, who is told")
    async def remove(
        self,
        slug: FromPath[str],
        wish_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> None:
        """409 `wrong-state` where they do not wait any more."""
        async with database.begin(clinic_access(visitor, slug, WRITE).scope) as work:
            await waitlist.remove_wish(work, wish_id)


def waiting_out(wish: WishView) -> WaitingOut:
    return WaitingOut(
        **wish_fields(wish),
        name=wish.name,
        email=wish.email,
        phone=wish.phone,
        created_at=local(wish.created_at, wish.zone),
        offered=wish.offered,
    )


def offer_out(offer: OfferView, wish: WishView, *, stands: bool) -> OfferOut:
    return OfferOut(
        id=offer.id,
        starts_at=local(offer.starts_at, wish.zone),
        ends_at=local(offer.ends_at, wish.zone),
        until_at=local(offer.until_at, wish.zone),
        practitioner=NamedOut(id=offer.practitioner_id, name=offer.practitioner_name),
        answer=offer.answer,
        offered_by=offer.offered_by,
        stands=stands,
    )


def wish_fields(wish: WishView) -> dict[str, Any]:
    """A wish's values by name."""
    named = None
    if wish.practitioner_id is not None:
        named = NamedOut(id=wish.practitioner_id, name=wish.practitioner_name or "")
    return {
        "id": wish.id,
        "state": wish.state,
        "treatment": NamedOut(id=wish.treatment_id, name=wish.treatment_name),
        "area": wish.area,
        "practitioner": named,
        "first_on": wish.first_on,
        "last_on": wish.last_on,
        "weekdays": wish.days,
        "from_time": wish.from_time.isoformat("minutes"),
        "until_time": wish.until_time.isoformat("minutes"),
    }
