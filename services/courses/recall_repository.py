"""SQL of a cartridge's lot: where it was used, by any version of any record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select

from services.courses.models import SessionRecord
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.scheduling.models import Booking

_RECORD, _BOOKING = table(SessionRecord), table(Booking)


def same_lot(column: ColumnElement[Any], lot: str) -> ColumnElement[bool]:
    """Whether a column holds the key of the lot: the database works both out, so that they cannot differ."""
    return column == func.upper(func.regexp_replace(lot, r"\s+", "", "g"))


class RecallRepository:
    """Lots in the records of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def list_used(self, lot: str) -> Sequence[Row[Any]]:
        """The visits in whose record the lot is or was written, latest first; `latest`: in its latest version."""
        latest = (
            select(func.max(_RECORD.c.version))
            .where(_RECORD.c.clinic_id == _BOOKING.c.clinic_id, _RECORD.c.booking_id == _BOOKING.c.id)
            .correlate(_BOOKING)
            .scalar_subquery()
        )
        return await self._work.rows(
            select(
                _BOOKING.c.id.label("booking_id"),
                (func.max(_RECORD.c.version) == latest).label("latest"),
            )
            .join(
                _RECORD,
                and_(_RECORD.c.clinic_id == _BOOKING.c.clinic_id, _RECORD.c.booking_id == _BOOKING.c.id),
            )
            .where(_BOOKING.c.clinic_id == self._clinic, same_lot(_RECORD.c.lot_key, lot))
            .group_by(_BOOKING.c.clinic_id, _BOOKING.c.id, _BOOKING.c.starts_at)
            .order_by(_BOOKING.c.starts_at.desc())
        )
