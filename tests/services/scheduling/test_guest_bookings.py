"""What was booked as a guest becomes the account's that proves the address, at every clinic."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import ChosenPassword, Credentials, NewAccount, NewEmail
from services.courses.schemas import Booked
from services.kernel.scope import AccountScope, PlatformScope, PublicScope
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import PASSWORD, World, book_one, free_slots, live_clinic, person
from workers.inline import drain

ANA, NEW = "ana@example.test", "ana.torres@example.test"


async def _references(database: Database, account_id: UUID) -> set[str]:
    await drain(database, MailboxOnly())
    async with database.begin(AccountScope(account_id)) as work:
        return {one.reference for one in await scheduling.list_own_bookings(work)}


def _of(*booked: Booked) -> set[str]:
    return {session.reference for one in booked for session in one.sessions}


async def _book(database: Database, world: World, number: int, email: str, by: UUID | None = None) -> Booked:
    """A booking at the number-th free hour, a week ahead."""
    slot = (await free_slots(database, world))[number * 4]
    return await book_one(database, world, slot.starts_at, email=email, account_id=by)


async def test_the_proof_of_an_address_brings_its_guest_bookings_of_every_clinic(
    database: Database, superuser: AsyncEngine
) -> None:
    here, there = await live_clinic(database), await live_clinic(database, name="Other Skin", city="Chicago")
    course = await book_one(database, here, whole_course=True, email="Ana@Example.test")
    visit = await _book(database, there, 0, ANA)
    someone, _ = await person(database, "Eva Lind", "eva@example.test")
    for_ana = await _book(database, there, 1, ANA, someone.account_id)
    await _book(database, there, 2, "ben@example.test")
    async with database.begin(PublicScope()) as work:
        made = await accounts.sign_up(work, NewAccount(email=ANA, password=PASSWORD, name="Ana Torres"))
    assert await _references(database, made.account_id) == set()
    async with database.begin(PublicScope()) as work:
        link = await accounts.verification_link(work, made.account_id)
        await accounts.verify_email(work, link.rpartition("/")[2])
    assert await _references(database, made.account_id) == _of(course, visit)
    assert await _references(database, someone.account_id) == _of(for_ana)
    async with superuser.connect() as behind:
        told = await behind.execute(
            text(
                "SELECT clinic_id, by_label, jsonb_array_length(detail->'bookings') FROM audit_event"
                " WHERE action = 'client.claim_bookings' ORDER BY 3"
            )
        )
        assert [tuple(row) for row in told] == [
            (there.clinic_id, "claim_guest_bookings", 1),
            (here.clinic_id, "claim_guest_bookings", len(course.sessions)),
        ]


async def test_another_address_brings_its_own_and_a_record_that_is_somebodys_stays_theirs(
    database: Database,
) -> None:
    world = await live_clinic(database)
    old, new = await _book(database, world, 0, ANA), await _book(database, world, 1, NEW)
    ana, _ = await person(database, "Ana Torres", ANA)
    assert await _references(database, ana.account_id) == _of(old)
    async with database.begin(PublicScope()) as work:
        session = await accounts.sign_in(
            work, Credentials(email=ANA, password=PASSWORD), kind=SignInKind.SESSION
        )
        await accounts.ask_new_email(
            work, ana.account_id, NewEmail(email=NEW, current=PASSWORD), token=session
        )
        sent = await accounts.new_email_link(work, ana.account_id)
        assert sent is not None
        await accounts.take_new_email(work, ana.account_id, sent[1].rpartition("/")[2], session)
    assert await _references(database, ana.account_id) == _of(old, new)
    # The old address is free: who proves it now gets neither Ana's record nor a booking that is kept in it.
    heir, _ = await person(database, "Somebody Else", ANA)
    await _book(database, world, 2, ANA)
    assert await _references(database, heir.account_id) == set()
    assert await _references(database, ana.account_id) == _of(old, new)


async def test_a_guests_booking_with_a_proved_address_belongs_to_its_account_at_once(
    database: Database,
) -> None:
    world = await live_clinic(database)
    ana, _ = await person(database, "Ana Torres", ANA)
    later = await _book(database, world, 0, "ANA@example.test")
    async with database.begin(AccountScope(ana.account_id)) as work:
        assert {one.reference for one in await scheduling.list_own_bookings(work)} == _of(later)


async def test_a_password_chosen_through_the_message_proves_the_address_too(database: Database) -> None:
    world = await live_clinic(database)
    booked = await _book(database, world, 0, ANA)
    async with database.begin(PublicScope()) as work:
        made = await accounts.sign_up(work, NewAccount(email=ANA, password=PASSWORD, name="Ana Torres"))
    async with database.begin(PublicScope()) as work:
        link = await accounts.reset_link(work, made.account_id)
        assert link is not None
        await accounts.reset_password(
            work, link.rpartition("/")[2], ChosenPassword(password="lamps along the quay")
        )
    assert await _references(database, made.account_id) == _of(booked)


async def test_nothing_is_claimed_for_an_address_that_is_not_proved(database: Database) -> None:
    world = await live_clinic(database)
    await _book(database, world, 0, ANA)
    async with database.begin(PublicScope()) as work:
        made = await accounts.sign_up(work, NewAccount(email=ANA, password=PASSWORD, name="Ana Torres"))
    async with database.begin(world.scope) as work:
        assert await scheduling.claim_bookings(work, made.account_id) == 0
    async with database.begin(PlatformScope("a test looks")) as work:
        assert (await accounts.get_account(work, made.account_id)).email_verified is False
