"""What follows from a lot that is called back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import RecallIn
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, PlatformWork
from services.notices import recalls as telling
from workers.actor import Outside, actor


@actor(scope="clinic")
async def tell_of_recall(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Each person on whom it was used gets one message."""
    await telling.tell_of_recall(work, UUID(ids["recall_id"]))


@actor(scope="platform", outside=True)
async def recall_everywhere(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """Every clinic whose records name the lot calls it back, one clinic at a time."""
    recall = await platform_recalls.get_platform_recall(work, UUID(ids["recall_id"]))
    given = RecallIn(lot=recall.lot, words=recall.words)
    for clinic in await platform_recalls.list_clinics(work, recall.lot):
        async with outside.database.begin(ClinicScope(clinic.clinic_id, work.scope.by)) as own:
            await recalls.confirm_recall(own, given, platform_recall_id=recall.id)
