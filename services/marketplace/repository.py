"""SQL of the public listing but for the search: rows by clinic, counts, and the writing of the projection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Row,
    delete,
    func,
    not_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import insert

from services.clinics.models import ClinicSlug
from services.kernel.statements import Prepared, given, is_among
from services.kernel.tables import table
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.marketplace.models import Listing
from services.marketplace.schemas import ListingRow

_L, _SLUGS = table(Listing), table(ClinicSlug)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 11))"


_REMOVE_OTHERS = Prepared(
    delete(_L).where(_L.c.clinic_id == given(_L.c.clinic_id), not_(is_among(_L.c.location_id, "kept")))
)


@cache
def _writing(columns: tuple[str, ...]) -> Prepared:
    statement = insert(_L)
    changed = {name: statement.excluded[name] for name in columns if name != "location_id"}
    return Prepared(statement.on_conflict_do_update(index_elements=["location_id"], set_=changed), columns)


class ListingRepository:
    """Reads of the public listing, under any scope."""

    def __init__(self, work: AnyWork) -> None:
        self._work = work

    async def list_by_slug(self, slugs: Sequence[str]) -> list[Row[Any]]:
        """The rows of some clinics, in order of slug and city."""
        return await self._work.rows(
            select(_L).where(_L.c.slug.in_(slugs)).order_by(_L.c.slug, _L.c.city, _L.c.location_id)
        )

    async def list_of_clinic(self, clinic_id: UUID) -> list[Row[Any]]:
        """The rows of one clinic as they stand."""
        return await self._work.rows(select(_L).where(_L.c.clinic_id == clinic_id).order_by(_L.c.location_id))

    async def next_free_of(self, clinic_id: UUID, now: datetime) -> dict[UUID, datetime]:
        """The first free time of a published clinic's locations, where there is one."""
        statement = select(_L.c.location_id, _L.c.next_free_at)
        rows = await self._work.rows(statement.where(_L.c.clinic_id == clinic_id, _L.c.next_free_at >= now))
        return {row.location_id: row.next_free_at for row in rows}

    async def count_clinics(self) -> int:
        """How many clinics are published."""
        return int(await self._work.scalar(select(func.count(_L.c.slug.distinct()))))

    async def list_slugs(self, offset: int, limit: int) -> list[str]:
        """Some of the published clinics, in order of slug."""
        rows = await self._work.rows(
            select(_L.c.slug).distinct().order_by(_L.c.slug).offset(offset).limit(limit)
        )
        return [row.slug for row in rows]

    async def currencies(self) -> list[str]:
        """Currencies that courses are priced in, most used first."""
        rows = await self._work.rows(
            select(_L.c.course_currency, func.count())
            .where(_L.c.course_currency.is_not(None))
            .group_by(_L.c.course_currency)
            .order_by(func.count().desc(), _L.c.course_currency)
        )
        return [row[0] for row in rows]

    async def figures(self) -> Row[Any]:
        """Counts over everything published."""
        per_clinic = (
            select(
                _L.c.clinic_id,
                func.count().label("places"),
                func.max(sql_cast(_L.c.card["practitioners"].astext, Integer)).label("people"),
                func.max(sql_cast(_L.c.card["practitioners_checked"].astext, Integer)).label("checked"),
                func.max(sql_cast(_L.c.card["clinic_reviews"].astext, Integer)).label("reviews"),
            )
            .group_by(_L.c.clinic_id)
            .subquery()
        )
        countries = select(func.count(_L.c.country.distinct())).scalar_subquery()
        row = await self._work.row(
            select(
                func.count().label("clinics"),
                func.coalesce(func.sum(per_clinic.c.places), 0).label("places"),
                func.coalesce(func.sum(per_clinic.c.people), 0).label("people"),
                func.coalesce(func.sum(per_clinic.c.checked), 0).label("checked"),
                func.coalesce(func.sum(per_clinic.c.reviews), 0).label("reviews"),
                countries.label("countries"),
            ).select_from(per_clinic)
        )
        if row is None:
            raise RuntimeError("a count gave no row")
        return row


async def lock_listing(work: ClinicWork) -> None:
    """One rebuild of a clinic's listing at a time, so that an older reading never overwrites a newer one."""
    await work.ask(_LOCK, f"listing:{work.scope.clinic_id}")


async def write_listing(work: PlatformWork, clinic_id: UUID, rows: Sequence[ListingRow]) -> None:
    """Makes the clinic's rows the given ones: changes what is there, adds what is new, removes the rest."""
    kept = [row.location_id for row in rows]
    await work.put(_REMOVE_OTHERS, {"clinic_id": clinic_id, "kept": kept})
    if rows:
        await work.put(_writing(tuple(rows[0].values)), *(row.values for row in rows))


async def list_listed_clinics(work: PlatformWork) -> list[UUID]:
    """Clinics that have rows."""
    return [row[0] for row in await work.rows(select(_L.c.clinic_id).distinct())]


async def list_public_clinics(work: PlatformWork) -> list[UUID]:
    """Every live clinic: the directory of slugs, read whole here alone, to make the projection again."""
    statement = select(_SLUGS.c.clinic_id).where(_SLUGS.c.is_public).order_by(_SLUGS.c.clinic_id)
    return [row[0] for row in await work.rows(statement)]
