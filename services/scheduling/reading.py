"""Reading bookings: one, a group, a calendar of them; and the signed link that manages a group."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from urllib.parse import quote
from uuid import UUID

from services.kernel.errors import InvalidFields, NotAllowed, NotFound
from services.kernel.language import page_address
from services.kernel.links import LinkExpired, LinkInvalid
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.vault import Erased, is_nobodys
from services.kernel.work import AccountWork, AnyWork, ClinicWork
from services.scheduling.outside_repository import bookings_of_account, clinic_of_reference
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView, OwnBooking
from services.scheduling.unclosed_repository import UnclosedRepository

MANAGE_LINK, VISITS_LINK = "manage-booking", "manage-visits"


class CameByText(NotAllowed):
    code = "came-by-text"
    message = "This is about your health. Open it from one of the clinic’s e-mails, or sign in."


async def get_booking(work: ClinicWork, booking_id: UUID) -> BookingView:
    """A booking with the names around it. Raises `NotFound`."""
    found = await BookingRepository(work).find(booking_id)
    if found is None:
        raise NotFound
    return found


async def list_by_id(work: ClinicWork, booking_ids: Collection[UUID]) -> list[BookingView]:
    """Those of the bookings that there are, in no order."""
    return await BookingRepository(work).list_by_id(booking_ids)


async def list_group(work: ClinicWork, group_id: UUID) -> list[BookingView]:
    """What was booked together, by position."""
    return await BookingRepository(work).list_group(group_id)


async def list_groups(work: ClinicWork, group_ids: Collection[UUID]) -> dict[UUID, list[BookingView]]:
    """What was booked together, by position, for several groups in one read."""
    groups: dict[UUID, list[BookingView]] = {}
    for booking in await BookingRepository(work).list_groups(list(group_ids)):
        groups.setdefault(booking.group_id, []).append(booking)
    return groups


async def list_bookings(
    work: ClinicWork,
    from_on: date,
    to_on: date,
    *,
    practitioner_id: UUID | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[BookingView]:
    """Bookings of local days of their location, both included, in order of time."""
    found = await BookingRepository(work).list_between(
        from_on, to_on, practitioner_id=practitioner_id, status=status, after=_after(cursor), limit=limit + 1
    )
    return _page(found, limit)


async def list_unclosed(
    work: ClinicWork, *, practitioner_id: UUID | None = None, cursor: str | None = None, limit: int = 100
) -> Page[BookingView]:
    """Visits whose day at their location is over and that are neither completed nor missed, oldest first."""
    ids = await UnclosedRepository(work).list_ids(practitioner_id, _after(cursor), limit + 1)
    found = await BookingRepository(work).list_by_id(ids)
    return _page(sorted(found, key=lambda booking: (booking.starts_at, booking.id)), limit)


async def count_unclosed(work: ClinicWork) -> int:
    """How many there are."""
    return await UnclosedRepository(work).count()


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    starts_at, booking_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(str(starts_at)), UUID(str(booking_id))
    except ValueError as error:
        raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error


def _page(found: list[BookingView], limit: int) -> Page[BookingView]:
    return page_of(found, limit, lambda booking: (booking.starts_at.isoformat(), booking.id))


async def list_visits(work: ClinicWork, client_id: UUID, limit: int = 100) -> list[BookingView]:
    """A client's bookings at this clinic, latest first."""
    return await BookingRepository(work).list_of_client(client_id, limit)


async def count_ahead(work: ClinicWork, client_id: UUID, account_id: UUID | None) -> int:
    """How many visits a client, or whoever an account booked for, has to come at this clinic."""
    return await BookingRepository(work).count_ahead(client_id, account_id)


async def list_own_bookings(work: AccountWork, limit: int = 100) -> list[OwnBooking]:
    """A person's own bookings over all clinics, latest first."""
    return await bookings_of_account(work, limit)


async def find_reference(work: AnyWork, reference: str) -> tuple[UUID, UUID] | None:
    """Clinic and booking under a reference, or nothing."""
    return await clinic_of_reference(work, reference.strip().upper())


def manage_token(work: ClinicWork, group_id: UUID) -> str:
    """The signed token that manages all that was booked together."""
    return work.tools.links.sign(MANAGE_LINK, group_id, clinic_id=work.scope.clinic_id)


def manage_path(work: ClinicWork, booking: BookingView) -> str:
    """The path at which the client manages the booking, in whatever language."""
    return f"/bookings/{booking.reference}?token={quote(manage_token(work, booking.group_id))}"


def manage_url(work: ClinicWork, booking: BookingView) -> str:
    """The address of it, in the language that is spoken."""
    return page_address(work.tools.base_url, manage_path(work, booking))


def visits_path(work: ClinicWork, booking: BookingView) -> str:
    """The same with a token for the visits alone: whoever sees a text message on a screen learns nothing of health."""
    token = work.tools.links.sign(VISITS_LINK, booking.group_id, clinic_id=work.scope.clinic_id)
    return f"/bookings/{booking.reference}?token={quote(token)}"


def require_manager(
    work: ClinicWork,
    booking: BookingView,
    *,
    token: str | None,
    account_id: UUID | None,
    health: bool = False,
) -> bool:
    """Passes whoever has the group's token or made the booking with their account; gives whether they see all of it.

    Raises `NotFound` for everybody else, `Erased` where the client was (nothing new is said under a key that would
    have to be made), and `CameByText` for a text message's token where `health` is asked for.
    """
    if account_id is not None and booking.account_id == account_id:
        return True
    by_message = _is_token_of(work, booking, MANAGE_LINK, token)
    if not by_message and not _is_token_of(work, booking, VISITS_LINK, token):
        raise NotFound
    if is_nobodys(booking.client_email):
        raise Erased
    if by_message:
        return True
    if health:
        raise CameByText
    return False


def _is_token_of(work: ClinicWork, booking: BookingView, purpose: str, token: str | None) -> bool:
    try:
        link = work.tools.links.read(purpose, token or "", work.now)
    except (LinkInvalid, LinkExpired):
        return False
    return link.clinic_id == work.scope.clinic_id and link.subject_id == booking.group_id
