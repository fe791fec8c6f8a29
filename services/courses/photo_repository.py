"""SQL of clinical photos, their releases, and the pairs that are shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, false, func, insert, select, update

from services.courses.models import ClinicalPhoto, PhotoRelease, ShownResult
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.treatments.models import Treatment

_PHOTO, _RELEASE, _RESULT = table(ClinicalPhoto), table(PhotoRelease), table(ShownResult)
_TREATMENT = table(Treatment)


def _is_released() -> ColumnElement[bool]:
    """Whether the last word on a photo is that it may be shown."""
    last = (
        select(_RELEASE.c.decision)
        .where(_RELEASE.c.clinic_id == _PHOTO.c.clinic_id, _RELEASE.c.photo_id == _PHOTO.c.id)
        .order_by(_RELEASE.c.decided_at.desc(), _RELEASE.c.id.desc())
        .limit(1)
        .correlate(_PHOTO)
        .scalar_subquery()
    )
    return func.coalesce(last == "given", false())


class PhotoRepository:
    """Photos of one clinic's clients."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    def _photos(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return (
            select(_PHOTO, _is_released().label("is_released"))
            .where(_PHOTO.c.clinic_id == self._clinic, *conditions)
            .order_by(_PHOTO.c.taken_on, _PHOTO.c.added_at, _PHOTO.c.id)
        )

    async def add(self, **values: Any) -> None:
        await self._work.execute(
            insert(_PHOTO).values(clinic_id=self._clinic, added_at=self._work.now, **values)
        )

    async def find(self, photo_id: UUID, *, lock: bool = False) -> Row[Any] | None:
        """One of them; with `lock`, nobody else changes or removes it until this transaction ends."""
        statement = self._photos(_PHOTO.c.id == photo_id)
        return await self._work.row(statement.with_for_update(of=_PHOTO) if lock else statement)

    async def list_of_group(self, group_id: UUID) -> list[Row[Any]]:
        """The photos around what was booked together, oldest first."""
        return await self._work.rows(self._photos(_PHOTO.c.group_id == group_id))

    async def list_of_client(self, client_id: UUID) -> list[Row[Any]]:
        """A client's photos, oldest first."""
        return await self._work.rows(self._photos(_PHOTO.c.client_id == client_id))

    async def list_released(self, among: Collection[UUID] | None = None) -> list[Row[Any]]:
        """Photos that are ready and may be shown, oldest first; all, or those among the given ones."""
        chosen = [] if among is None else [_PHOTO.c.id.in_(among)]
        return await self._work.rows(self._photos(_PHOTO.c.state == "ready", _is_released(), *chosen))

    async def change(self, photo_id: UUID, **values: Any) -> None:
        await self._work.execute(update(_PHOTO).where(self._is(photo_id)).values(**values))

    async def remove(self, photo_id: UUID) -> None:
        """Forgets it, and with it the pairs that it is shown in."""
        await self._work.execute(delete(_PHOTO).where(self._is(photo_id)))

    def _is(self, photo_id: UUID) -> ColumnElement[bool]:
        return and_(_PHOTO.c.clinic_id == self._clinic, _PHOTO.c.id == photo_id)

    async def add_release(self, **values: Any) -> None:
        """A client's word on one photo."""
        await self._work.execute(
            insert(_RELEASE).values(clinic_id=self._clinic, id=new_id(), decided_at=self._work.now, **values)
        )


class ResultRepository:
    """The pairs that one clinic shows."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def list_all(self) -> list[Row[Any]]:
        """Every pair that is or was shown, with its treatment's name, the latest first."""
        same = and_(_TREATMENT.c.clinic_id == _RESULT.c.clinic_id, _TREATMENT.c.id == _RESULT.c.treatment_id)
        return await self._work.rows(
            select(_RESULT, _TREATMENT.c.name.label("treatment_name"))
            .join(_TREATMENT, same)
            .where(_RESULT.c.clinic_id == self._clinic)
            .order_by(_RESULT.c.chosen_at.desc(), _RESULT.c.id.desc())
        )

    async def add(self, **values: Any) -> UUID:
        """A pair that was never shown; gives its id."""
        result_id = new_id()
        added = insert(_RESULT).values(
            id=result_id, clinic_id=self._clinic, chosen_at=self._work.now, **values
        )
        await self._work.execute(added)
        return result_id

    async def show_again(self, result_id: UUID) -> UUID:
        """A pair that was taken off is on the page, as if chosen now; gives its id."""
        await self.change(result_id, off_at=None, chosen_at=self._work.now)
        return result_id

    async def take_off(self, result_id: UUID) -> bool:
        """Whether the pair was on the page; one that a moderator took down is not."""
        return await self.change(result_id, _RESULT.c.taken_down_at.is_(None), off_at=self._work.now)

    async def change(self, result_id: UUID, *conditions: ColumnElement[bool], **values: Any) -> bool:
        """Whether there was such a pair."""
        mine = and_(_RESULT.c.clinic_id == self._clinic, _RESULT.c.id == result_id, *conditions)
        return bool((await self._work.execute(update(_RESULT).where(mine).values(**values))).rowcount)
