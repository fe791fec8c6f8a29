"""Use cases of invitations to a clinic's team: asked by mail, taken up by whoever signs in with that address.

An invitation is a row while it is open: taken up or withdrawn it is gone, and the audit keeps what happened.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import service as accounts
from services.accounts.schemas import SignedIn
from services.clinics import rules
from services.clinics.events import INVITED
from services.clinics.repository import ClinicRepository, InvitationRepository
from services.clinics.schemas import InvitationView, MemberView, NewMember
from services.clinics.team import find_language, get_member
from services.kernel.errors import InvalidFields, NotAllowed, NotFound, TooManyRequests
from services.kernel.ids import new_id
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid, SignedLink
from services.kernel.work import AnyWork, ClinicWork

JOIN_TEAM = "join-team"
INVITATIONS_A_DAY = 50


class InvitationOver(LinkInvalid):
    message = "This invitation was taken up, withdrawn, or sent again with a newer link."


class InvitedAsSomeoneElse(NotAllowed):
    code = "invited-as-someone-else"
    message = "This invitation is for another address. Sign in with the one that it was sent to."


async def list_invitations(work: ClinicWork) -> list[InvitationView]:
    """The open invitations, oldest first, those that have expired included."""
    return [_view(work, row) for row in await InvitationRepository(work).list_all()]


async def get_invitation(work: ClinicWork, invitation_id: UUID) -> InvitationView:
    """An open invitation. Raises `NotFound`."""
    found = await InvitationRepository(work).find(invitation_id)
    if found is None:
        raise NotFound
    return _view(work, found)


async def invite(work: ClinicWork, new: NewMember) -> InvitationView:
    """Asks someone by mail to join as that role; the link lasts a week.

    Raises `InvalidFields` for someone of the team or invited already, `TooManyRequests`.
    """
    person = await accounts.find_by_email(work, new.email)
    if person and await ClinicRepository(work).member_of(person.account_id):
        raise InvalidFields.one("email", "taken", "This person belongs to the team already.")
    await _throttle(work)
    invitation_id = new_id()
    added = await InvitationRepository(work).add(
        id=invitation_id,
        email=new.email,
        role=new.role.value,
        invited_by=work.scope.by.label,
        expires_at=work.now + rules.INVITATION_LASTS,
    )
    if not added:
        raise InvalidFields.one(
            "email", "taken", "This address is invited already. Send that invitation again."
        )
    _announce(work, "team.invite", invitation_id, role=new.role.value)
    return await get_invitation(work, invitation_id)


async def invite_again(work: ClinicWork, invitation_id: UUID) -> InvitationView:
    """Sends it once more for another week; the older link stops working. Raises `NotFound`, `TooManyRequests`."""
    await _throttle(work)
    expires_at = work.now + rules.INVITATION_LASTS
    if not await InvitationRepository(work).renew(invitation_id, expires_at):
        raise NotFound
    _announce(work, "team.invite_again", invitation_id)
    return await get_invitation(work, invitation_id)


async def withdraw_invitation(work: ClinicWork, invitation_id: UUID) -> None:
    """Takes it back: its link leads nowhere from now on. Raises `NotFound`."""
    if not await InvitationRepository(work).remove(invitation_id):
        raise NotFound
    work.audit("team.withdraw_invitation", "invitation", invitation_id)


def invitation_link(work: ClinicWork, invitation: InvitationView) -> str:
    """The address for the message."""
    token = work.tools.links.sign(
        JOIN_TEAM,
        invitation.id,
        clinic_id=work.scope.clinic_id,
        version=str(invitation.sent),
        expires_at=invitation.expires_at,
    )
    return page_address(work.tools.base_url, f"/invitations/{token}")


async def find_invited_language(work: ClinicWork, invitation: InvitationView) -> str:
    """The language of an invitation: that of the account with its address; the first owner's where none has it."""
    person = await accounts.find_by_email(work, invitation.email)
    return person.language if person else await find_language(work, invitation.email)


def read_invitation_link(work: AnyWork, token: str) -> tuple[UUID, SignedLink]:
    """The clinic that a link leads to, and the link. Raises `LinkInvalid` or `LinkExpired`."""
    link = work.tools.links.read(JOIN_TEAM, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link


async def get_offer(work: ClinicWork, link: SignedLink) -> InvitationView:
    """What the link offers. Raises `InvitationOver`."""
    return _view(work, await _open(work, link))


async def accept_invitation(work: ClinicWork, link: SignedLink, person: SignedIn) -> MemberView:
    """The person joins the team; someone who belongs to it already keeps their role.

    Raises `InvitationOver`, or `InvitedAsSomeoneElse` where it was sent to another address than theirs.
    """
    row = await _open(work, link)
    if row.email != person.email.casefold():
        raise InvitedAsSomeoneElse
    clinics = ClinicRepository(work)
    await InvitationRepository(work).remove(row.id)
    if await clinics.add_member(new_id(), person.account_id, row.role):
        work.audit("team.join", "account", person.account_id, role=row.role)
    member = await clinics.member_of(person.account_id)
    if member is None:
        raise NotFound
    return await get_member(work, member.id)


async def _open(work: ClinicWork, link: SignedLink) -> Row[Any]:
    row = await InvitationRepository(work).find(link.subject_id, lock=True)
    if row is None or str(row.sent) != link.version:
        raise InvitationOver
    return row


async def _throttle(work: ClinicWork) -> None:
    key = f"invitations:{work.scope.clinic_id}"
    wait = await work.tools.throttle.hit(key, INVITATIONS_A_DAY, 24 * 60 * 60)
    if wait is not None:
        raise TooManyRequests(wait)


def _announce(work: ClinicWork, action: str, invitation_id: UUID, **detail: str) -> None:
    work.audit(action, "invitation", invitation_id, **detail)
    work.announce(INVITED(invitation_id=invitation_id))


def _view(work: ClinicWork, row: Row[Any]) -> InvitationView:
    view = InvitationView.model_validate(row)
    return view.model_copy(update={"expired": work.now > row.expires_at})
