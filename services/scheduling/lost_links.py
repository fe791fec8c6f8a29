"""Use cases of who has lost the link to their bookings: ask for it again, and find what it leads to."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from services.accounts.limits import limit_letters
from services.clients import service as clients
from services.kernel.work import AnyWork, ClinicWork, PublicWork
from services.scheduling import events
from services.scheduling.reading import manage_url
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView, LostLinks, Reached

_ABOUT = b"lost links"


async def ask_lost_links(work: PublicWork, given: LostLinks, *, address: str = "") -> None:
    """Has the links sent to the address, if something that lies ahead was booked with it, at whatever clinic.

    Whether it was cannot be told from answer or time. `address` is the caller's IP address. Raises `TooManyRequests`,
    for known and unknown addresses alike.
    """
    await limit_letters(work, "lost-links", given.email, address)
    sealed = work.tools.keyring.seal(given.email.encode(), _ABOUT)
    work.announce(events.LINKS_ASKED(to=urlsafe_b64encode(sealed).decode(), language=given.language))


def who_asked(work: AnyWork, to: str) -> str:
    """The e-mail address that the event holds sealed."""
    return work.tools.keyring.open(urlsafe_b64decode(to), _ABOUT).decode()


async def find_ahead(work: ClinicWork, email: str) -> list[Reached]:
    """What lies ahead at this clinic for the client of the address: one link for all that was booked together."""
    client = await clients.find_client(work, email)
    if client is None:
        return []
    groups: dict[object, list[BookingView]] = {}
    for booking in await BookingRepository(work).list_ahead_of_client(client.id):
        groups.setdefault(booking.group_id, []).append(booking)
    return [Reached(tuple(group), manage_url(work, group[0])) for group in groups.values()]
