"""Use cases: a clinic hears that a credential of its team expires, or has expired. Each reads the state again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from services.notices.messages import credential as messages
from services.notices.team import tell_address
from services.practitioners import service as practitioners
from services.practitioners.models import CredentialState
from services.scheduling import service as scheduling
from services.scheduling.status_rules import STANDING

_A_YEAR = timedelta(days=366)


async def remind_of_expiry(work: ClinicWork, credential_id: UUID, days: int) -> None:
    """A checked credential has at most so many days left; nothing where it was renewed, or another reminder fits."""
    credential = await practitioners.find_expiring(work, credential_id, days)
    if credential is None:
        return
    person = await practitioners.get_practitioner(work, credential.practitioner_id)
    clinic = await clinics.get_clinic(work)
    base_url = work.tools.base_url
    await tell_address(
        work, clinic.email, lambda: messages.expires_soon(clinic, person, credential, days, base_url)
    )


async def tell_of_lapse(work: ClinicWork, credential_id: UUID) -> None:
    """A credential has lapsed, what that means for the person, and what is still booked with them."""
    try:
        credential = await practitioners.get_credential(work, credential_id)
    except NotFound:
        return
    if credential.state is not CredentialState.LAPSED:
        return
    person = await practitioners.get_practitioner(work, credential.practitioner_id)
    today = work.now.date()
    found = await scheduling.list_bookings(work, today, today + _A_YEAR, practitioner_id=person.id)
    clinic = await clinics.get_clinic(work)
    write = partial(
        messages.lapsed,
        clinic,
        person,
        credential,
        work.tools.base_url,
        off_the_market=all(one.state is not CredentialState.VERIFIED for one in person.credentials),
        visits=sum(one.status in STANDING and one.starts_at > work.now for one in found.items),
    )
    await tell_address(work, clinic.email, write)
