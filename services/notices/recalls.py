"""Use cases: people hear of a lot that was used on them, and a clinic of one that is called back everywhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.clinics import service as clinics
from services.courses import platform_recalls, recalls
from services.courses.recall_schemas import LotTrace, ToldPerson
from services.kernel.language import speaking
from services.kernel.work import AnyWork, ClinicWork, PlatformWork
from services.notices import service as notices
from services.notices.messages import recall as messages
from services.notices.reach_rules import Reach, reach_of
from services.notices.repository import NoticeRepository
from services.notices.rules import RECALLED
from services.notices.schemas import Message, ReachCounts, Reached
from services.notices.team import tell_address


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
                    client_id=person.client_id,
                    name=person.name,
                    email=person.email,
                    visits=person.visits,
                )
            await notices.queue(work, message)
    if recall.by_platform:
        base_url = work.tools.base_url
        await tell_address(
            work, clinic.email, lambda: messages.to_clinic(clinic, recall, len(people), base_url)
        )


async def list_reached(work: ClinicWork, recall_id: UUID) -> dict[UUID, Reached]:
    """What became of the messages about a recall, by client; those who were erased are not there."""
    told = [person for person in await recalls.list_told(work) if person.recall_id == recall_id]
    return {client_id: reached for (_, client_id), reached in (await _reached(work, told)).items()}


async def count_reached(work: ClinicWork) -> Mapping[UUID, ReachCounts]:
    """How many people were reached, by recall of the clinic."""
    found = await _reached(work, await recalls.list_told(work))
    return _counted((recall_id, one) for (recall_id, _), one in found.items())


async def count_reached_everywhere(work: PlatformWork, lot: str) -> Mapping[UUID, ReachCounts]:
    """How many people were reached of a lot that is called back, by clinic."""
    told = await platform_recalls.list_told(work, lot)
    clinic_of = {person.recall_id: person.clinic_id for person in told}
    found = await _reached(work, told)
    return _counted((clinic_of[recall_id], one) for (recall_id, _), one in found.items())


async def _reached(work: AnyWork, told: Sequence[ToldPerson]) -> dict[tuple[UUID, UUID], Reached]:
    """What became of the message, by recall and client; of two records of one person, the one that was sent counts.

    A call counts for either of them.
    """
    states = await NoticeRepository(work).states(RECALLED, [person.notice_subject for person in told])
    found: dict[tuple[UUID, UUID], Reached] = {}
    for person in told:
        notice, key = states.get(person.notice_subject), (person.recall_id, person.client_id)
        reach = reach_of(notice.state if notice else None, person.told_at, work.now)
        before = found.get(key)
        call = person.call or (before.call if before else None)
        if before is None or reach is Reach.SENT:
            found[key] = Reached(reach, (notice and notice.sent_at) or person.told_at, call)
        else:
            found[key] = replace(before, call=call)
    return found


def _counted(found: Iterable[tuple[UUID, Reached]]) -> Mapping[UUID, ReachCounts]:
    """How many of each there are; of what is not there nobody was told."""
    by: dict[UUID, Counter[str]] = defaultdict(Counter)
    for key, one in found:
        by[key][_count_of(one)] += 1
    return defaultdict(ReachCounts, {key: ReachCounts(**some) for key, some in by.items()})


def _count_of(one: Reached) -> str:
    """Among which of the counts a person is."""
    if one.reach is Reach.SENT:
        return "sent"
    if one.call is not None:
        return "by_phone"
    return "not_reached" if one.to_ring else "waiting"


async def preview_recall(work: ClinicWork, found: LotTrace, words: str) -> Message | None:
    """The message as the first of those who would be told would get it; nothing where there is nobody."""
    people = found.to_tell() or [person for person in found.people if not person.erased]
    if not people:
        return None
    person = people[0]
    return messages.to_client(
        await clinics.get_clinic(work),
        await _place(work),
        found.recall.lot if found.recall else found.lot,
        found.recall.words if found.recall else words,
        subject_id=person.client_id,
        client_id=person.client_id,
        name=person.name,
        email=person.email,
        visits=person.visits,
    )


async def _place(work: ClinicWork) -> messages.Place:
    places = await clinics.list_locations(work)
    country = places[0].country if places else ""
    return messages.Place(next((place.phone for place in places if place.phone), ""), country)
