"""Invitations: asked, sent again, withdrawn, taken up once by the address that was asked, and by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from infra.platform.mail import MailboxOnly
from services.accounts.schemas import SignedIn
from services.clinics import service as clinics
from services.clinics.invitations import InvitationOver, InvitedAsSomeoneElse
from services.clinics.models import Role
from services.clinics.schemas import InvitationView, NewMember
from services.kernel.errors import InvalidFields, NotFound
from services.kernel.ids import new_id
from services.kernel.links import LinkExpired, LinkInvalid, SignedLink
from services.kernel.scope import ClinicScope, PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.practitioners import service as practitioners
from services.practitioners.schemas import LinkedMember, NewPractitioner
from tests.fixtures import MovableClock
from tests.services.clinics.world import make_clinic, make_person
from workers.inline import drain


@pytest.fixture
async def scope(database: Database) -> ClinicScope:
    return await make_clinic(database, await make_person(database, "ana@example.com"))


async def _invite(
    database: Database, scope: ClinicScope, email: str = "bo@example.com", role: Role = Role.PRACTITIONER
) -> InvitationView:
    async with database.begin(scope) as work:
        return await clinics.invite(work, NewMember(email=email, role=role))


async def _links(database: Database) -> list[str]:
    """The tokens that went out, oldest first."""
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        sent = await notices.list_sent(work, "bo@example.com")
    found = [re.search(r"/invitations/(\S+)", message.text) for message in reversed(sent)]
    return [match[1] for match in found if match]


async def _open(database: Database, token: str) -> SignedLink:
    async with database.begin(PlatformScope("a test opens a link")) as work:
        return clinics.read_invitation_link(work, token)[1]


async def _join(database: Database, scope: ClinicScope, token: str, who: SignedIn) -> str:
    link = await _open(database, token)
    async with database.begin(ClinicScope(scope.clinic_id)) as work:
        return (await clinics.accept_invitation(work, link, who)).role


async def test_the_invited_address_joins_once_with_its_role(database: Database, scope: ClinicScope) -> None:
    made = await _invite(database, scope)
    (token,) = await _links(database)
    bo = await make_person(database, "Bo@Example.com", "Bo")
    link = await _open(database, token)
    async with database.begin(ClinicScope(scope.clinic_id)) as work:
        offer = await clinics.get_offer(work, link)
    assert (offer.email, offer.role, offer.invited_by) == ("bo@example.com", "practitioner", "Ana Torres")
    assert offer.expires_at - made.invited_at == timedelta(days=7)
    assert await _join(database, scope, token, bo) == "practitioner"
    with pytest.raises(InvitationOver):
        await _join(database, scope, token, bo)
    async with database.begin(scope) as work:
        assert await clinics.list_invitations(work) == []
        actions = [event.action for event in (await clinics.list_audit(work)).items]
    assert actions[:2] == ["team.join", "team.invite"]


async def test_another_address_cannot_take_it_up(database: Database, scope: ClinicScope) -> None:
    await _invite(database, scope)
    (token,) = await _links(database)
    with pytest.raises(InvitedAsSomeoneElse):
        await _join(database, scope, token, await make_person(database, "cy@example.com", "Cy"))
    async with database.begin(scope) as work:
        assert [member.email for member in await clinics.list_team(work)] == ["ana@example.com"]


async def test_sent_again_the_new_link_works_and_the_old_one_does_not(
    database: Database, scope: ClinicScope, clock: MovableClock
) -> None:
    made = await _invite(database, scope)
    await _links(database)
    await clock.advance(timedelta(days=8))
    async with database.begin(scope) as work:
        (shown,) = await clinics.list_invitations(work)
        assert shown.expired
        again = await clinics.invite_again(work, made.id)
    assert (again.sent, again.expired) == (2, False)
    first, second = await _links(database)
    bo = await make_person(database, "bo@example.com", "Bo")
    with pytest.raises(LinkExpired):
        await _open(database, first)
    assert await _join(database, scope, second, bo) == "practitioner"


async def test_an_older_link_leads_nowhere_while_it_would_still_last(
    database: Database, scope: ClinicScope
) -> None:
    made = await _invite(database, scope)
    (first,) = await _links(database)
    async with database.begin(scope) as work:
        await clinics.invite_again(work, made.id)
    with pytest.raises(InvitationOver):
        await _join(database, scope, first, await make_person(database, "bo@example.com", "Bo"))


async def test_withdrawn_it_is_neither_sent_nor_taken_up(database: Database, scope: ClinicScope) -> None:
    made = await _invite(database, scope)
    async with database.begin(scope) as work:
        token = clinics.invitation_link(work, made).rpartition("/")[2]
        await clinics.withdraw_invitation(work, made.id)
    assert await _links(database) == []
    with pytest.raises(InvitationOver):
        await _join(database, scope, token, await make_person(database, "bo@example.com", "Bo"))
    with pytest.raises(LinkInvalid):
        await _open(database, token[:-2])


async def test_nobody_is_invited_twice_or_out_of_the_team(database: Database, scope: ClinicScope) -> None:
    await _invite(database, scope)
    for email in ("BO@example.com", "ana@example.com"):
        with pytest.raises(InvalidFields) as refusal:
            await _invite(database, scope, email)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("email", "taken")]


async def test_a_foreign_clinic_finds_no_invitation(database: Database, scope: ClinicScope) -> None:
    made = await _invite(database, scope)
    other = await make_clinic(database, await make_person(database, "di@example.com", "Di"), "Oak")
    for step in (clinics.get_invitation, clinics.invite_again, clinics.withdraw_invitation):
        with pytest.raises(NotFound):
            async with database.begin(other) as work:
                await step(work, made.id)
    async with database.begin(scope) as work:
        assert (await clinics.get_invitation(work, made.id)).sent == 1


async def test_a_member_is_one_practitioner_until_they_leave(database: Database, scope: ClinicScope) -> None:
    bo = await make_person(database, "bo@example.com", "Bo")
    async with database.begin(scope) as work:
        member = await clinics.add_member(work, NewMember(email=bo.email, role=Role.PRACTITIONER))
        first = await practitioners.add_practitioner(work, NewPractitioner(name="Bo Berg"))
        second = await practitioners.add_practitioner(work, NewPractitioner(name="B. Berg"))
        for person in (first, second):
            await practitioners.link_member(work, person.id, LinkedMember(member_id=member.id))
        people = await practitioners.list_practitioners(work)
        assert [person.account_id for person in people] == [None, bo.account_id]
        with pytest.raises(InvalidFields):
            await practitioners.link_member(work, first.id, LinkedMember(member_id=new_id()))
        with pytest.raises(NotFound):
            await practitioners.link_member(work, new_id(), LinkedMember(member_id=None))
        await clinics.remove_member(work, member.id)
    await drain(database, MailboxOnly())
    async with database.begin(scope) as work:
        assert (await practitioners.get_practitioner(work, second.id)).account_id is None
