"""Use cases of a faulty lot: where it was used, and telling everybody on whom it was, once.

A clinic has one recall of a lot. Confirmed again, it tells those who have come to light since, and nobody twice.
Its number is said as it was recorded, however it is typed to look for it: that is how it stands on the wrapping.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.courses.recall_events import LOT_RECALLED
from services.courses.recall_repository import RecallRepository
from services.courses.recall_schemas import (
    Call,
    CallIn,
    LotAlike,
    LotPerson,
    LotTrace,
    LotVisit,
    Recalled,
    RecallIn,
    RecallView,
    ToldPerson,
)
from services.kernel.errors import NotFound, WrongState
from services.kernel.work import ClinicWork

MOST = 200


class LotNotUsed(WrongState):
    code = "lot-not-used"
    message = "No record of this clinic names that lot."


async def trace_lot(work: ClinicWork, lot: str) -> LotTrace:
    """On whom a cartridge's lot was used by any version of any record, the latest visit first. The look is audited."""
    found = await _trace(work, lot)
    work.audit("lot.trace", "clinic", work.scope.clinic_id, lot=found.lot, visits=found.visits)
    return found


async def list_alike(work: ClinicWork, lot: str) -> list[LotAlike]:
    """Other lots in the clinic's records that may be this one, typed differently: its recall tells of none of them."""
    return [LotAlike(row.lot, row.visits) for row in await RecallRepository(work).list_alike(lot)]


async def confirm_recall(
    work: ClinicWork, given: RecallIn, *, platform_recall_id: UUID | None = None
) -> Recalled:
    """Tells everybody on whom the lot was used and who was not told before. Raises `LotNotUsed`.

    The words of the first confirmation stand: everybody reads the same.
    """
    used = await _trace(work, given.lot)
    if not used.people:
        raise LotNotUsed
    recalls = RecallRepository(work)
    opened = await recalls.open_recall(
        lot=used.lot,
        words=given.words,
        started_by=work.scope.by.label,
    )
    recall_id = (await recalls.lock_recall(given.lot)).id
    if platform_recall_id is not None:
        opened = await recalls.belong_to_platform(recall_id, platform_recall_id) or opened
    people = (await _trace(work, given.lot)).to_tell(earlier_versions=given.earlier_versions)
    if people:
        await recalls.add_people(recall_id, [person.client_id for person in people])
    if people or opened:
        work.audit("lot.recall", "lot_recall", recall_id, lot=used.lot, told=len(people))
        work.announce(LOT_RECALLED(recall_id=recall_id))
    return Recalled((await get_recall(work, recall_id))[0], len(people))


async def get_recall(work: ClinicWork, recall_id: UUID) -> tuple[RecallView, list[LotPerson]]:
    """A recall, and those who are told of it with their visits. Raises `NotFound`."""
    row = await RecallRepository(work).find_recall(recall_id=recall_id)
    if row is None:
        raise NotFound
    found = await _trace(work, row.lot)
    told = [person for person in found.people if person.told_at is not None]
    return found.recall or _view(row, len(told), len(found.to_tell())), told


async def list_recalls(work: ClinicWork) -> list[RecallView]:
    """The clinic's recalls, the newest first."""
    return [_view(row, row.told, row.not_told) for row in await RecallRepository(work).list_recalls(MOST)]


async def find_called_back(work: ClinicWork, lot: str, *, before: str | None = None) -> Row[Any] | None:
    """What calls back a lot that is to be recorded; nothing where the record named the lot `before` as well."""
    return await RecallRepository(work).find_called_back(lot, before=before)


async def join_recall(work: ClinicWork, called: Row[Any]) -> None:
    """A clinic that uses what only the platform calls back has that as its own recall, and with it whom to tell."""
    if not called.own:
        await RecallRepository(work).open_recall(
            lot=called.lot, words=called.words, started_by=called.started_by, platform_recall_id=called.id
        )


async def note_call(work: ClinicWork, recall_id: UUID, client_id: UUID, call: CallIn) -> None:
    """That a person was reached by telephone, by whom and when, or that this was a mistake. Audited.

    The first note stands. Raises `NotFound` for whoever is not told of the recall, or was erased.
    """
    recalls = RecallRepository(work)
    row = await recalls.find_recall(recall_id=recall_id)
    told = [one for one in await recalls.people(recall_id) if one.client_id == client_id] if row else []
    if row is None or not told:
        raise NotFound
    if call.reached == any(one.rung_at is not None for one in told):
        return
    at, by = (work.now, work.scope.by.label) if call.reached else (None, "")
    await recalls.note_call(recall_id, client_id, at, by)
    deed = "lot.note_call" if call.reached else "lot.drop_call"
    work.audit(deed, "lot_recall", recall_id, lot=row.lot, client_id=str(client_id))


async def list_told(work: ClinicWork) -> list[ToldPerson]:
    """Who is told of any of the clinic's recalls, without those who were erased."""
    return [told_person(row) for row in await RecallRepository(work).people()]


def told_person(row: Row[Any]) -> ToldPerson:
    """The row as others see it."""
    call = Call(row.rung_at, row.rung_by) if row.rung_at is not None else None
    return ToldPerson(row.clinic_id, row.recall_id, row.client_id, row.id, row.told_at, call)


async def _trace(work: ClinicWork, lot: str) -> LotTrace:
    recalls = RecallRepository(work)
    recall = await recalls.find_recall(lot=lot)
    told = {row.client_id: row for row in await recalls.people(recall.id)} if recall else {}
    people: dict[UUID, list[Row[Any]]] = {}
    for row in await recalls.list_used(lot):
        people.setdefault(row.client_id, []).append(row)
    used = tuple(_person(rows, told.get(client_id)) for client_id, rows in people.items())
    said = recall.lot if recall else await recalls.recorded_as(lot)
    found = LotTrace(lot=said or lot.strip(), people=used, recall=None)
    if recall is None:
        return found
    return replace(found, recall=_view(recall, len(told), len(found.to_tell())))


def _person(rows: list[Row[Any]], told: Row[Any] | None) -> LotPerson:
    first = rows[0]
    return LotPerson(
        client_id=first.client_id,
        name=first.name,
        email=first.email,
        visits=tuple(
            LotVisit(row.id, row.reference, row.starts_at, row.time_zone, row.latest) for row in rows
        ),
        told_at=told.told_at if told else None,
        notice_subject=told.id if told else None,
        language=first.language,
        phone=first.phone,
    )


def _view(row: Row[Any], told: int, not_told: int) -> RecallView:
    return RecallView(
        id=row.id,
        lot=row.lot,
        words=row.words,
        platform_words=row.platform_words,
        started_by=row.started_by,
        started_at=row.started_at,
        told=told,
        not_told=not_told,
    )
