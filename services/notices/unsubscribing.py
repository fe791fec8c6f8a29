"""The way out of messages that are not about a visit (RFC 8058): one press, without signing in."""

from __future__ import annotations

from uuid import UUID

from services.clients.service import get_client
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.work import AnyWork, ClinicWork
from services.screening import marketing

UNSUBSCRIBE_LINK = "unsubscribe"


def unsubscribe_url(work: AnyWork, clinic_id: UUID, client_id: UUID) -> str:
    """The address that ends them; it works for as long as the message is kept."""
    token = work.tools.links.sign(UNSUBSCRIBE_LINK, client_id, clinic_id=clinic_id)
    return page_address(work.tools.base_url, f"/unsubscribe/{token}")


def read_link(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """The clinic and the client a token leads to. Raises `LinkInvalid`."""
    link = work.tools.links.read(UNSUBSCRIBE_LINK, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link.subject_id


async def unsubscribe(work: ClinicWork, client_id: UUID) -> bool:
    """The client wants no more of them; who was erased gets none. Gives whether that is new. Raises `NotFound`."""
    if (await get_client(work, client_id)).is_erased:
        return False
    return await marketing.choose_marketing(work, client_id, "link", allowed=False)
