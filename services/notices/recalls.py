"""Use cases: people hear of a lot that was used on them, and a clinic of one that is called back everywhere."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.courses import recalls
from services.courses.recall_schemas import LotTrace
from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import recall as messages
from services.notices.schemas import Message


async def tell_of_recall(work: ClinicWork, recall_id: UUID) -> None:
    """One message to each person who is to be told; and one to the clinic where it did not begin the recall."""
    recall, people = await recalls.get_recall(work, recall_id)
    clinic, place = await clinics.get_clinic(work), await _place(work)
    for person in people:
        if person.notice_subject is not None:
            with speaking(person.language):
                message = messages.to_client(
                    clinic,
                    place,
                    recall.lot,
                    recall.words,
                    subject_id=person.notice_subject,
                    name=person.name,
                    email=person.email,
                    visits=person.visits,
                )
            await notices.queue(work, message)
    if recall.by_platform:
        await notices.queue(work, messages.to_clinic(clinic, recall, len(people), work.tools.base_url))


async def preview_recall(work: ClinicWork, found: LotTrace, words: str) -> Message | None:
    """The message as the first of those who would be told would get it; nothing where there is nobody."""
    if not found.people:
        return None
    person = (found.to_tell() or list(found.people))[0]
    return messages.to_client(
        await clinics.get_clinic(work),
        await _place(work),
        found.recall.lot if found.recall else found.lot,
        found.recall.words if found.recall else words,
        subject_id=person.client_id,
        name=person.name,
        email=person.email,
        visits=person.visits,
    )


async def _place(work: ClinicWork) -> messages.Place:
    places = await clinics.list_locations(work)
    country = places[0].country if places else ""
    return messages.Place(next((place.phone for place in places if place.phone), ""), country)
