"""SQL of clients' word on messages that are not about their visits."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select

from services.clients.models import MarketingChoice
from services.clients.schemas import MarketingChoiceView
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork

_CHOICE = table(MarketingChoice)


class MarketingRepository:
    """The choices of one clinic's clients. They are only ever added to."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def last(self, client_id: UUID) -> MarketingChoiceView | None:
        """The client's last word."""
        row = await self._work.row(
            select(_CHOICE.c.allowed, _CHOICE.c.source, _CHOICE.c.made_at)
            .where(_CHOICE.c.clinic_id == self._clinic, _CHOICE.c.client_id == client_id)
            .order_by(_CHOICE.c.made_at.desc(), _CHOICE.c.id.desc())
            .limit(1)
        )
        return MarketingChoiceView(row.allowed, row.source, row.made_at) if row else None

    async def add(self, client_id: UUID, source: str, *, allowed: bool) -> None:
        """Another word."""
        await self._work.execute(
            insert(_CHOICE)
            .inline()
            .values(
                clinic_id=self._clinic,
                id=new_id(),
                client_id=client_id,
                allowed=allowed,
                source=source,
                made_at=self._work.now,
            )
        )
