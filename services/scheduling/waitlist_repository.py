"""SQL of the waitlist: wishes in the order in which they were made, and what was offered to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)

from services.clinics.models import Clinic, ClinicStatus, Device, Location
from services.kernel.statements import Prepared, given, is_one_of
from services.kernel.tables import table
from services.kernel.work import AccountWork, ClinicWork
from services.practitioners.models import Practitioner
from services.scheduling.models import OfferAnswer, SlotHold, WaitlistOffer, WaitlistWish, WishState
from services.scheduling.waitlist_schemas import OfferView, OwnWish, WishView
from services.treatments.models import Treatment, TreatmentArea, TreatmentPerformer

_WISH, _OFFER, _HOLD = table(WaitlistWish), table(WaitlistOffer), table(SlotHold)
_CLINIC, _TREATMENT, _WHO = table(Clinic), table(Treatment), table(Practitioner)
_DEVICE, _LOCATION, _AREA = table(Device), table(Location), table(TreatmentArea)
_GIVES = table(TreatmentPerformer)
_OPEN = (WishState.UNPROVEN, WishState.WAITING)
_HAS_OFFER = exists().where(_HOLD.c.clinic_id == _WISH.c.clinic_id, _HOLD.c.wish_id == _WISH.c.id)
_ON_MENU = and_(
    _TREATMENT.c.archived_at.is_(None),
    exists().where(
        _AREA.c.clinic_id == _WISH.c.clinic_id,
        _AREA.c.treatment_id == _WISH.c.treatment_id,
        _AREA.c.area == _WISH.c.area,
    ),
)
_NAMED = exists().where(
    _GIVES.c.clinic_id == _WISH.c.clinic_id, _GIVES.c.treatment_id == _WISH.c.treatment_id
)
# Whether who is waited for treats at the clinic still, and gives the treatment; anybody does.
_WITH_THEM = or_(
    _WISH.c.practitioner_id.is_(None),
    and_(
        _WHO.c.archived_at.is_(None),
        or_(not_(_NAMED), _NAMED.where(_GIVES.c.practitioner_id == _WISH.c.practitioner_id)),
    ),
)
_HELD = exists().where(_HOLD.c.clinic_id == _OFFER.c.clinic_id, _HOLD.c.id == _OFFER.c.id)


def _wishes() -> Select[Any]:
    joins: tuple[tuple[Any, Any], ...] = (
        (_TREATMENT, _TREATMENT.c.id == _WISH.c.treatment_id),
        (_DEVICE, _DEVICE.c.id == _TREATMENT.c.device_id),
        (_LOCATION, _LOCATION.c.id == _DEVICE.c.location_id),
    )
    source: Any = _WISH.join(_CLINIC, _CLINIC.c.clinic_id == _WISH.c.clinic_id)
    for other, on in joins:
        source = source.join(other, and_(other.c.clinic_id == _WISH.c.clinic_id, on))
    named = and_(_WHO.c.clinic_id == _WISH.c.clinic_id, _WHO.c.id == _WISH.c.practitioner_id)
    return select(
        *(column for column in _WISH.c if column.name != "proved_at"),
        _CLINIC.c.name.label("clinic_name"),
        _CLINIC.c.slug.label("clinic_slug"),
        _CLINIC.c.status.label("clinic_status"),
        _TREATMENT.c.name.label("treatment_name"),
        _WHO.c.name.label("practitioner_name"),
        _LOCATION.c.time_zone,
        _HAS_OFFER.label("offered"),
        _WISH.c.proved_at.is_not(None).label("proved"),
        _ON_MENU.label("on_menu"),
        _WITH_THEM.label("with_them"),
    ).select_from(source.outerjoin(_WHO, named))


def _offers() -> Select[Any]:
    who = and_(_WHO.c.clinic_id == _OFFER.c.clinic_id, _WHO.c.id == _OFFER.c.practitioner_id)
    where = and_(_LOCATION.c.clinic_id == _OFFER.c.clinic_id, _LOCATION.c.id == _OFFER.c.location_id)
    return select(
        *(column for column in _OFFER.c if column.name != "clinic_id"),
        _WHO.c.name.label("practitioner_name"),
        _LOCATION.c.name.label("location_name"),
        _LOCATION.c.street,
        _LOCATION.c.city,
        _LOCATION.c.time_zone,
        _HELD.label("held"),
    ).select_from(_OFFER.join(_WHO, who).join(_LOCATION, where))


_WISHES, _OFFERS = _wishes(), _offers()
_IN_ORDER = (_WISH.c.created_at, _WISH.c.id)
_OPEN_OF = Prepared(
    _WISHES.where(
        _WISH.c.clinic_id == given(_WISH.c.clinic_id),
        func.lower(_WISH.c.email) == given(_WISH.c.email),
        is_one_of(_WISH.c.state, _OPEN),
    ).order_by(*_IN_ORDER)
)


class WaitlistRepository:
    """The waitlist of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def lock(self) -> None:
        """One at a time gives times to those who wait at the clinic: so the first wish is the first asked."""
        key = func.hashtext(text("'waitlist'")), func.hashtext(str(self._clinic))
        await self._work.execute(select(func.pg_advisory_xact_lock(*key)))

    async def minutes_to_answer(self) -> int:
        """The clinic's setting."""
        found: int = await self._work.scalar(
            select(_CLINIC.c.waitlist_minutes).where(_CLINIC.c.clinic_id == self._clinic)
        )
        return found

    async def add(self, **values: Any) -> None:
        now = self._work.now
        await self._work.execute(
            insert(_WISH).values(clinic_id=self._clinic, created_at=now, changed_at=now, **values)
        )

    async def update(self, wish_id: UUID, *states: WishState, **values: Any) -> bool:
        """Changes a wish that is in one of the states; false where it is not."""
        changed = await self._work.scalar(
            update(_WISH)
            .where(self._mine(), _WISH.c.id == wish_id, _WISH.c.state.in_(states))
            .values(changed_at=self._work.now, **values)
            .returning(_WISH.c.id)
        )
        return changed is not None

    async def erase(self, wish_id: UUID) -> None:
        """Takes a wish away, with what was offered to it."""
        await self._work.execute(delete(_WISH).where(self._mine(), _WISH.c.id == wish_id))

    async def find(self, wish_id: UUID) -> WishView | None:
        found = await self._views(_WISH.c.id == wish_id)
        return found[0] if found else None

    async def lock_address(self, email: str) -> None:
        """Waits for whoever adds or proves a wish of the address at the same time, until the end of the transaction."""
        key = func.hashtext(text("'waitlist of'")), func.hashtext(f"{self._clinic} {email.lower()}")
        await self._work.execute(select(func.pg_advisory_xact_lock(*key)))

    async def count_waiting(self, email: str) -> int:
        """How many wishes of an address wait."""
        found: int = await self._work.scalar(
            select(func.count()).where(
                self._mine(),
                func.lower(_WISH.c.email) == email.lower(),
                _WISH.c.state == WishState.WAITING,
            )
        )
        return found

    async def has_ready(self) -> bool:
        """Whether anybody waits who is not being asked."""
        return bool(await self._work.scalar(select(exists().where(*self._ready()))))

    async def list_ready(self) -> list[WishView]:
        """Who waits and is not being asked, in the order in which the wishes were made."""
        return await self._views(*self._ready())

    async def list_waiting_of(self, email: str) -> list[WishView]:
        """The wishes of an address that wait, or are being proved."""
        found = await self._work.fetch(_OPEN_OF, clinic_id=self._clinic, email=email.lower())
        return [WishView(**row._mapping) for row in found]  # noqa: SLF001  a row's mapping is public

    async def list_lost(self) -> list[WishView]:
        """The wishes, waiting or being proved, for what has left the menu, who has left, or of a closed clinic."""
        lost = or_(not_(_ON_MENU), not_(_WITH_THEM), _CLINIC.c.status == ClinicStatus.CLOSED)
        return await self._views(is_one_of(_WISH.c.state, _OPEN), lost)

    async def list_in(
        self,
        states: Sequence[str],
        treatment_id: UUID | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[WishView]:
        """Wishes in those states, in order, after a key."""
        conditions: list[Any] = [_WISH.c.state.in_(states)]
        if treatment_id is not None:
            conditions.append(_WISH.c.treatment_id == treatment_id)
        if after is not None:
            conditions.append(tuple_(_WISH.c.created_at, _WISH.c.id) > tuple_(*after))
        return await self._views(*conditions, limit=limit)

    async def add_offer(self, **values: Any) -> None:
        await self._work.execute(
            insert(_OFFER).values(
                clinic_id=self._clinic, offered_at=self._work.now, answer=OfferAnswer.NONE, **values
            )
        )

    async def find_offer(self, offer_id: UUID) -> OfferView | None:
        found = await self._offer_views(_OFFER.c.id == offer_id)
        return found[0] if found else None

    async def list_offers(self, wish_id: UUID) -> list[OfferView]:
        """What was offered to a wish, latest first."""
        return await self._offer_views(_OFFER.c.wish_id == wish_id)

    async def answer(self, offer_id: UUID, answer: OfferAnswer) -> None:
        await self._work.execute(
            update(_OFFER)
            .where(_OFFER.c.clinic_id == self._clinic, _OFFER.c.id == offer_id)
            .values(answer=answer)
        )

    async def tried(self, wish_ids: Sequence[UUID]) -> list[Row[Any]]:
        """(wish_id, starts_at, answer) of everything that was offered to those wishes and does not stand."""
        return await self._work.rows(
            select(_OFFER.c.wish_id, _OFFER.c.starts_at, _OFFER.c.answer).where(
                _OFFER.c.clinic_id == self._clinic, _OFFER.c.wish_id.in_(wish_ids), ~_HELD
            )
        )

    async def lock_hold_of(self, wish_id: UUID) -> UUID | None:
        """The standing offer of a wish, its hold's row locked. Before the wish's own row, as everywhere."""
        found: UUID | None = await self._work.scalar(
            select(_HOLD.c.id)
            .where(_HOLD.c.clinic_id == self._clinic, _HOLD.c.wish_id == wish_id)
            .with_for_update()
        )
        return found

    def _ready(self) -> list[Any]:
        return [self._mine(), _WISH.c.state == WishState.WAITING, ~_HAS_OFFER]

    def _mine(self) -> Any:
        return _WISH.c.clinic_id == self._clinic

    async def _views(self, *conditions: Any, limit: int | None = None) -> list[WishView]:
        rows = await self._work.rows(
            _WISHES.where(self._mine(), *conditions).order_by(*_IN_ORDER).limit(limit)
        )
        return [WishView(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public

    async def _offer_views(self, *conditions: Any) -> list[OfferView]:
        rows = await self._work.rows(
            _OFFERS.where(_OFFER.c.clinic_id == self._clinic, *conditions).order_by(
                _OFFER.c.offered_at.desc(), _OFFER.c.id.desc()
            )
        )
        return [OfferView(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public


async def wishes_of_account(work: AccountWork, limit: int) -> list[OwnWish]:
    """The person's own open wishes over all clinics, the latest first."""
    rows = await work.rows(
        select(_WISH.c.clinic_id, _WISH.c.id)
        .where(_WISH.c.account_id == work.scope.account_id, or_(*(_WISH.c.state == one for one in _OPEN)))
        .order_by(_WISH.c.created_at.desc(), _WISH.c.id)
        .limit(limit)
    )
    return [OwnWish(row.clinic_id, row.id) for row in rows]
