"""Use cases of a lot that is called back at every clinic: who used it, and one confirmation for all of them."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Row

from services.courses import recall_repository as recalls
from services.courses.recall_events import PLATFORM_RECALL_CONFIRMED
from services.courses.recall_schemas import ClinicWithLot, LotAlike, PlatformRecallView, RecallIn, ToldPerson
from services.courses.recalls import LotNotUsed, told_person
from services.kernel.errors import NotFound
from services.kernel.work import PlatformWork

MOST = 200


async def trace_everywhere(work: PlatformWork, lot: str) -> list[ClinicWithLot]:
    """The clinics in whose records the lot is or was, with figures and no names of clients. The look is audited."""
    found = await list_clinics(work, lot)
    about = uuid5(NAMESPACE_URL, f"lot/{lot.strip()}")
    work.audit("lot.trace", "lot", about, lot=lot.strip(), clinics=len(found))
    return found


async def list_clinics(work: PlatformWork, lot: str) -> list[ClinicWithLot]:
    """The same without a look at it by anybody."""
    rows = await recalls.clinics_with_lot(work, lot)
    return [
        ClinicWithLot(row.clinic_id, row.name, row.slug, row.visits, row.people, row.told, row.erased)
        for row in rows
    ]


async def list_alike(work: PlatformWork, lot: str) -> list[LotAlike]:
    """Other lots in any clinic's records that may be this one, typed differently."""
    return [LotAlike(row.lot, row.visits) for row in await recalls.alike_anywhere(work, lot)]


async def said_lot(work: PlatformWork, lot: str) -> str:
    """The lot as its recall has it, else as it was recorded last at any clinic, else as it is typed."""
    recall = await find_platform_recall(work, lot)
    return recall.lot if recall else await recalls.recorded_anywhere_as(work, lot) or lot.strip()


async def list_told(work: PlatformWork, lot: str) -> list[ToldPerson]:
    """Who is told of the lot at any clinic, without those who were erased."""
    return [told_person(row) for row in await recalls.people_everywhere(work, lot)]


async def confirm_everywhere(work: PlatformWork, given: RecallIn) -> PlatformRecallView:
    """Calls the lot back at all clinics: a job tells each clinic and its clients. Raises `LotNotUsed`.

    Confirmed again, those who have come to light since are told, with the words of the first time.
    """
    if not await list_clinics(work, given.lot):
        raise LotNotUsed
    opened = await recalls.open_platform_recall(
        work, lot=await said_lot(work, given.lot), words=given.words, started_by=work.scope.by.label
    )
    view = _view(await recalls.find_platform_recall(work, lot=given.lot))
    work.audit("lot.recall", "platform_recall", view.id, lot=view.lot, again=not opened)
    work.announce(PLATFORM_RECALL_CONFIRMED(recall_id=view.id))
    return view


async def get_platform_recall(work: PlatformWork, recall_id: UUID) -> PlatformRecallView:
    """A recall over all clinics. Raises `NotFound`."""
    return _view(await recalls.find_platform_recall(work, recall_id=recall_id))


async def find_platform_recall(work: PlatformWork, lot: str) -> PlatformRecallView | None:
    """The recall of a lot over all clinics, or nothing."""
    row = await recalls.find_platform_recall(work, lot=lot)
    return _view(row) if row else None


async def list_platform_recalls(work: PlatformWork) -> list[PlatformRecallView]:
    """Recalls over all clinics, the newest first."""
    return [_view(row) for row in await recalls.list_platform_recalls(work, MOST)]


def _view(row: Row[Any] | None) -> PlatformRecallView:
    if row is None:
        raise NotFound
    return PlatformRecallView(row.id, row.lot, row.words, row.started_by, row.started_at)
