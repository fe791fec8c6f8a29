"""SQL of requests about one's own data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import AnyWork
from services.privacy.models import PrivacyRequest, RequestKind, RequestState
from services.privacy.person import Person

_REQUESTS = table(PrivacyRequest)


class RequestRepository:
    """Requests; they belong to no clinic."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def add(self, kind: RequestKind, person: Person, language: str, **values: Any) -> UUID:
        """A new request; one of the id given stays as it is."""
        request_id: UUID = values.pop("request_id", None) or new_id()
        await self._work.execute(
            insert(_REQUESTS)
            .values(
                id=request_id,
                request_kind=kind,
                account_id=person.account_id,
                email=person.email,
                language=language,
                keep_reviews=values.pop("keep_reviews", False),
                state=RequestState.ASKED,
                asked_at=self._work.now,
                size_bytes=0,
                report={},
                **values,
            )
            .on_conflict_do_nothing()
        )
        return request_id

    async def find(self, request_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        statement = select(_REQUESTS).where(_REQUESTS.c.id == request_id)
        return await self._work.row(statement.with_for_update() if lock else statement)

    async def list_of(self, person: Person, kind: RequestKind, limit: int = 20) -> list[Row[Any]]:
        """The person's requests of a kind, latest first."""
        return await self._work.rows(
            select(_REQUESTS)
            .where(self._of(person), _REQUESTS.c.request_kind == kind)
            .order_by(_REQUESTS.c.id.desc())
            .limit(limit)
        )

    async def change(self, request_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_REQUESTS).where(_REQUESTS.c.id == request_id).values(**values))

    def _of(self, person: Person) -> ColumnElement[bool]:
        mine: list[ColumnElement[bool]] = []
        if person.account_id is not None:
            mine.append(_REQUESTS.c.account_id == person.account_id)
        if person.email is not None:
            free = _REQUESTS.c.account_id.is_(None)
            mine.append((func.lower(_REQUESTS.c.email) == person.email) & free)
        return or_(false(), *mine)
