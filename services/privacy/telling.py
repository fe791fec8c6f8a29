"""Who hears of what: the person of their link and file, the clinic of an erasure."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.language import page_address, speaking
from services.kernel.work import ClinicWork, Database, PlatformWork
from services.notices import service as notices
from services.notices.messages import privacy as messages
from services.notices.rules import once_a_minute
from services.notices.team import tell_owners
from services.privacy.asking import has_account, make_link, requester, who_asked
from services.privacy.holding import list_held
from services.privacy.models import RequestState
from services.privacy.person import Person
from services.privacy.requests_repository import RequestRepository


async def send_link(work: PlatformWork, database: Database, to: str, language: str) -> None:
    """The way in to what is held of an address; nothing where nothing is. An account's owner is led to signing in."""
    email = who_asked(work, to)
    with speaking(language):
        if await has_account(work, email):
            url = page_address(work.tools.base_url, "/account/data")
            await notices.queue(work, messages.link(email, url, work.now, has_account=True))
        elif await list_held(database, Person(email=email.lower()), work.scope.by):
            url = await make_link(work, email, language, str(once_a_minute(work.now)))
            await notices.queue(work, messages.link(email, url, work.now, has_account=False))


async def tell_ready(work: PlatformWork, request_id: UUID) -> None:
    """The file is there; once. Raises `NotFound`."""
    row = await RequestRepository(work).find(request_id)
    if row is None:
        raise NotFound
    person = await requester(work, row)
    if person.email is None or row.state != RequestState.DONE:
        return
    with speaking(row.language):
        if row.account_id is not None:
            url = page_address(work.tools.base_url, "/account/data")
        else:
            url = await make_link(work, person.email, row.language, str(request_id))
        await notices.queue(work, messages.export_ready(request_id, person.email, url))


async def tell_clinic(work: ClinicWork, request_id: UUID) -> None:
    """The clinic's owners hear that a client was erased."""
    clinic = await clinics.get_clinic(work)
    base_url = work.tools.base_url
    await tell_owners(work, lambda email: messages.client_erased(clinic, request_id, email, base_url))


async def tell_withdrawn(work: ClinicWork, withdrawn: messages.Withdrawn) -> None:
    """The clinic's owners hear that a client withdrew a consent: by the way to the record, without a name."""
    clinic = await clinics.get_clinic(work)
    base_url = work.tools.base_url
    await tell_owners(work, lambda email: messages.consent_withdrawn(clinic, withdrawn, email, base_url))
