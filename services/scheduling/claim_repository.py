"""SQL of claims on practitioners, rooms and devices: the locks in their one order, and laying and giving back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, select
from sqlalchemy.exc import DBAPIError

from services.kernel.adding import Adding, Call, Rows
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import ClinicWork, HopedInVain
from services.scheduling.models import Claim, Resource
from services.scheduling.people_repository import works_elsewhere

_CLAIM, _RESOURCE = table(Claim), table(Resource)
EXCLUSION_VIOLATION, DEADLOCK = "23P01", "40P01"
_LOCK_PEOPLE = """
    SELECT count(pg_advisory_xact_lock(hashtextextended(person::text, 5))),
           array_agg(person) FILTER (WHERE EXISTS (
               SELECT FROM membership m WHERE m.account_id = person AND m.clinic_id <> $2
           )) AS elsewhere
    FROM unnest($1::uuid[]) AS person
"""
# Of a claim, the person where they work for another clinic too.
PERSON_ELSEWHERE = case((works_elsewhere(_CLAIM.c.person_id, _CLAIM.c.clinic_id), _CLAIM.c.person_id))

_TAKE = Call("take_time", 3)
_LOCK_RESOURCES = Prepared(
    select(_RESOURCE.c.id)
    .where(_RESOURCE.c.clinic_id == given(_RESOURCE.c.clinic_id), is_among(_RESOURCE.c.id, "ids"))
    .order_by(_RESOURCE.c.id)
    .with_for_update(key_share=True)
)
_ADD_CLAIM = Adding(_CLAIM)


class ClaimLost(Exception):  # noqa: N818  a fact of the race, turned into `SlotTaken` by the use case
    """Another transaction has one of the resources for an overlapping time. Nothing of the attempt is left."""


class ClaimRepository:
    """Claims of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A savepoint around locks and claims: raises `ClaimLost`, with everything inside undone, locks too."""
        try:
            async with self._work.savepoint():
                yield
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in {EXCLUSION_VIOLATION, DEADLOCK}:
                raise ClaimLost from error
            raise

    async def lock_resources(self, wanted: Iterable[UUID]) -> None:
        """Locks the resources' rows in order of id, until the end of the attempt. Each has its row from its beginning.

        Exclusion constraints alone deadlock when many race for one time (DESIGN, the hot paths).
        """
        await self._work.fetch(_LOCK_RESOURCES, clinic_id=self._clinic, ids=sorted(wanted))

    async def lock_people(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Waits for whoever books the same people at another clinic, in order of id, until the end of the attempt.

        After the resources' rows, as everywhere: one order, so no circle of waiting. Gives those who work for another
        clinic too: what is taken of their time is told there (`people.tell_elsewhere`).
        """
        wanted = sorted(set(people))
        if not wanted:
            return frozenset()
        row = await self._work.ask(_LOCK_PEOPLE, wanted, self._clinic)
        return frozenset(row["elsewhere"] or ())

    async def take(self, people: Iterable[UUID], claims: Rows) -> frozenset[UUID]:
        """Lays claims where nothing is in the way, under the locks of what they take and of the people, in one call.

        Gives those of the people who work for another clinic too, as `lock_people` does. Raises `ClaimLost`.
        """
        row = await self._work.ask(_TAKE.sql(1), *self._to_take(people, claims))
        if not row["taken"]:
            raise ClaimLost
        return frozenset(row["elsewhere"] or ())

    def hope_to_take(
        self, people: Iterable[UUID], claims: Rows, then: Callable[[frozenset[UUID]], None]
    ) -> None:
        """The same as the last of the transaction, so that its locks are held for no more than the commit.

        `then` is told who works elsewhere too.
        """

        def answered(row: Any) -> None:
            if not row["taken"]:
                raise HopedInVain
            then(frozenset(row["elsewhere"] or ()))

        self._work.hope(_TAKE, *self._to_take(people, claims), answered=answered)

    def _to_take(self, people: Iterable[UUID], claims: Rows) -> tuple[UUID, list[UUID], str]:
        return self._clinic, sorted(set(people)), _ADD_CLAIM.written(self._laid(claims))

    async def add_claims(self, rows: Rows) -> None:
        """Lays claims."""
        await self._work.add((_ADD_CLAIM, self._laid(rows)))

    def _laid(self, rows: Rows) -> list[dict[str, Any]]:
        """Claims as rows, in order of resource."""
        self._work.touch(*(row["starts_at"] for row in rows))
        mine = [{"clinic_id": self._clinic, **row} for row in rows]
        return sorted(mine, key=lambda row: (row["resource_id"], row["starts_at"]))

    async def list_claims(self, booking_ids: Iterable[UUID]) -> list[Row[Any]]:
        """(resource, start, end) of what the bookings hold."""
        return await self._work.rows(
            select(_CLAIM.c.resource_id, _CLAIM.c.starts_at, _CLAIM.c.ends_at).where(
                _CLAIM.c.clinic_id == self._clinic, _CLAIM.c.booking_id.in_(list(booking_ids))
            )
        )

    async def drop_claims(self, booking_ids: Iterable[UUID]) -> list[Row[Any]]:
        """Gives back what the bookings hold; gives the claims, with the person of each who works elsewhere too."""
        dropped = await self._work.rows(
            delete(_CLAIM)
            .where(_CLAIM.c.clinic_id == self._clinic, _CLAIM.c.booking_id.in_(list(booking_ids)))
            .returning(*_CLAIM.c, PERSON_ELSEWHERE.label("person_elsewhere"))
        )
        self._work.touch(*(row.starts_at for row in dropped))
        return dropped
