"""Use cases of the link between a practitioner and the account with which they sign in."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.work import ClinicWork
from services.practitioners.events import CHANGED, LINK_CHANGED
from services.practitioners.repository import PractitionerRepository
from services.practitioners.schemas import LinkedMember


async def link_member(work: ClinicWork, practitioner_id: UUID, wanted: LinkedMember) -> None:
    """Says which member of the team the practitioner is, or (null) that they are none.

    A member is one practitioner at most: linked to another one before, they move.
    Raises `NotFound`, or `InvalidFields` for someone who does not belong to the team.
    """
    people = PractitionerRepository(work)
    if await people.find(practitioner_id, lock=True) is None:
        raise NotFound
    account_id = None
    if wanted.member_id is not None:
        try:
            account_id = (await clinics.get_member(work, wanted.member_id)).account_id
        except NotFound as error:
            raise InvalidFields.one(
                "member_id", "unknown", "This person does not belong to the team."
            ) from error
        await _unlink(work, account_id)
    await people.change(practitioner_id, account_id=account_id)
    work.audit("practitioner.link_member", "practitioner", practitioner_id, account_id=str(account_id or ""))
    work.announce(CHANGED(practitioner_id=practitioner_id))
    work.announce(LINK_CHANGED(practitioner_id=practitioner_id))


async def list_accounts(work: ClinicWork) -> dict[UUID, UUID]:
    """The accounts with which practitioners sign in, by practitioner, of those who do."""
    rows = await PractitionerRepository(work).list_all()
    return {row.id: row.account_id for row in rows if row.account_id}


async def find_by_account(work: ClinicWork, account_id: UUID) -> str | None:
    """The name of the practitioner who signs in with the account, or nothing."""
    rows = await PractitionerRepository(work).list_all()
    return next((row.name for row in rows if row.account_id == account_id), None)


async def unlink_account(work: ClinicWork, account_id: UUID) -> None:
    """The account is no practitioner's any more; nothing happens where it was none, or belongs to the team again."""
    if any(member.account_id == account_id for member in await clinics.list_team(work)):
        return
    await _unlink(work, account_id)


async def find_account(work: ClinicWork, practitioner_id: UUID) -> UUID | None:
    """The account with which the practitioner signs in, or nothing."""
    row = await PractitionerRepository(work).find(practitioner_id)
    found: UUID | None = row.account_id if row else None
    return found


async def _unlink(work: ClinicWork, account_id: UUID) -> None:
    for practitioner_id in await PractitionerRepository(work).unlink(account_id):
        work.announce(LINK_CHANGED(practitioner_id=practitioner_id))
