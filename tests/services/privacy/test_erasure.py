"""Erasing: what is asked first, taken up again after a kill, guests by link, merged records, other people's rows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import OwnDetails
from services.clients import merging
from services.clients.schemas import ClientIn, Merge
from services.clients.service import add_client
from services.clinics import service as clinics
from services.clinics.models import Role
from services.clinics.schemas import NewMember
from services.courses import recalls
from services.courses.recall_schemas import RecallIn
from services.courses.state_schemas import StopIn
from services.courses.states import stop_course
from services.kernel.errors import InvalidFields
from services.kernel.links import LinkInvalid
from services.kernel.scope import GUEST, Actor, ClinicScope, PlatformScope, PublicScope
from services.kernel.work import ClinicWork, Database
from services.notices import service as notices
from services.privacy import asking, erasure, export, holding
from services.privacy.errors import AlreadyErasing, OwnsClinic
from services.privacy.person import Person
from services.privacy.schemas import Erase, LinkAsked
from services.scheduling import booking as scheduling
from services.scheduling.reading import get_booking
from services.screening.consents import consent_texts
from tests.factories import PASSWORD, World, book_one, booking_ids, free_slots, live_clinic, person
from tests.fixtures import MovableClock
from tests.services.courses.treated import treated
from tests.services.notices.visits import whole_course
from tests.services.privacy.life import reviewed
from tests.services.scheduling.both import signs_in_as
from tests.services.scheduling.waiting import wait
from workers.inline import drain

EMAIL = "ana@example.test"
NOBODY_WAITS = """SELECT count(*) = 0 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
YES = Erase(understood=True, cancel_bookings=True)


async def _drained(database: Database) -> None:
    await drain(database, MailboxOnly())


async def _client(database: Database, world: World, booking_id: UUID) -> UUID:
    async with database.begin(world.scope) as work:
        return (await get_booking(work, booking_id)).client_id


async def _row(superuser: AsyncEngine, statement: str, **values: object) -> tuple[object, ...]:
    async with superuser.connect() as connection:
        return tuple((await connection.execute(text(statement), values)).one())


async def _sent(database: Database, kind: str) -> list[str]:
    await _drained(database)
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        return [one.text for one in await notices.list_sent(work) if one.kind == kind]


async def test_a_guest_comes_in_by_the_link_takes_the_file_and_is_erased(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, email=EMAIL))
    await book_one(database, world, email="ben@example.test")
    await _drained(database)
    async with database.begin(PublicScope()) as work:
        await asking.ask_link(work, LinkAsked(email=EMAIL), "en")
        await asking.ask_link(work, LinkAsked(email="nobody@example.test"), "en")
    (letter,) = await _sent(database, "privacy.link")
    token = letter.partition("/data/")[2].split()[0]
    async with database.begin(PublicScope()) as work:
        guest = await asking.open_link(work, token)
        made = await asking.ask_export(work, guest, "en")
        assert (await asking.ask_export(work, guest, "en")).id == made.id
    await _drained(database)
    async with database.begin(PublicScope()) as work:
        document = await export.read_export(work, guest, made.id)
    (clinic,) = document["clinics"]
    assert [row["id"] for row in clinic["tables"]["booking"]] == [str(booking_id)]
    (signed,), (answered,) = clinic["tables"]["consent"], clinic["tables"]["screening_answer"]
    assert (signed["signed_name"], signed["language"]) == ("Ana Torres", "en")
    assert signed["text"] == consent_texts("en")["treatment"].text
    assert answered["questions"].keys() == answered["answers"].keys()

    _, report = await asking.begin_erasure(database, guest, YES)
    await _drained(database)
    name, email = await _row(superuser, "SELECT name, email FROM client WHERE email LIKE '%@erased.invalid'")
    assert str(name).startswith("Erased client")
    assert "ana" not in str(email)
    assert await _row(superuser, "SELECT count(*) FROM client WHERE email = 'ben@example.test'") == (1,)
    assert await _row(superuser, "SELECT status FROM booking WHERE id = :b", b=booking_id) == ("cancelled",)
    (told,) = await _sent(database, "privacy.client_erased")
    assert "Ana" not in told
    async with database.begin(PublicScope()) as work:
        assert (await asking.read_report(work, report)).state == "done"
        with pytest.raises(LinkInvalid):
            await asking.open_link(work, token)


async def test_the_last_message_is_in_the_language_in_which_it_was_asked_for(database: Database) -> None:
    world = await live_clinic(database)
    await book_one(database, world, email=EMAIL)
    await asking.begin_erasure(database, Person(email=EMAIL), YES, language="es")
    (told,) = await _sent(database, "privacy.erased")
    assert "Lo que se guardaba de ti en Needlewise está borrado." in told
    assert "/es/data/erased/" in told


async def test_by_the_api_and_by_an_operator_it_is_in_the_accounts_language(database: Database) -> None:
    account, _ = await person(database, email=EMAIL)
    async with database.begin(PublicScope()) as work:
        await accounts.change_details(work, account.account_id, OwnDetails(name="Ana Torres", language="es"))
        own = await asking.own_person(work, account.account_id)
    await asking.begin_for_operator(database, own, by=GUEST)
    (told,) = await _sent(database, "privacy.erased")
    assert "está borrado" in told


async def _spoken_to(database: Database, world: World, language: str) -> None:
    async with database.begin(world.scope) as work:
        await add_client(
            work, ClientIn.model_validate({"name": "Ana Torres", "email": EMAIL, "language": language})
        )


@pytest.mark.parametrize(("first", "second", "said"), [("en", "es", "es"), ("es", "en", "en")])
async def test_a_guest_whom_an_operator_erases_is_told_in_the_language_of_the_newest_record(
    database: Database, clock: MovableClock, first: str, second: str, said: str
) -> None:
    await _spoken_to(database, await live_clinic(database), first)
    await clock.advance(timedelta(days=1))
    await _spoken_to(database, await live_clinic(database, name="Another", city="Chicago"), second)
    await asking.begin_for_operator(database, Person(email=EMAIL), by=GUEST)
    (told,) = await _sent(database, "privacy.erased")
    assert ("está borrado" in told) is (said == "es")


async def test_who_only_waits_is_told_in_the_language_of_the_wish(database: Database) -> None:
    await wait(database, await live_clinic(database), "ana", language="es")
    await asking.begin_for_operator(database, Person(email=EMAIL), by=GUEST)
    (told,) = await _sent(database, "privacy.erased")
    assert "está borrado" in told


async def test_whom_a_clinic_knows_as_a_client_is_told_as_one(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await _spoken_to(database, world, "es")
    await clock.advance(timedelta(days=1))
    other = await live_clinic(database, name="Another", city="Chicago")
    for one in (world, other):
        await wait(database, one, "ana", language="en")
    await asking.begin_for_operator(database, Person(email=EMAIL), by=GUEST)
    (told,) = await _sent(database, "privacy.erased")
    assert "está borrado" in told


async def test_killed_half_way_it_is_taken_up_again_and_counts_right(
    database: Database, superuser: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for world in (await live_clinic(database), await live_clinic(database, name="Another", city="Chicago")):
        await book_one(database, world, email=EMAIL)
    await _drained(database)
    view, _ = await asking.begin_erasure(database, Person(email=EMAIL), YES)
    whole, calls = erasure.erase_at_clinic, []

    async def dies_at_the_second(work: ClinicWork, *rest: object, **more: object) -> None:
        calls.append(work.scope.clinic_id)
        if len(calls) == 2:
            raise ConnectionError
        await whole(work, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "erase_at_clinic", dies_at_the_second)
    with pytest.raises(ConnectionError):
        async with database.begin(PlatformScope("a test")) as work:
            await erasure.erase_person(work, database, view.id)
    assert await _row(superuser, "SELECT count(*) FROM client WHERE email = :e", e=EMAIL) == (1,)
    for _ in range(2):
        async with database.begin(PlatformScope("a test")) as work:
            await erasure.erase_person(work, database, view.id)
    state, report = await _row(
        superuser, "SELECT state, report FROM privacy_request WHERE id = :i", i=view.id
    )
    assert state == "done"
    assert isinstance(report, dict)
    assert (report["clinics"], report["cancelled"], report["keys"]) == (2, 2, 2)
    assert await _row(superuser, "SELECT count(*) FROM client WHERE email = :e", e=EMAIL) == (0,)
    assert await _row(superuser, "SELECT count(*) FROM person_key") == (0,)


async def test_an_export_that_is_being_made_meanwhile_leaves_no_file_behind(
    database: Database, superuser: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book_one(database, await live_clinic(database), email=EMAIL)
    await _drained(database)
    async with database.begin(PublicScope()) as work:
        asked = await asking.ask_export(work, Person(email=EMAIL), "en")
    view, _ = await asking.begin_erasure(database, Person(email=EMAIL), YES)
    gathered, erasure_waits, whole = asyncio.Event(), asyncio.Event(), export.gather
    erased = asyncio.Event()

    async def gather_and_wait(*of: Any) -> dict[str, Any]:
        document = await whole(*of)
        gathered.set()
        await erasure_waits.wait()
        return document

    async def make() -> None:
        async with database.begin(PlatformScope("a test")) as work:
            await export.make_export(work, database, asked.id)

    async def erase() -> None:
        await gathered.wait()
        async with database.begin(PlatformScope("a test")) as work:
            await erasure.erase_person(work, database, view.id)
        erased.set()

    async def watch() -> None:
        await gathered.wait()
        while not erased.is_set() and await _row(superuser, NOBODY_WAITS) == (True,):
            pass
        erasure_waits.set()

    monkeypatch.setattr(export, "gather", gather_and_wait)
    await asyncio.gather(make(), erase(), watch())
    await _drained(database)
    with pytest.raises(KeyError):
        await database.tools.storage.get(export.storage_key(asked.id))
    one = "SELECT state, account_id, email FROM privacy_request WHERE id = :i"
    assert await _row(superuser, one, i=asked.id) == ("expired", None, None)


async def test_the_words_of_a_review_can_stay_without_a_name(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    await reviewed(database, clock)
    kept = YES.model_copy(update={"keep_reviews": True})
    await asking.begin_erasure(database, Person(email=EMAIL), kept)
    await _drained(database)
    assert await _row(superuser, "SELECT author, body FROM review") == (
        "A former client",
        "Careful and clear.",
    )


async def test_a_merged_record_goes_with_the_one_that_was_kept(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    (booking_id,) = await booking_ids(database, world, await book_one(database, world, email=EMAIL))
    client_id = await _client(database, world, booking_id)
    async with database.begin(world.scope) as work:
        other = await add_client(work, ClientIn(name="Ana T", email="ana.old@example.test", phone=""))
        await merging.merge_clients(work, client_id, Merge(other_id=other.id))
    await _drained(database)
    held = await holding.list_held(database, Person(email="ana.old@example.test"))
    assert held[0].rows["booking"] == 1
    await asking.begin_erasure(database, Person(email="ana.old@example.test"), YES)
    await _drained(database)
    assert await _row(superuser, "SELECT count(*) FROM client WHERE email NOT LIKE '%@erased.invalid'") == (
        0,
    )


async def test_a_guest_does_not_reach_what_is_an_accounts(database: Database) -> None:
    world = await live_clinic(database)
    account, _ = await person(database, email="owner.of.it@example.test")
    await book_one(database, world, email=EMAIL, account_id=account.account_id)
    async with database.begin(ClinicScope(world.clinic_id)) as work:
        known = await holding.visits_ahead(work, Person(account_id=account.account_id))
    assert len(known) <= 1
    await _drained(database)
    held = await holding.list_held(database, Person(email="owner.of.it@example.test"))
    assert [one for one in held if "booking" in one.rows] == []


async def test_what_is_not_confirmed_or_proved_erases_nothing(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    account, token = await person(database, email=EMAIL)
    await book_one(database, world, email=EMAIL, account_id=account.account_id)
    async with database.begin(PublicScope()) as work:
        own = await asking.own_person(work, account.account_id)
    wrong = YES.model_copy(update={"password": "another one entirely"})
    for given, field in (
        (Erase(password=PASSWORD, cancel_bookings=True), "understood"),
        (Erase(password=PASSWORD, understood=True), "cancel_bookings"),
        (wrong, "password"),
    ):
        with pytest.raises(InvalidFields) as refused:
            await asking.begin_erasure(database, own, given, token=token)
        assert [error.field for error in refused.value.errors] == [field]
    assert await _row(superuser, "SELECT count(*) FROM privacy_request") == (0,)
    good = YES.model_copy(update={"password": PASSWORD})
    await asking.begin_erasure(database, own, good, token=token)
    with pytest.raises(AlreadyErasing):
        await asking.begin_erasure(database, own, good, token=token)


async def test_the_only_owner_of_a_clinic_hands_it_over_first(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(PublicScope()) as work:
        own = await asking.own_person(work, world.owner.account_id)
    with pytest.raises(OwnsClinic):
        await asking.begin_erasure(
            database, own, YES.model_copy(update={"password": PASSWORD}), token=world.owner_token
        )


async def test_a_letter_about_a_recalled_lot_is_the_persons_also_under_another_address(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    """It names whose record it is about; those from before it did are found by the recall."""
    world = await treated(database, clock, "LOT-1", "LOT-1", emails=(EMAIL, "ben@example.test"))
    async with database.begin(world.scope) as work:
        await recalls.confirm_recall(work, RecallIn(lot="LOT-1"))
    await _drained(database)
    letters = "SELECT count(*) FROM notice WHERE notice_kind = 'lot.recalled.client' AND {}"
    named = "client_id IN (SELECT id FROM client WHERE email IN ('ana@example.test', 'ben@example.test'))"
    assert await _row(superuser, letters.format(named)) == (2,)
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE client SET email = 'new.' || email"))
        before = "UPDATE notice SET client_id = NULL WHERE recipient = :e"
        await connection.execute(text(before), {"e": EMAIL})
    for email in ("new.ana@example.test", "new.ben@example.test"):
        document = await export.gather(database, Person(email=email), GUEST)
        shown = [one["notice_kind"] for one in document["clinics"][0]["tables"]["notice"]]
        assert "lot.recalled.client" in shown, email
        await asking.begin_erasure(database, Person(email=email), YES)
        await _drained(database)
    assert await _row(superuser, letters.format("text_body = '' AND recipient LIKE '%@erased.invalid'")) == (
        2,
    )


async def test_the_name_of_who_stopped_a_course_goes_with_them(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database, sessions=3)
    account, _ = await person(database, "Mel Stopper", "mel@example.test")
    async with database.begin(world.scope) as work:
        await clinics.add_member(work, NewMember(email=account.email, role=Role.MANAGER))
    first, _ = await whole_course(database, world)
    second = await book_one(database, world, email="ben@example.test", whole_course=True)
    mel = ClinicScope(world.clinic_id, Actor("account", account.account_id, account.name))
    for scope, booked in ((mel, first), (world.scope, second)):
        assert booked.course_id is not None
        async with database.begin(scope) as work:
            await stop_course(work, booked.course_id, StopIn(reason="client_wish", cancel_booked=True))
    stopped = "SELECT stopped_by FROM course WHERE id = :c"
    assert await _row(superuser, stopped, c=first.course_id) == ("Mel Stopper",)
    async with database.begin(PublicScope()) as work:
        own = await asking.own_person(work, account.account_id)
    await asking.begin_for_operator(database, own, by=GUEST)
    await _drained(database)
    assert await _row(superuser, stopped, c=first.course_id) == ("",)
    assert await _row(superuser, stopped, c=second.course_id) == (world.owner.name,)


async def test_no_claim_ahead_or_past_names_the_account_of_a_practitioner_who_was_erased(
    database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    """Nor does what a visit gave back, which is laid again when the step is undone."""
    world = await live_clinic(database)
    mira, _ = await person(database, "Mira Holm", "mira@example.test")
    await signs_in_as(database, world, mira)
    slots = [*await free_slots(database, world), (await free_slots(database, world, in_days=20))[0]]
    starts = [slots[0].starts_at, slots[8].starts_at, slots[-1].starts_at]
    booked = [
        await book_one(database, world, at, email=f"{number}@example.test")
        for number, at in enumerate(starts)
    ]
    (missed,) = await booking_ids(database, world, booked[1])
    await _drained(database)
    await clock.advance(starts[1] + timedelta(minutes=5) - await clock.now())
    async with database.begin(world.scope) as work:
        await scheduling.mark_no_show(work, missed)
    named = """SELECT (SELECT count(*) FROM claim WHERE person_id = :a),
        (SELECT count(*) FROM person_time WHERE person_id = :a),
        (SELECT count(*) FROM booking WHERE strpos(given_back::text, CAST(:a AS text)) > 0)"""
    assert 0 not in await _row(superuser, named, a=mira.account_id)
    async with database.begin(PublicScope()) as work:
        own = await asking.own_person(work, mira.account_id)
    await asking.begin_for_operator(database, own, by=GUEST)
    await _drained(database)
    assert await _row(superuser, named, a=mira.account_id) == (0, 0, 0)
    async with database.begin(world.scope) as work:
        assert (await scheduling.undo(work, missed)).status == "confirmed"
