"""Use cases: tell client and clinic what became of a visit. Each reads the state again before it speaks.

What changes later is told by `changes`, once it has settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.clinics import service as clinics
from services.clinics.rules import hears_of_booking
from services.clinics.team import Reader, language_of_readers
from services.kernel.correlation import followed_by
from services.kernel.language import speaking
from services.kernel.work import ClinicWork, PlatformWork
from services.notices import own_words
from services.notices import service as notices
from services.notices.messages import booking as messages
from services.notices.messages import booking_team as to_team
from services.notices.messages import text as to_phone
from services.notices.messages.booking import Visits
from services.notices.messages.booking_team import Hearer
from services.notices.messages.lost_links import lost_links
from services.notices.messages.own_words import OwnWords
from services.notices.models import Audience
from services.notices.repository import AddressRepository, NoticeRepository, ToldRepository
from services.notices.schemas import Message
from services.practitioners import service as practitioners
from services.scheduling import reminders, texts
from services.scheduling import service as scheduling
from services.scheduling.schemas import BookingView, Reached


async def visits(
    work: ClinicWork, bookings: Sequence[BookingView], *, calendar: bool = False, version: int = 0
) -> Visits:
    """What the messages need to know of visits that were booked together."""
    return _visits(work, bookings, await own_words.get_words(work), calendar=calendar, version=version)


def _visits(
    work: ClinicWork,
    bookings: Sequence[BookingView],
    words: OwnWords,
    *,
    calendar: bool = False,
    version: int = 0,
) -> Visits:
    first = bookings[0]
    return Visits(
        bookings,
        scheduling.manage_path(work, first),
        work.tools.base_url,
        calendar,
        (first.first_step, first.first_step_hours),
        version,
        words,
    )


async def tell_confirmed(work: ClinicWork, groups: Mapping[UUID, str]) -> None:
    """What was booked together is confirmed; nothing is said where none of it is any more.

    By group, each with the thread that it belongs to. What is the same for all of them is read once, since many come at
    once where a clinic brings its diary along. The team hears of it where the client did it: who books at the desk, or
    accepts a request, knows.
    """
    found = await scheduling.list_groups(work, groups)
    words, team, written = await own_words.get_words(work), await _team_of(work), list[Message]()
    for group_id, whole in found.items():
        group = await _standing(work, whole, "confirmed")
        if group:
            told, by_client = _visits(work, group, words, calendar=True), group[0].changed_by == "client"
            with followed_by(groups[group_id]):
                written.append(messages.confirmed(told))
                written += team.told(told, to_team.new_booking) if by_client else []
            if not by_client:
                await ToldRepository(work).note(Audience.TEAM, told.says)
    await notices.queue(work, *written)


async def tell_requested(work: ClinicWork, group_id: UUID) -> None:
    """A request waits for the clinic; nothing is said where it was answered meanwhile."""
    group = await _standing(work, await scheduling.list_group(work, group_id), "requested")
    if group:
        told = await visits(work, group)
        team = await _team_of(work)
        await notices.queue(work, messages.requested(told), *team.told(told, to_team.new_request))


async def _standing(work: ClinicWork, group: Sequence[BookingView], status: str) -> list[BookingView]:
    """What still has that status; what was cancelled before there was a first message is never told of."""
    gone = [one for one in group if one.status == "cancelled"]
    if gone and not await NoticeRepository(work).has_first(gone[0].group_id):
        told = ToldRepository(work)
        for audience in (Audience.CLIENT, Audience.TEAM):
            last = await told.last(audience, [one.id for one in gone])
            await told.note(audience, [messages.said_of(one) for one in gone if one.id not in last])
    return [one for one in group if one.status == status]


async def tell_team(work: ClinicWork, told: Visits, write: Callable[[Visits, Hearer], Message]) -> None:
    """One message to each of the team who hears of the visits."""
    team = await _team_of(work)
    await notices.queue(work, *team.told(told, write))


@dataclass(frozen=True, slots=True)
class _Team:
    """Who of a clinic may hear of bookings, and with which account each practitioner signs in."""

    readers: Sequence[Reader]
    accounts: Mapping[UUID, UUID]

    def told(self, told: Visits, write: Callable[[Visits, Hearer], Message]) -> list[Message]:
        """One message to each who hears of the visits."""
        return [write(told, hearer) for hearer in self._hearers(told.bookings)]

    def _hearers(self, bookings: Sequence[BookingView]) -> list[Hearer]:
        """Who of the team hears of the bookings, and the clinic's own address where it is nobody's of the team."""
        first = bookings[0]
        treating = {self.accounts.get(one.practitioner_id) for one in bookings}
        hearers = [
            Hearer(one.member.id, one.member.name, one.email, one.language)
            for one in self.readers
            if hears_of_booking(
                one.member.role, one.member.booking_notices, own=one.member.account_id in treating
            )
        ]
        if first.clinic_email.casefold() not in {one.email.casefold() for one in self.readers}:
            language = language_of_readers(first.clinic_email, self.readers)
            desk = Hearer(
                first.clinic_id, first.clinic_name, first.clinic_email, language, has_settings=False
            )
            hearers.append(desk)
        return hearers


async def _team_of(work: ClinicWork) -> _Team:
    return _Team(await clinics.list_readers(work), await practitioners.list_accounts(work))


async def tell_declined(work: ClinicWork, booking_id: UUID) -> None:
    """A request was declined, with all that was asked for together."""
    one = await scheduling.get_booking(work, booking_id)
    group = await scheduling.list_group(work, one.group_id)
    await notices.queue(work, messages.declined(await visits(work, group)))


async def tell_expired(work: ClinicWork, booking_id: UUID) -> None:
    """A request ran out, with all that was asked for together."""
    one = await scheduling.get_booking(work, booking_id)
    group = await scheduling.list_group(work, one.group_id)
    await notices.queue(work, messages.expired(await visits(work, group)))


async def remind(work: ClinicWork, booking_id: UUID, hours: int) -> None:
    """So many hours before a visit that is still going to be; one message where several are due at once.

    By text message to who chose that, where the number is not known to take none.
    """
    one = await scheduling.get_booking(work, booking_id)
    if not reminders.is_last_due(work, one, hours):
        return
    number = await texts.find_number_for(work, one, hours)
    if number and not await AddressRepository(work).find(number):
        message = to_phone.reminder(
            await visits(work, [one]), hours, work.now, number, texts.text_path(work, one)
        )
        if message:
            await notices.queue(work, message)
            return
    await remind_by_mail(work, booking_id, hours)


async def remind_by_mail(work: ClinicWork, booking_id: UUID, hours: int) -> None:
    """The same as a letter, whatever was chosen: a text did not get there."""
    one = await scheduling.get_booking(work, booking_id)
    message = messages.reminder(await visits(work, [one]), hours, work.now)
    if message:
        await notices.queue(work, message)


async def send_links(work: PlatformWork, email: str, ahead: Sequence[Reached], language: str) -> None:
    """The links to all that lies ahead for the address, of every clinic; nothing is said where nothing does."""
    if ahead:
        with speaking(language):
            await notices.queue(work, lost_links(email, ahead, work.now))
