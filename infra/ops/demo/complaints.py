"""What the public reported in the demo world: cases that wait for a moderator beside the new clinic."""

from __future__ import annotations

from collections.abc import Sequence

from infra.ops.demo.building import BuiltHouse
from services.kernel.scope import Actor, ClinicScope
from services.kernel.work import Database
from services.moderation import service as moderation
from services.moderation.schemas import Report
from services.reviews import service as reviews

_OF_CLINICS = (
    (8, "unsafe", "The cartridge was lying open on the tray when I came in. I asked, and got a new one."),
    (10, "wrong_facts", "The page says evening appointments; there are none before next month."),
)
_OF_A_REVIEW = (4, "fake_review", "The same words stand under another clinic in Leeds, by another name.")


async def report_some(database: Database, houses: Sequence[BuiltHouse]) -> None:
    """Reports two clinics, and the latest review of a third where it has one."""
    for number, reason, words in _OF_CLINICS:
        await _report(database, houses[number], reason, words)
    number, reason, words = _OF_A_REVIEW
    await _report(database, houses[number], reason, words, of_review=True)


async def _report(
    database: Database, house: BuiltHouse, reason: str, words: str, *, of_review: bool = False
) -> None:
    async with database.begin(ClinicScope(house.scope.clinic_id, Actor("guest"))) as work:
        told = (await reviews.list_reviews(work, 1)).items if of_review else []
        about = {"review_id": told[0].id} if told else {"slug": house.slug}
        given = Report.model_validate({**about, "reason": reason, "text": words})
        await moderation.report(work, given, address="demo")
