"""The team is written to in the language of each; a letter to the clinic's own address in whose it is, by a rule."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import OwnDetails, SignedIn
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import ClinicPatch, NewMember
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from services.notices import bookings
from services.notices.followups import warn_owners
from services.notices.schemas import SentNotice
from services.questions import service as questions
from services.questions.schemas import NewQuestion
from services.scheduling import service as scheduling
from tests.factories import World, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.notices.test_truth import rows
from tests.services.notices.visits import sent, settled
from tests.workers.cases import CASES
from workers.inline import drain

DESK = "desk@linden.test"
A_DAY = timedelta(days=1)


async def speak(database: Database, who: SignedIn, language: str) -> None:
    async with database.begin(PublicScope()) as work:
        given = OwnDetails.model_validate({"name": who.name, "language": language})
        await accounts.change_details(work, who.account_id, given)


async def join(database: Database, scope: ClinicScope, name: str, role: Role, language: str) -> str:
    account, _ = await person(database, name)
    await speak(database, account, language)
    async with database.begin(scope) as work:
        await clinics.add_member(work, NewMember(email=account.email, role=role))
    return account.email


async def own_address(database: Database, world: World, email: str) -> None:
    async with database.begin(world.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(email=email))


async def ask(database: Database, world: World) -> SentNotice:
    """What the clinic's own address hears of a question."""
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        await questions.ask(work, NewQuestion(name="Cy", email="cy@example.test", text="Does it hurt?"))
    return (await sent(database, "question.asked"))[-1]


async def mixed_team(database: Database) -> tuple[World, dict[str, str]]:
    """A Spanish owner, an English manager, and an address of the clinic's own; the language of each address."""
    world = await live_clinic(database)
    await speak(database, world.owner, "es")
    manager = await join(database, world.scope, "Mo Lind", Role.MANAGER, "en")
    await own_address(database, world, DESK)
    return world, {world.owner.email: "es", manager: "en", DESK: "es"}


async def test_each_of_the_team_is_told_once_in_their_own_language(
    database: Database, clock: MovableClock
) -> None:
    world, spoken = await mixed_team(database)
    slots = await free_slots(database, world)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, slots[0].starts_at))
    confirmed = await settled(database, clock, "booking.confirmed.clinic")
    async with database.begin(world.scope) as work:
        await scheduling.reschedule(work, booking_id, slots[8].starts_at)
    moved = await settled(database, clock, "booking.rescheduled.clinic")
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, booking_id, by="client")
    called_off = await settled(database, clock, "booking.cancelled.clinic")
    for letters in (confirmed, moved, called_off):
        assert sorted((one.to, one.language) for one in letters) == sorted(spoken.items())
    for letter in confirmed:
        spanish = letter.language == "es"
        assert letter.subject.startswith("Nueva reserva" if spanish else "New booking")
        assert ("/es/clinic/" in letter.text) is spanish
        summary = "SUMMARY:Cita en" if spanish else "SUMMARY:Appointment at"
        assert summary in letter.attachments[0].content


async def test_what_was_told_is_not_told_again_in_another_language(
    database: Database, clock: MovableClock
) -> None:
    world, spoken = await mixed_team(database)
    booked = await book_one(database, world)
    await drain(database, MailboxOnly())
    (booking_id,) = await booking_ids(database, world, booked)
    await speak(database, world.owner, "en")
    async with database.begin(world.scope) as work:
        group_id: UUID = (await scheduling.get_booking(work, booking_id)).group_id
        await bookings.tell_confirmed(work, {group_id: ""})
    await settled(database, clock)
    told = await rows(database, "booking.confirmed.clinic")
    assert sorted((row.recipient, row.language) for row in told) == sorted(spoken.items())


async def test_every_owner_is_warned_once_in_their_own_language(
    database: Database, clock: MovableClock
) -> None:
    case = await CASES["warn_owners"](database, clock)
    assert case.clinic_id is not None
    scope = ClinicScope(case.clinic_id)
    async with database.begin(scope) as work:
        (owner,) = [
            await accounts.get_account(work, one.member.account_id) for one in await clinics.list_owners(work)
        ]
    await speak(database, owner, "es")
    other = await join(database, scope, "Ola Lind", Role.OWNER, "en")
    await clock.advance(A_DAY)
    for language in ("es", "en"):
        await speak(database, owner, language)
        async with database.begin(scope) as work:
            await warn_owners(work, UUID(case.ids["check_in_id"]))
    told = sorted((row.recipient, row.language) for row in await rows(database, "check_in.unseen"))
    assert told == sorted([(owner.email, "es"), (other, "en")])


async def test_the_clinics_own_address_is_written_to_as_who_has_it_else_as_the_first_owner(
    database: Database,
) -> None:
    world, _ = await mixed_team(database)
    await join(database, world.scope, "Ola Lind", Role.OWNER, "en")
    letter = await ask(database, world)
    assert (letter.to, letter.language, letter.subject) == (DESK, "es", "Ha llegado una pregunta")
    front = await join(database, world.scope, "Fay Dee", Role.FRONT_DESK, "en")
    await own_address(database, world, front)
    letter = await ask(database, world)
    assert (letter.to, letter.language, letter.subject) == (front, "en", "A question has come in")


async def test_an_invitation_is_in_the_language_of_the_account_else_of_the_first_owner(
    database: Database,
) -> None:
    world = await live_clinic(database)
    await speak(database, world.owner, "es")
    known, _ = await person(database, "Kay Known")
    async with database.begin(world.scope) as work:
        for email in (known.email, "new@example.test"):
            await clinics.invite(work, NewMember(email=email, role=Role.MANAGER))
    letters = {one.to: one for one in await sent(database, "team.invited")}
    assert {to: one.language for to, one in letters.items()} == {known.email: "en", "new@example.test": "es"}
    assert "Role: Manager" in letters[known.email].text
    assert "Función: Gerencia" in letters["new@example.test"].text
    assert "/es/invitations/" in letters["new@example.test"].text
