"""SQL of a cartridge's lot: where it was used by any version of any record, recalls of it, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.clients.models import Client
from services.clinics.models import Clinic, Location
from services.courses.models import LotRecall, PlatformRecall, RecalledPerson, SessionRecord
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.vault import NOBODYS_END
from services.kernel.work import ClinicWork, PlatformWork
from services.scheduling.models import Booking

_RECORD, _BOOKING, _CLIENT = table(SessionRecord), table(Booking), table(Client)
_LOCATION, _CLINIC = table(Location), table(Clinic)
_THEIRS = _CLIENT.alias("theirs")
_RECALL, _PERSON, _PLATFORM = table(LotRecall), table(RecalledPerson), table(PlatformRecall)


def same_lot(column: ColumnElement[Any], lot: str) -> ColumnElement[bool]:
    """Whether a column holds the key of the lot: the database works both out, so that they cannot differ."""
    return column == func.upper(func.regexp_replace(lot, r"\s+", "", "g"))


def _shape(lot: ColumnElement[Any]) -> ColumnElement[Any]:
    """What is left of a lot's key where two people type one wrapping in two ways: O and 0, I, L and 1 are one sign."""
    return func.translate(func.regexp_replace(lot, "[^[:alnum:]]", "", "g"), "OIL", "011")


def _written_alike(lot: str) -> Select[Any]:
    """Lots in records that are not the lot by their key and may be it by their look, with how many visits name them."""
    look = _shape(func.upper(literal(lot)))
    names = func.count(_RECORD.c.booking_id.distinct())
    shown: tuple[Any, ...] = (func.max(_RECORD.c.lot).label("lot"), names.label("visits"))
    return (
        select(*shown)
        .where(_shape(_RECORD.c.lot_key) == look, look != "", ~same_lot(_RECORD.c.lot_key, lot))
        .group_by(_RECORD.c.lot_key)
        .order_by(_RECORD.c.lot_key)
    )


def _has_address(email: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a client can be told at all: who was erased has no address any more."""
    return ~email.endswith(NOBODYS_END)


def _recorded_as(lot: str) -> Select[Any]:
    """How the latest record that names the lot writes it."""
    named = select(_RECORD.c.lot).where(same_lot(_RECORD.c.lot_key, lot))
    return named.order_by(_RECORD.c.recorded_at.desc(), _RECORD.c.lot).limit(1)


def _called_back(source: Table, names: Sequence[str], lot: str, before: str | None) -> Select[Any]:
    """The recall of a lot in one of the two tables, unless the lot is that of `before`."""
    found = select(*(source.c[name] for name in names), literal(source is _RECALL).label("own"))
    other = () if before is None else (~same_lot(source.c.lot_key, before),)
    return found.where(same_lot(source.c.lot_key, lot), *other)


def _is_told(clinic_id: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Conditions on who is told of a recall at a clinic, and was not erased."""
    return (
        _PERSON.c.clinic_id == clinic_id,
        _CLIENT.c.clinic_id == clinic_id,
        _CLIENT.c.id == _PERSON.c.client_id,
        _has_address(_CLIENT.c.email),
    )


class RecallRepository:
    """Lots in the records of one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def list_used(self, lot: str) -> Sequence[Row[Any]]:
        """The visits in whose record the lot is or was written, latest first; `latest`: in its latest version."""
        versions = _RECORD.alias("versions")
        latest = (
            select(func.max(versions.c.version))
            .where(versions.c.clinic_id == _BOOKING.c.clinic_id, versions.c.booking_id == _BOOKING.c.id)
            .correlate(_BOOKING)
            .scalar_subquery()
        )
        shown = (
            *(_BOOKING.c.id, _BOOKING.c.reference, _BOOKING.c.starts_at, _BOOKING.c.client_id),
            *(_CLIENT.c.name, _CLIENT.c.email, _CLIENT.c.phone, _CLIENT.c.language, _LOCATION.c.time_zone),
        )
        return await self._work.rows(
            select(*shown, (func.max(_RECORD.c.version) == latest).label("latest"))
            .join(_RECORD, _joined(_RECORD.c.booking_id, _RECORD.c.clinic_id, _BOOKING.c.id))
            .join(_CLIENT, _joined(_CLIENT.c.id, _CLIENT.c.clinic_id, _BOOKING.c.client_id))
            .join(_LOCATION, _joined(_LOCATION.c.id, _LOCATION.c.clinic_id, _BOOKING.c.location_id))
            .where(_BOOKING.c.clinic_id == self._clinic, same_lot(_RECORD.c.lot_key, lot))
            .group_by(_BOOKING.c.clinic_id, *shown)
            .order_by(_BOOKING.c.starts_at.desc())
        )

    async def recorded_as(self, lot: str) -> str | None:
        """The lot as the clinic's latest record that names it writes it; nothing where none does."""
        of_clinic = _recorded_as(lot).where(_RECORD.c.clinic_id == self._clinic)
        found: str | None = await self._work.scalar(of_clinic)
        return found

    async def list_alike(self, lot: str) -> Sequence[Row[Any]]:
        """Other lots of the clinic's records that may be the same, typed differently."""
        return await self._work.rows(_written_alike(lot).where(_RECORD.c.clinic_id == self._clinic))

    async def open_recall(self, **values: Any) -> bool:
        """A recall of the lot; false where there is one."""
        added = await self._work.scalar(
            insert(_RECALL)
            .values(clinic_id=self._clinic, id=new_id(), started_at=self._work.now, **values)
            .on_conflict_do_nothing(index_elements=["clinic_id", "lot_key"])
            .returning(_RECALL.c.id)
        )
        return added is not None

    async def lock_recall(self, lot: str) -> Row[Any]:
        """The recall of the lot, while nobody else tells anybody of it."""
        rows = await self._work.rows(
            select(_RECALL)
            .where(_RECALL.c.clinic_id == self._clinic, same_lot(_RECALL.c.lot_key, lot))
            .with_for_update()
        )
        return rows[0]

    async def find_recall(self, *, lot: str | None = None, recall_id: UUID | None = None) -> Row[Any] | None:
        found = same_lot(_RECALL.c.lot_key, lot) if lot is not None else _RECALL.c.id == recall_id
        return await self._work.row(
            select(_RECALL, _PLATFORM.c.words.label("platform_words"))
            .outerjoin(_PLATFORM, _PLATFORM.c.id == _RECALL.c.platform_recall_id)
            .where(_RECALL.c.clinic_id == self._clinic, found)
        )

    async def find_called_back(self, lot: str, *, before: str | None = None) -> Row[Any] | None:
        """What calls the lot back, the clinic's own recall first; nothing where it is the lot of `before` as well."""
        names = ("id", "lot", "words", "started_by", "started_at")
        own = _called_back(_RECALL, names, lot, before).where(_RECALL.c.clinic_id == self._clinic)
        everywhere = _called_back(_PLATFORM, names, lot, before)
        both = union_all(own, everywhere).subquery()
        return await self._work.row(select(both).order_by(both.c.own.desc()).limit(1))

    async def belong_to_platform(self, recall_id: UUID, platform_recall_id: UUID) -> bool:
        """The platform calls the lot back as well; false where that was known."""
        changed = await self._work.execute(
            update(_RECALL)
            .where(
                _RECALL.c.clinic_id == self._clinic,
                _RECALL.c.id == recall_id,
                _RECALL.c.platform_recall_id.is_(None),
            )
            .values(platform_recall_id=platform_recall_id)
        )
        return changed.rowcount > 0

    async def list_recalls(self, limit: int) -> Sequence[Row[Any]]:
        """Recalls, the newest first, with how many people are told and how many not; who was erased does not count."""
        told = (
            select(func.count())
            .where(_PERSON.c.recall_id == _RECALL.c.id, *_is_told(_RECALL.c.clinic_id))
            .scalar_subquery()
        )
        already = exists().where(
            _PERSON.c.clinic_id == _RECALL.c.clinic_id,
            _PERSON.c.recall_id == _RECALL.c.id,
            _PERSON.c.client_id == _THEIRS.c.id,
        )
        not_told = (
            select(func.count(_THEIRS.c.id.distinct()))
            .select_from(_RECORD)
            .join(_BOOKING, _joined(_RECORD.c.booking_id, _RECORD.c.clinic_id, _BOOKING.c.id))
            .join(_THEIRS, _joined(_THEIRS.c.id, _THEIRS.c.clinic_id, _BOOKING.c.client_id))
            .where(
                _RECORD.c.clinic_id == _RECALL.c.clinic_id,
                _RECORD.c.lot_key == _RECALL.c.lot_key,
                _has_address(_THEIRS.c.email),
                ~already,
            )
            .correlate(_RECALL)
            .scalar_subquery()
        )
        return await self._work.rows(
            select(
                _RECALL,
                told.label("told"),
                not_told.label("not_told"),
                _PLATFORM.c.words.label("platform_words"),
            )
            .outerjoin(_PLATFORM, _PLATFORM.c.id == _RECALL.c.platform_recall_id)
            .where(_RECALL.c.clinic_id == self._clinic)
            .order_by(_RECALL.c.id.desc())
            .limit(limit)
        )

    async def people(self, recall_id: UUID | None = None) -> Sequence[Row[Any]]:
        """Who is told of a recall or of any, without those who were erased."""
        mine = (_PERSON.c.clinic_id == self._clinic, *_is_told(_PERSON.c.clinic_id))
        of_one = (_PERSON.c.recall_id == recall_id,) if recall_id is not None else ()
        return await self._work.rows(select(_PERSON).where(*mine, *of_one))

    async def add_people(self, recall_id: UUID, client_ids: Sequence[UUID]) -> None:
        owner = {"clinic_id": self._clinic, "recall_id": recall_id, "told_at": self._work.now}
        await self._work.execute(
            insert(_PERSON), [owner | {"id": new_id(), "client_id": client_id} for client_id in client_ids]
        )

    async def note_call(self, recall_id: UUID, client_id: UUID, at: datetime | None, by: str) -> None:
        """By whom a person was reached by telephone, and when; nothing takes it back."""
        await self._work.execute(
            update(_PERSON)
            .where(
                _PERSON.c.clinic_id == self._clinic,
                _PERSON.c.recall_id == recall_id,
                _PERSON.c.client_id == client_id,
            )
            .values(rung_at=at, rung_by=by)
        )


async def clinics_with_lot(work: PlatformWork, lot: str) -> Sequence[Row[Any]]:
    """Every clinic in whose records the lot is or was written, by name: visits, people, how many of them are told.

    Of the people, `erased` are those who cannot be told any more.
    """
    told = (
        select(func.count(_PERSON.c.client_id.distinct()))
        .join(_RECALL, _joined(_RECALL.c.id, _RECALL.c.clinic_id, _PERSON.c.recall_id, of=_PERSON))
        .where(*_is_told(_CLINIC.c.clinic_id), same_lot(_RECALL.c.lot_key, lot))
        .correlate(_CLINIC)
        .scalar_subquery()
    )
    return await work.rows(
        select(
            _CLINIC.c.clinic_id,
            _CLINIC.c.name,
            _CLINIC.c.slug,
            func.count(_BOOKING.c.id.distinct()).label("visits"),
            func.count(_BOOKING.c.client_id.distinct()).label("people"),
            func.count(_THEIRS.c.id.distinct()).filter(~_has_address(_THEIRS.c.email)).label("erased"),
            told.label("told"),
        )
        .join(_RECORD, _RECORD.c.clinic_id == _CLINIC.c.clinic_id)
        .join(_BOOKING, _joined(_RECORD.c.booking_id, _RECORD.c.clinic_id, _BOOKING.c.id))
        .join(_THEIRS, _joined(_THEIRS.c.id, _THEIRS.c.clinic_id, _BOOKING.c.client_id))
        .where(same_lot(_RECORD.c.lot_key, lot))
        .group_by(_CLINIC.c.clinic_id, _CLINIC.c.name, _CLINIC.c.slug)
        .order_by(_CLINIC.c.name, _CLINIC.c.clinic_id)
    )


async def people_everywhere(work: PlatformWork, lot: str) -> Sequence[Row[Any]]:
    """Who is told of the lot at any clinic, without those who were erased."""
    return await work.rows(
        select(_PERSON)
        .join(_RECALL, _joined(_RECALL.c.id, _RECALL.c.clinic_id, _PERSON.c.recall_id, of=_PERSON))
        .where(*_is_told(_PERSON.c.clinic_id), same_lot(_RECALL.c.lot_key, lot))
    )


async def recorded_anywhere_as(work: PlatformWork, lot: str) -> str | None:
    """The lot as the latest record of any clinic that names it writes it."""
    found: str | None = await work.scalar(_recorded_as(lot))
    return found


async def alike_anywhere(work: PlatformWork, lot: str) -> Sequence[Row[Any]]:
    """Other lots of any clinic's records that may be the same, typed differently."""
    return await work.rows(_written_alike(lot))


async def open_platform_recall(work: PlatformWork, **values: Any) -> bool:
    """A recall over all clinics; false where there is one of the lot."""
    added = await work.scalar(
        insert(_PLATFORM)
        .values(id=new_id(), started_at=work.now, **values)
        .on_conflict_do_nothing(index_elements=["lot_key"])
        .returning(_PLATFORM.c.id)
    )
    return added is not None


async def find_platform_recall(
    work: PlatformWork, *, lot: str | None = None, recall_id: UUID | None = None
) -> Row[Any] | None:
    found = same_lot(_PLATFORM.c.lot_key, lot) if lot is not None else _PLATFORM.c.id == recall_id
    return await work.row(select(_PLATFORM).where(found))


async def list_platform_recalls(work: PlatformWork, limit: int) -> Sequence[Row[Any]]:
    """Recalls over all clinics, the newest first."""
    return await work.rows(select(_PLATFORM).order_by(_PLATFORM.c.id.desc()).limit(limit))


def _joined(
    column: ColumnElement[Any], clinic: ColumnElement[Any], target: ColumnElement[Any], *, of: Any = _BOOKING
) -> ColumnElement[bool]:
    return and_(clinic == of.c.clinic_id, column == target)
