"""SQL of bookings for who comes from outside one clinic: by reference, and a person's own over all clinics."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from services.kernel.tables import table
from services.kernel.work import AccountWork, AnyWork
from services.scheduling.models import Booking, BookingReference
from services.scheduling.schemas import OwnBooking

_BOOKING, _REFERENCE = table(Booking), table(BookingReference)


async def clinic_of_reference(work: AnyWork, reference: str) -> tuple[UUID, UUID] | None:
    """Clinic and booking under a reference."""
    row = await work.row(select(_REFERENCE).where(_REFERENCE.c.reference == reference))
    return None if row is None else (row.clinic_id, row.booking_id)


async def bookings_of_account(work: AccountWork, limit: int) -> list[OwnBooking]:
    """The person's own bookings over all clinics, latest first."""
    rows = await work.rows(
        select(
            _BOOKING.c.clinic_id,
            _BOOKING.c.id.label("booking_id"),
            _BOOKING.c.group_id,
            _BOOKING.c.reference,
            _BOOKING.c.starts_at,
            _BOOKING.c.status,
        )
        .where(_BOOKING.c.account_id == work.scope.account_id)
        .order_by(_BOOKING.c.starts_at.desc(), _BOOKING.c.id)
        .limit(limit)
    )
    return [OwnBooking(**row._mapping) for row in rows]  # noqa: SLF001  a row's mapping is public
