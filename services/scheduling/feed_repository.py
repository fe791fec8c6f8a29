"""SQL of calendar addresses: what they show, and the hashes that lead to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.clinics.models import Membership, Role
from services.kernel.tables import table
from services.kernel.work import AnyWork, ClinicWork
from services.scheduling.calendar_models import CalendarFeed, FeedAddress, FeedOf

_FEED, _ADDRESS, _MEMBER = table(CalendarFeed), table(FeedAddress), table(Membership)


class FeedRepository:
    """Calendar addresses of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Every feed, with whether it works: whoever made it must be of the team, and an owner for the whole clinic."""
        return await self._work.rows(
            select(_FEED, self._works().label("works")).where(_FEED.c.clinic_id == self._clinic)
        )

    async def find(self, feed_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_FEED, self._works().label("works")).where(
                _FEED.c.clinic_id == self._clinic, _FEED.c.id == feed_id
            )
        )

    def _works(self) -> Any:
        return exists().where(
            _MEMBER.c.clinic_id == _FEED.c.clinic_id,
            _MEMBER.c.account_id == _FEED.c.made_by,
            (_FEED.c.feed_of != FeedOf.CLINIC) | (_MEMBER.c.role == Role.OWNER),
        )

    async def put(self, token_hash: str, **values: Any) -> UUID:
        """The one feed of that subject with a new address; the address of before leads nowhere."""
        statement = upsert(_FEED).values(clinic_id=self._clinic, made_at=self._work.now, **values)
        feed_id: UUID = await self._work.scalar(
            statement.on_conflict_do_update(
                index_elements=["clinic_id", "feed_of", "subject_id"],
                set_={name: statement.excluded[name] for name in ("initials", "made_by", "made_at")},
            ).returning(_FEED.c.id)
        )
        await self._drop_address(feed_id)
        await self._work.execute(
            insert(_ADDRESS).values(token_hash=token_hash, clinic_id=self._clinic, feed_id=feed_id)
        )
        return feed_id

    async def remove(self, feed_id: UUID) -> bool:
        """Takes it away with its address; false where there is no such feed."""
        gone = await self._work.scalar(
            delete(_FEED)
            .where(_FEED.c.clinic_id == self._clinic, _FEED.c.id == feed_id)
            .returning(_FEED.c.id)
        )
        if gone is not None:
            await self._drop_address(feed_id)
        return gone is not None

    async def _drop_address(self, feed_id: UUID) -> None:
        await self._work.execute(
            delete(_ADDRESS).where(and_(_ADDRESS.c.clinic_id == self._clinic, _ADDRESS.c.feed_id == feed_id))
        )


async def find_address(work: AnyWork, token_hash: str) -> Row[Any] | None:
    """(clinic, feed) under a token's hash."""
    return await work.row(
        select(_ADDRESS.c.clinic_id, _ADDRESS.c.feed_id).where(_ADDRESS.c.token_hash == token_hash)
    )
