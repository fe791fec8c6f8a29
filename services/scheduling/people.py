"""One person at several clinics: the claims of a practitioner are bound to the account with which they sign in.

Two claims that are bound to one person never overlap, whatever clinics they lie in (`PersonTime`). A clinic learns that
the time is taken elsewhere, and nothing else. So when a person's time changes at one clinic, the others at which they
treat look again at what is free of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.kernel.work import ClinicWork, PlatformWork
from services.practitioners import service as practitioners
from services.scheduling import events
from services.scheduling.claim_repository import ClaimLost, ClaimRepository
from services.scheduling.externals import BusySpan, joined, read_anew
from services.scheduling.hold_repository import HoldRepository
from services.scheduling.people_repository import PeopleRepository, list_elsewhere


async def bind_person(work: ClinicWork, practitioner_id: UUID) -> int:
    """Binds what lies ahead of a practitioner to whoever they sign in as now, or to nobody; gives how many clash.

    What is over is bound to nobody else any more either: a claim names the account of a link that stands.
    Which visits in their calendars elsewhere are known here is another question then: those are read anew.
    A visit at a time at which the person is booked elsewhere already stays booked and unbound: the clinic moves it,
    and finds it in its audit.
    """
    person_id = await practitioners.find_account(work, practitioner_id)
    people = PeopleRepository(work)
    # Holds before people, and people before the bookings' rows, as everywhere: one order, so no circle of waiting.
    await HoldRepository(work).lock_of(practitioner_id)
    changed = await people.list_bound(practitioner_id, person_id)
    if person_id:
        await ClaimRepository(work).lock_people([person_id])
    await people.free(practitioner_id, person_id)
    unbound = await people.list_unbound(practitioner_id) if person_id else []
    if person_id and unbound:
        changed.add(person_id)
    tell_elsewhere(work, await people.list_elsewhere(changed))
    await read_anew(work, practitioner_id)
    return await _bind(work, practitioner_id, person_id, unbound) if person_id else 0


async def _bind(work: ClinicWork, practitioner_id: UUID, person_id: UUID, unbound: Iterable[UUID]) -> int:
    people, claims, clashes = PeopleRepository(work), ClaimRepository(work), 0
    for booking_id in unbound:
        try:
            async with claims.attempt():
                await claims.lock_people([person_id])
                await people.bind(practitioner_id, booking_id, person_id)
        except ClaimLost:
            clashes += 1
            work.audit("booking.clashes_elsewhere", "booking", booking_id)
    return clashes


def tell_elsewhere(work: ClinicWork, people: Iterable[UUID | None]) -> None:
    """The time of these people, who work for other clinics too, is another now: those look again."""
    for person_id in sorted({one for one in people if one}):
        work.announce(events.PERSON_TIME_CHANGED(person_id=person_id, clinic_id=work.scope.clinic_id))


async def list_others(work: PlatformWork, person_id: UUID, clinic_id: UUID) -> list[tuple[UUID, UUID]]:
    """The other clinics at which a person treats, each with the practitioner they are there."""
    return await list_elsewhere(work, person_id, clinic_id)


def note_taken_elsewhere(work: ClinicWork, practitioner_id: UUID) -> None:
    """Something changed of the practitioner's time at another clinic; which, and what, is nobody's business here."""
    work.announce(events.TIME_ELSEWHERE_CHANGED(practitioner_id=practitioner_id))


async def list_taken_elsewhere(work: ClinicWork, since: datetime, until: datetime) -> list[BusySpan]:
    """When practitioners are taken at other clinics between two instants; joined, in order. None can be booked."""
    rows = await PeopleRepository(work).list_taken_elsewhere(since, until)
    return joined(BusySpan(row.practitioner_id, row.starts_at, row.ends_at, by_hand=False) for row in rows)
