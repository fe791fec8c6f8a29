"""What follows from what happens to a visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.clients import service as clients
from services.courses import states
from services.kernel.language import DEFAULT, speaking
from services.kernel.scope import ClinicScope
from services.kernel.work import ClinicWork, PlatformWork
from services.notices import addresses, asked_moves, bookings, changes
from services.scheduling import asked_moves as asking
from services.scheduling import reminders
from services.scheduling import service as scheduling
from services.scheduling.people import bind_person, list_others, note_taken_elsewhere
from services.scheduling.schemas import Reached
from workers.actor import FEW, Job, Outside, actor, all_or_each


@actor(scope="clinic", several=FEW)
async def tell_of_confirmation(work: ClinicWork, jobs: Sequence[Job]) -> Mapping[UUID, Exception]:
    """Client and clinic learn that the time is taken."""

    async def tell(some: Sequence[Job]) -> None:
        async with work.savepoint():
            await bookings.tell_confirmed(
                work, {UUID(job.ids["group_id"]): job.correlation_id for job in some}
            )

    return await all_or_each(jobs, tell)


@actor(scope="clinic")
async def tell_of_request(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn that the time is held."""
    await bookings.tell_requested(work, UUID(ids["group_id"]))


@actor(scope="clinic")
async def let_change_settle(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Another time or a cancellation stands for a while before anybody is told."""
    await changes.let_settle(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def let_completion_settle(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """So does that a visit took place."""
    await changes.let_completion_settle(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_what_changed(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn what differs from what they were last told."""
    if not await states.is_told_as_one(work, UUID(ids["booking_id"])):
        await changes.tell_changes(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_refusal(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client learns that the clinic said no."""
    await bookings.tell_declined(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_expiry(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client learns that no answer came."""
    await bookings.tell_expired(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def tell_of_asked_move(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Client and clinic learn that another time is asked for, and held."""
    await asked_moves.tell_asked(work, UUID(ids["move_id"]))


@actor(scope="clinic")
async def tell_of_refused_move(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client learns that the visit stays as it is."""
    await asked_moves.tell_refused(work, UUID(ids["move_id"]))


@actor(scope="clinic")
async def expire_asked_move(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Gives the time back that the clinic did not answer about."""
    await asking.expire_move(work, UUID(ids["move_id"]))


@actor(scope="clinic")
async def remind_client(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Before the visit, if it is still going to be; timers from before clinics chose were for a day before."""
    await bookings.remind(work, UUID(ids["booking_id"]), int(ids.get("hours", "24")))


@actor(scope="clinic")
async def believe_number(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The client has given a number for text messages."""
    await addresses.believe_number(work, UUID(ids["group_id"]))


@actor(scope="clinic")
async def remind_by_mail(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A reminder did not get there as a text message."""
    await bookings.remind_by_mail(work, UUID(ids["booking_id"]), int(ids["hours"]))


@actor(scope="clinic")
async def plan_reminders_again(work: ClinicWork, ids: Mapping[str, str]) -> None:  # noqa: ARG001  the scope says it
    """The clinic has chosen other times."""
    await reminders.plan_again(work)


@actor(scope="clinic")
async def expire_request(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Ends a request that nobody answered."""
    await scheduling.expire_request(work, UUID(ids["booking_id"]))


@actor(scope="clinic")
async def bind_person_time(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """What lies ahead of a practitioner is the time of whoever they sign in as, over all clinics."""
    await bind_person(work, UUID(ids["practitioner_id"]))


@actor(scope="platform", outside=True)
async def look_elsewhere(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """The other clinics of somebody whose time has changed look again, each told of its own practitioner alone."""
    for clinic_id, practitioner_id in await list_others(work, UUID(ids["person_id"]), UUID(ids["clinic_id"])):
        async with outside.database.begin(ClinicScope(clinic_id, work.scope.by)) as own:
            note_taken_elsewhere(own, practitioner_id)


@actor(scope="clinic")
async def expire_hold(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Gives a held time back that nobody booked."""
    await scheduling.expire_hold(work, UUID(ids["hold_id"]))


@actor(scope="platform", outside=True)
async def send_lost_links(work: PlatformWork, ids: Mapping[str, str], outside: Outside) -> None:
    """The links to what lies ahead for an address, read one clinic at a time, in one message."""
    email, language = scheduling.who_asked(work, ids["to"]), ids.get("language", DEFAULT)
    ahead: list[Reached] = []
    with speaking(language):
        for clinic_id in await clients.list_clinics_of(work, email):
            async with outside.database.begin(ClinicScope(clinic_id, work.scope.by)) as own:
                ahead += await scheduling.find_ahead(own, email)
    await bookings.send_links(work, email, ahead, language)
