"""Use cases of a clinic's team: who belongs to it, as what, and in which language each is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts import service as accounts
from services.accounts.schemas import SignedIn
from services.clinics import rules
from services.clinics.events import LEFT
from services.clinics.models import Role
from services.clinics.repository import ClinicRepository
from services.clinics.schemas import MemberPatch, MemberView, NewMember, NoticesChoice
from services.kernel.errors import InvalidFields, NotFound, WrongState
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork


class LastOwner(WrongState):
    code = "last-owner"
    message = "A clinic keeps at least one owner. Make someone else an owner first."


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone of the team who is written to, and the language of their account."""

    member: MemberView
    language: str

    @property
    def email(self) -> str:
        return self.member.email


async def list_team(work: ClinicWork) -> list[MemberView]:
    """The team, in order of joining."""
    return [one.member for one in await list_readers(work)]


async def list_readers(work: ClinicWork) -> list[Reader]:
    """The same, each with their language."""
    rows = await ClinicRepository(work).members()
    people = await accounts.list_accounts(work, [row.account_id for row in rows])
    return [Reader(_view(row, people[row.account_id]), people[row.account_id].language) for row in rows]


async def list_owners(work: ClinicWork) -> list[Reader]:
    """To whom messages to the clinic's owners go, by address."""
    team = await list_readers(work)
    return sorted((one for one in team if one.member.role == rules.OWNER), key=lambda one: one.email)


async def find_language(work: ClinicWork, address: str) -> str:
    """The language of letters to an address of the clinic's: whose it is of the team, else the first owner's."""
    return language_of_readers(address, await list_readers(work))


def language_of_readers(address: str, team: Sequence[Reader]) -> str:
    """The same of a team, in order of joining, that was read."""
    return rules.language_of_address(address, [(one.email, one.member.role, one.language) for one in team])


async def get_member(work: ClinicWork, member_id: UUID) -> MemberView:
    """Someone of the team. Raises `NotFound`."""
    found = await ClinicRepository(work).member(member_id)
    if found is None:
        raise NotFound
    return _view(found, await accounts.get_account(work, found.account_id))


async def add_member(work: ClinicWork, new: NewMember) -> MemberView:
    """Adds a person who has an account.

    Raises `InvalidFields` where there is no account with the address, or for someone of the team.
    """
    person = await accounts.find_by_email(work, new.email)
    if person is None:
        raise InvalidFields.one(
            "email", "unknown", "Nobody has signed up with this address yet. Ask them to, then add them here."
        )
    member_id = new_id()
    if not await ClinicRepository(work).add_member(member_id, person.account_id, new.role):
        raise InvalidFields.one("email", "taken", "This person belongs to the team already.")
    work.audit("team.add", "member", member_id, account_id=str(person.account_id), role=new.role.value)
    return await get_member(work, member_id)


async def update_member(work: ClinicWork, member_id: UUID, patch: MemberPatch) -> MemberView:
    """Another role. Raises `NotFound`, or `LastOwner` where no owner would be left."""
    member = await _locked(work, member_id)
    if patch.role is not Role.OWNER:
        await _keep_an_owner(work, member)
    await ClinicRepository(work).change_member(member_id, patch.role)
    work.audit("team.update", "member", member_id, role=patch.role.value)
    return await get_member(work, member_id)


async def find_own_place(work: ClinicWork, account_id: UUID) -> MemberView:
    """The account's own place in the team. Raises `NotFound`."""
    found = await ClinicRepository(work).member_of(account_id)
    if found is None:
        raise NotFound
    return await get_member(work, found.id)


async def choose_notices(work: ClinicWork, account_id: UUID, choice: NoticesChoice) -> None:
    """Which bookings the account's member hears of. Raises `NotFound`."""
    member = await find_own_place(work, account_id)
    await ClinicRepository(work).change_notices(member.id, choice.booking_notices)
    work.audit("team.choose_messages", "member", member.id, bookings=choice.booking_notices)


async def remove_member(work: ClinicWork, member_id: UUID) -> None:
    """Takes someone off the team. Raises `NotFound`, or `LastOwner`."""
    member = await _locked(work, member_id)
    await _keep_an_owner(work, member)
    await ClinicRepository(work).remove_member(member_id)
    work.audit("team.remove", "member", member_id, account_id=str(member.account_id))
    work.announce(LEFT(account_id=member.account_id))


async def _locked(work: ClinicWork, member_id: UUID) -> MemberView:
    """The member, with the clinic locked: two owners who remove each other at once meet here."""
    await ClinicRepository(work).get(lock=True)
    return await get_member(work, member_id)


async def _keep_an_owner(work: ClinicWork, member: MemberView) -> None:
    if rules.last_owner(await ClinicRepository(work).owners(), member.account_id):
        raise LastOwner


def _view(row: Row[Any], person: SignedIn) -> MemberView:
    return MemberView(
        id=row.id,
        account_id=row.account_id,
        name=person.name,
        email=person.email,
        role=row.role,
        booking_notices=row.booking_notices,
        created_at=row.created_at,
    )
