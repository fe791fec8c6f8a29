"""Use cases: aftercare, check-ins, the clinic's alarm, and invitations to a review."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from services.courses import followups
from services.courses.care import care_url
from services.courses.followup_rules import aftercare_day
from services.courses.protocols import protocol_of
from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import own_words
from services.notices import service as notices
from services.notices.messages import followup as messages
from services.notices.messages import review
from services.notices.models import NoticeState
from services.notices.repository import NoticeRepository
from services.notices.rules import AFTERCARE_HELPS, RED_FLAG
from services.notices.team import tell_address, tell_owners
from services.reviews import service as reviews
from services.scheduling import service as scheduling
from services.treatments.protocol_rules import steps_from


async def send_aftercare(work: ClinicWork, booking_id: UUID) -> None:
    """What helps in the days after a completed visit that are not over; at any hour while it is day 0."""
    booking = await scheduling.get_booking(work, booking_id)
    if booking.status != "completed" or work.now - booking.ends_at > AFTERCARE_HELPS:
        return
    day = aftercare_day(booking.ends_at, work.now, booking.zone)
    steps = steps_from((await protocol_of(work, booking)).aftercare, day)
    if not steps:
        return
    words = await own_words.get_words(work)
    with speaking(booking.client_language):
        message = messages.aftercare(booking, steps, care_url(work, booking), words, urgent=day == 0)
    await notices.queue(work, message)


async def send_check_in(work: ClinicWork, check_in_id: UUID) -> None:
    """The link to a check-in that was opened."""
    asked = await followups.get_check_in(work, check_in_id)
    booking = await scheduling.get_booking(work, asked.check_in.booking_id)
    with speaking(booking.client_language):
        url = await followups.check_in_link(work, check_in_id)
        message = messages.check_in(asked, booking, url)
    await notices.queue(work, message)


async def warn_clinic(work: ClinicWork, check_in_id: UUID) -> None:
    """A red flag was answered, and nobody has dealt with it: to owners, where the clinic's address refused that."""
    asked = await followups.get_check_in(work, check_in_id)
    if not asked.check_in.needs_answer:
        return
    told = (await NoticeRepository(work).states(RED_FLAG, [check_in_id])).get(check_in_id)
    refused = told is not None and told.state == NoticeState.FAILED
    write = partial(messages.red_flag, asked, work.tools.base_url)
    if refused:
        await tell_owners(work, write)
    else:
        await tell_address(work, asked.clinic_email, write)


async def warn_owners(work: ClinicWork, check_in_id: UUID) -> None:
    """Nobody has looked at a red flag in time: every owner hears of it, once."""
    if not await followups.note_unseen(work, check_in_id):
        return
    asked = await followups.get_check_in(work, check_in_id)
    await tell_owners(work, partial(messages.unseen, asked, work.tools.base_url))


async def send_invitation(work: ClinicWork, invitation_id: UUID) -> None:
    """The link to an invitation."""
    asked = await reviews.get_invitation(work, invitation_id)
    booking = await scheduling.get_booking(work, asked.booking_id)
    with speaking(booking.client_language):
        message = review.invitation(asked, booking, await reviews.invitation_link(work, invitation_id))
    await notices.queue(work, message)
