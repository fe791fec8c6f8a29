"""SQL of holds; the claims that keep their time go with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, func, insert, select

from services.clients.models import Client
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import LONGEST_CLAIM_HOURS, Booking, Claim, SlotHold, WaitlistWish
from services.scheduling.people_repository import works_elsewhere
from services.treatments.models import Treatment

_HOLD, _CLAIM = table(SlotHold), table(Claim)
_WISH, _TREATMENT = table(WaitlistWish), table(Treatment)
_BOOKING, _CLIENT = table(Booking), table(Client)
_SHOWN = (
    "id",
    "wish_id",
    "treatment_id",
    "practitioner_id",
    "room_id",
    "numbing_room_id",
    "device_id",
    "starts_at",
    "ends_at",
    "until_at",
)
_LONGEST = timedelta(hours=LONGEST_CLAIM_HOURS)
# Whose time is held, where they work for another clinic too.
_PERSON_ELSEWHERE = (
    select(_CLAIM.c.person_id)
    .where(
        _CLAIM.c.clinic_id == _HOLD.c.clinic_id,
        _CLAIM.c.hold_id == _HOLD.c.id,
        works_elsewhere(_CLAIM.c.person_id, _CLAIM.c.clinic_id),
    )
    .limit(1)
    .correlate(_HOLD)
    .scalar_subquery()
    .label("person_elsewhere")
)


_LOCK_HOLDER = "SELECT pg_advisory_xact_lock(hashtextextended($1, 6))"


class HoldRepository:
    """Holds of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, row: Mapping[str, Any]) -> None:
        await self._work.execute(insert(_HOLD).values(clinic_id=self._clinic, held_at=self._work.now, **row))

    async def find(self, hold_id: UUID) -> Row[Any] | None:
        return await self._work.row(select(_HOLD).where(self._mine(), _HOLD.c.id == hold_id))

    async def lock(self, hold_id: UUID) -> Row[Any] | None:
        """A hold, its row locked until the end of the transaction."""
        return await self._work.row(
            select(_HOLD).where(self._mine(), _HOLD.c.id == hold_id).with_for_update()
        )

    async def lock_of(self, practitioner_id: UUID) -> None:
        """Waits for whoever books or ends what is held with a practitioner, in order of id; before any other lock."""
        mine = (self._mine(), _HOLD.c.practitioner_id == practitioner_id)
        await self._work.execute(select(_HOLD.c.id).where(*mine).order_by(_HOLD.c.id).with_for_update())

    async def list_standing(self, location_id: UUID, since: datetime, until: datetime) -> list[Row[Any]]:
        """What is held at a location between two instants, by time.

        With its treatment, with who was offered it, and with the booking that is to move there and its client.
        """
        treatment = and_(_TREATMENT.c.clinic_id == _HOLD.c.clinic_id, _TREATMENT.c.id == _HOLD.c.treatment_id)
        booking = and_(_BOOKING.c.clinic_id == _HOLD.c.clinic_id, _BOOKING.c.id == _HOLD.c.booking_id)
        client = and_(_CLIENT.c.clinic_id == _BOOKING.c.clinic_id, _CLIENT.c.id == _BOOKING.c.client_id)
        wish = and_(_WISH.c.clinic_id == _HOLD.c.clinic_id, _WISH.c.id == _HOLD.c.wish_id)
        return await self._work.rows(
            select(
                *(_HOLD.c[name] for name in _SHOWN),
                _TREATMENT.c.name.label("treatment_name"),
                _WISH.c.name.label("offered_to"),
                _BOOKING.c.reference.label("asked_of"),
                _CLIENT.c.name.label("asked_by"),
            )
            .join(_TREATMENT, treatment)
            .outerjoin(_WISH, wish)
            .outerjoin(_BOOKING, booking)
            .outerjoin(_CLIENT, client)
            .where(
                self._mine(),
                _HOLD.c.location_id == location_id,
                _HOLD.c.until_at > self._work.now,
                _HOLD.c.starts_at >= since,
                _HOLD.c.starts_at < until,
            )
            .order_by(_HOLD.c.starts_at, _HOLD.c.id)
        )

    async def drop(self, hold_id: UUID) -> Row[Any] | None:
        """Gives a hold's time back; what it held and whose it was, or nothing where it is gone."""
        dropped = await self._work.row(
            delete(_HOLD).where(self._mine(), _HOLD.c.id == hold_id).returning(*_HOLD.c, _PERSON_ELSEWHERE)
        )
        if dropped is not None:
            self._work.touch(dropped.starts_at)
        return dropped

    async def drop_of_move(self, move_id: UUID) -> list[Row[Any]]:
        """Gives the times back that were held for a move that was asked for; what they held."""
        dropped = await self._work.rows(
            delete(_HOLD)
            .where(self._mine(), _HOLD.c.move_id == move_id)
            .returning(*_HOLD.c, _PERSON_ELSEWHERE)
        )
        self._work.touch(*(row.starts_at for row in dropped))
        return dropped

    async def lock_holder(self, held_by: str) -> None:
        """Waits for what else is being laid for somebody, until the end of the transaction; before any other lock."""
        await self._work.ask(_LOCK_HOLDER, f"{self._work.scope.clinic_id} {held_by}")

    async def count_standing(self, held_by: str, but: UUID | None) -> int:
        """How many times somebody holds now, without one that is given up."""
        found: int = await self._work.scalar(
            select(func.count()).where(
                self._mine(),
                _HOLD.c.held_by == held_by,
                _HOLD.c.until_at > self._work.now,
                _HOLD.c.id.is_distinct_from(but),
            )
        )
        return found

    async def find_over(self, resources: Iterable[UUID], since: datetime, until: datetime) -> list[UUID]:
        """Holds that are over, with claims in the way."""
        in_the_way = exists().where(
            _CLAIM.c.clinic_id == _HOLD.c.clinic_id,
            _CLAIM.c.hold_id == _HOLD.c.id,
            _CLAIM.c.resource_id.in_(list(resources)),
            _CLAIM.c.starts_at < until,
            _CLAIM.c.ends_at > since,
        )
        rows = await self._work.rows(
            select(_HOLD.c.id).where(
                self._mine(),
                _HOLD.c.until_at <= self._work.now,
                _HOLD.c.starts_at >= since - _LONGEST,
                _HOLD.c.starts_at < until,
                in_the_way,
            )
        )
        return [row.id for row in rows]

    async def drop_over(self, hold_ids: Sequence[UUID]) -> list[Row[Any]]:
        """Ends those of the holds that are over and that nobody else is working on; gives which, and whose."""
        rows = await self._work.rows(
            select(_HOLD.c.id, _HOLD.c.starts_at, _PERSON_ELSEWHERE)
            .where(self._mine(), _HOLD.c.id.in_(hold_ids), _HOLD.c.until_at <= self._work.now)
            .order_by(_HOLD.c.id)
            .with_for_update(skip_locked=True, of=_HOLD)
        )
        ids = [row.id for row in rows]
        self._work.touch(*(row.starts_at for row in rows))
        if ids:
            await self._work.execute(delete(_HOLD).where(self._mine(), _HOLD.c.id.in_(ids)))
        return rows

    def _mine(self) -> Any:
        return _HOLD.c.clinic_id == self._clinic
