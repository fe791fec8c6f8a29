"""What follows for those who wait: freed times are offered, wishes end by themselves, people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.kernel.work import ClinicWork
from services.notices import waitlist as telling
from services.scheduling import offering, waitlist
from workers.actor import FEW, Job, actor, all_or_each


@actor(scope="clinic", absorbs=True)
async def offer_freed_times(work: ClinicWork, ids: Mapping[str, str]) -> None:  # noqa: ARG001  the clinic's state says all
    """Whoever is first and suited by what is free is asked."""
    await offering.offer_freed_times(work)


@actor(scope="clinic", several=FEW)
async def end_booked_wishes(work: ClinicWork, jobs: Sequence[Job]) -> Mapping[UUID, Exception]:
    """Who has booked waits no longer."""

    async def end(some: Sequence[Job]) -> None:
        async with work.savepoint():
            await waitlist.end_booked_wishes(
                work, {UUID(job.ids["group_id"]): job.correlation_id for job in some}
            )

    return await all_or_each(jobs, end)


@actor(scope="clinic", absorbs=True)
async def end_wishes_off_menu(work: ClinicWork, ids: Mapping[str, str]) -> None:  # noqa: ARG001  the clinic's state says all
    """Nobody waits for what the clinic does not offer any more, for who has left, or for a closed clinic."""
    await waitlist.end_lost(work)


@actor(scope="clinic")
async def end_wish(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Ends a wish whose days are over, or that nobody proved."""
    await waitlist.end_wish(work, UUID(ids["wish_id"]))


@actor(scope="clinic")
async def ask_to_prove_wish(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The message whose link makes a wish count."""
    await telling.ask_to_prove(work, UUID(ids["wish_id"]))


@actor(scope="clinic")
async def tell_of_offer(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A time is kept for somebody who waits."""
    await telling.tell_offered(work, UUID(ids["offer_id"]))


@actor(scope="clinic")
async def take_offer_back(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A message about what is not held any more does not go out."""
    await telling.take_offer_back(work, UUID(ids["hold_id"]))


@actor(scope="clinic")
async def tell_waiting_is_over(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Who waited in vain, or was taken off, is told."""
    await telling.tell_over(work, UUID(ids["wish_id"]))
