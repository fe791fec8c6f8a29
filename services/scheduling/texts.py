"""Use cases of reminders as text messages: a client's choice, for what was booked together.

The choice belongs to the bookings and not to the client's record: whoever books with somebody else's address learns
nothing of what that person has booked. It ends with one press, for all that goes to the same number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.accounts.schemas import Input, Language
from services.clients.language import choose_language
from services.clients.schemas import Phone
from services.clinics.service import get_clinic
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.phones import NotReached, mobile_number
from services.kernel.work import AnyWork, ClinicWork
from services.scheduling.events import TEXTS_CHOSEN
from services.scheduling.models import TextReminders
from services.scheduling.reading import get_booking, list_group
from services.scheduling.reminder_repository import ReminderRepository
from services.scheduling.reminder_rules import is_texted
from services.scheduling.schemas import BookingView
from services.scheduling.text_repository import TextRepository

TEXT_LINK = "text"
Source = Literal["booking", "page", "desk"]
WHY_NOT = {
    NotReached.NO_NUMBER: "This is no telephone number that we know. Give all of it, or begin with + and the country.",
    NotReached.NO_MOBILE: "Text messages reach mobile numbers alone. Give one, or have reminders by e-mail.",
}


class TextsNotOffered(WrongState):
    code = "texts-not-offered"
    message = "This clinic sends no reminders as text messages."


class ReachIn(Input):
    """How messages reach the client of a booking."""

    language: Language = Field(description="What everything that the clinic sends them is written in.")
    text_reminders: bool = Field(
        default=False, description="Reminders of what was booked together as text messages, not by e-mail."
    )
    phone: Phone = Field(
        default="",
        description="The mobile number that they go to; without a country it is one of the clinic's.",
        examples=["+1 212 555 0100"],
    )


async def offers_texts(work: ClinicWork) -> bool:
    """Whether clients may choose texts: the platform sends them, and the clinic has turned them on."""
    return work.tools.texts and await ReminderRepository(work).texts() != TextReminders.OFF


async def choose_texts(
    work: ClinicWork, group_id: UUID, phone: str, source: Source, *, field: str = "phone"
) -> str:
    """Reminders of what was booked together go as texts to that number, which is given as E.164.

    Raises `TextsNotOffered`, `NotFound`, and a field error for what is no mobile number.
    """
    if not await offers_texts(work):
        raise TextsNotOffered
    number = mobile_number(phone, (await get_clinic(work)).country)
    if isinstance(number, NotReached):
        raise InvalidFields.one(field, number.value, WHY_NOT[number])
    if await TextRepository(work).choose(group_id, number):
        work.audit("booking.choose_texts", "booking", group_id, source=source)
    work.announce(TEXTS_CHOSEN(group_id=group_id))
    return number


async def get_reach(work: ClinicWork, booking_id: UUID) -> ReachIn:
    """What is chosen now. Raises `NotFound`."""
    booking = await get_booking(work, booking_id)
    number = await find_number(work, booking.group_id)
    language: Language = "es" if booking.client_language == "es" else "en"
    return ReachIn(language=language, text_reminders=bool(number), phone=number)


async def choose_reach(work: ClinicWork, booking_id: UUID, given: ReachIn) -> ReachIn:
    """The client's choice. Raises as `choose_texts` does."""
    booking = await get_booking(work, booking_id)
    await choose_language(work, booking.client_id, given.language)
    if given.text_reminders:
        await choose_texts(work, booking.group_id, given.phone, "page")
    elif await find_number(work, booking.group_id):
        await stop_texts(work, booking_id, "page")
    return await get_reach(work, booking_id)


async def stop_texts(work: ClinicWork, booking_id: UUID, source: Source) -> None:
    """No more texts to the booking's number about anything its client has booked here. Raises `NotFound`.

    What goes to another number goes on: whoever books with somebody else's address ends nothing of theirs.
    """
    booking = await get_booking(work, booking_id)
    number = await find_number(work, booking.group_id)
    if number and await TextRepository(work).stop(booking.client_id, number):
        work.audit("booking.stop_texts", "booking", booking.group_id, source=source)


def number_of(group: Iterable[BookingView]) -> str:
    """The number (E.164) that was chosen for what was booked together; empty where none was."""
    return next((one.texts_to for one in group if one.texts_to), "")


async def find_number(work: ClinicWork, group_id: UUID) -> str:
    """The same, of the group as it is now."""
    return number_of(await list_group(work, group_id))


async def find_number_for(work: ClinicWork, booking: BookingView, hours: int) -> str:
    """Where the reminder of so many hours before goes as a text; empty where it goes by e-mail."""
    if not work.tools.texts:
        return ""
    reminders = ReminderRepository(work)
    if not is_texted(await reminders.texts(), hours, await reminders.hours()):
        return ""
    return await find_number(work, booking.group_id)


def text_path(work: AnyWork, booking: BookingView) -> str:
    """A path to where the client manages the booking that is short enough for a text message."""
    return f"/t/{booking.reference}/{work.tools.links.brief(TEXT_LINK, booking.id)}"


async def open_text_link(work: ClinicWork, booking_id: UUID, code: str) -> BookingView:
    """The booking that a text message led to. Raises `NotFound` for any other code."""
    if not work.tools.links.is_brief(TEXT_LINK, booking_id, code):
        raise NotFound
    return await get_booking(work, booking_id)
