"""Messages in the language of who reads them: every text has its translation, and every row says its language."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from uuid import UUID

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from sqlalchemy import select

import services
from infra.platform.mail import MailboxOnly
from services.accounts import service as accounts
from services.accounts.schemas import NewAccount, OwnDetails
from services.clients.models import Client
from services.clinics.proof_rules import PROOF_NAMES
from services.courses.booking import book
from services.kernel.language import CATALOGUES, DEFAULT, LANGUAGES, moment, page_address, speaking
from services.kernel.scope import PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices.schemas import SentNotice
from services.practitioners.kinds import credential_kinds
from services.privacy.law import laws
from services.questions import service as questions
from services.questions.schemas import NewAnswer, NewQuestion
from services.scheduling import service as scheduling
from services.scheduling.schemas import LostLinks
from services.treatments.protocol_rules import AFTERCARE
from tests.factories import (
    PASSWORD,
    World,
    book_one,
    booking_ids,
    booking_in,
    free_slots,
    live_clinic,
    person,
)
from tests.fixtures import MovableClock
from tests.services.notices.test_truth import rows
from tests.services.notices.visits import complete, sent, settled
from workers.inline import drain

ROOT = Path(services.__file__).parent
MESSAGES = ROOT / "notices" / "messages"
KNOWN_INSTANT = datetime(2026, 3, 4, 19, 30, tzinfo=UTC)
OTHERS = [code for code in LANGUAGES if code != DEFAULT]


def texts() -> set[str]:
    """Every text that services say themselves, with those that are translated by what they are."""
    found = set()
    for _, _, message, _, _ in extract_from_dir(ROOT, [("**.py", "python"), ("**.html", "jinja2")]):
        assert isinstance(message, str)
        found.add(message)
    found |= {text for _, _, text in AFTERCARE}
    found |= {one.name for one in credential_kinds()} | set(PROOF_NAMES.values())
    return found | {text for law in laws().values() for text in (law.text, law.period, law.grounds)}


def catalogue_of(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_services_is_translated_with_every_hole(code: str) -> None:
    known = catalogue_of(code)
    assert sorted(texts() - {str(one.id) for one in known if one.string}) == []
    assert [str(one.id) for one in known if holes(str(one.id)) != holes(str(one.string))] == []


def _unmarked(node: ast.AST) -> list[str]:
    """Literals of people's words under a node that no mark stands around, addresses apart."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "N_", "gettext", "page_address"}:
        return []
    if isinstance(node, ast.JoinedStr):
        words = [one.value for one in node.values if isinstance(one, ast.Constant)]
        return [ast.unparse(node)] if any(any(sign.isalpha() for sign in str(word)) for word in words) else []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        says = any(sign.isalpha() for sign in node.value) and not node.value.startswith("/")
        return [node.value] if says else []
    return [word for child in ast.iter_child_nodes(node) for word in _unmarked(child)]


def test_what_a_message_says_is_marked_for_translation() -> None:
    found = []
    for path in sorted(MESSAGES.glob("*.py")):
        functions = [
            one
            for one in ast.walk(ast.parse(path.read_text()))
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for function in functions:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"Letter", "Section"}:
                    found += [f"{path.name}: {function.name}: {word}" for word in _unmarked(call)]
    assert found == []


def test_times_days_and_addresses_are_in_the_language() -> None:
    assert moment(KNOWN_INSTANT, "America/New_York") == "Wednesday 4 March 2026, 14:30 (New York time)"
    with speaking("es"):
        assert (
            moment(KNOWN_INSTANT, "America/New_York")
            == "miércoles 4 de marzo de 2026, 14:30 (hora de Nueva York)"
        )
        assert page_address("https://x.test", "/guide") == "https://x.test/es/guide"
        with speaking("xx"):
            assert page_address("https://x.test", "/guide") == "https://x.test/guide"


async def spanish_visit(database: Database) -> tuple[World, UUID]:
    """A visit in a week whose client booked it on a Spanish page."""
    world = await live_clinic(database)
    wanted = booking_in(world, (await free_slots(database, world))[0].starts_at)
    client = wanted.client.model_copy(update={"language": "es"})
    async with database.begin(world.scope) as work:
        booked = await book(work, wanted.model_copy(update={"client": client}))
    (booking_id,) = await booking_ids(database, world, booked)
    return world, booking_id


def assert_spanish(letter: SentNotice) -> None:
    assert letter.language == "es", letter.kind
    assert letter.text.startswith("Hola"), letter.text
    assert '<html lang="es">' in letter.html
    assert "Recibes este mensaje porque" in letter.text
    own = [word for word in letter.text.split() if word.startswith("http://127.0.0.1")]
    assert all("/es/" in address for address in own), own


async def test_a_clients_letters_are_in_theirs_and_the_teams_in_its_own(
    database: Database, clock: MovableClock
) -> None:
    world, booking_id = await spanish_visit(database)
    (confirmed,) = await sent(database, "booking.confirmed.client")
    assert_spanish(confirmed)
    assert confirmed.subject == "Confirmada: tu cita en Linden Skin"
    assert "Estados Unidos" in confirmed.text
    calendar = confirmed.attachments[0].content
    assert "SUMMARY:Cita en Linden Skin" in calendar
    team = await sent(database, "booking.confirmed.clinic")
    assert {letter.language for letter in team} == {"en"}
    assert "SUMMARY:Appointment at" in team[0].attachments[0].content
    async with database.begin(world.scope) as work:
        starts_at = (await scheduling.get_booking(work, booking_id)).starts_at
        left = starts_at - work.now
    await clock.advance(left - timedelta(hours=71))
    (reminder,) = await sent(database, "booking.reminder")
    assert_spanish(reminder)
    await complete(database, clock, world, booking_id)
    (care,) = await settled(database, clock, "aftercare")
    assert_spanish(care)
    assert "Deja" in care.text
    for kind, days in (("check_in.asked", 2), ("review.invited", 60)):
        await clock.advance(timedelta(days=days))
        assert_spanish((await sent(database, kind))[0])
    assert {row.language for row in await rows(database, "aftercare")} == {"es"}


async def test_a_language_is_kept_until_another_is_given(database: Database) -> None:
    world, _ = await spanish_visit(database)
    await book_one(database, world)  # a program that says nothing of languages
    async with database.begin(world.scope) as work:
        languages = await work.rows(select(table(Client).c.language))
    assert [row.language for row in languages] == ["es"]


async def test_an_account_is_written_to_in_its_own_and_clinics_follow(
    database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    async with database.begin(PublicScope()) as work:
        new = NewAccount(email="luz@example.test", name="Luz", password=PASSWORD)
        await accounts.sign_up(work, new, language="es")
    proof = next(one for one in await sent(database, "account.verify_email") if one.to == "luz@example.test")
    assert proof.text.startswith("Hola, Luz:")
    assert "/es/verify-email/" in proof.text
    account, _ = await person(database, email="ana@example.test")
    await book_one(database, world, account_id=account.account_id)
    async with database.begin(PublicScope()) as work:
        await accounts.change_details(work, account.account_id, OwnDetails(name="Ana", language="es"))
    await drain(database, MailboxOnly())
    async with database.begin(world.scope) as work:
        assert await work.scalar(select(table(Client).c.language)) == "es"


async def test_answers_and_lost_links_come_in_the_language_of_the_page(database: Database) -> None:
    world, _ = await spanish_visit(database)
    async with database.begin(world.scope) as work:
        new = NewQuestion(name="Luz", email="luz@example.test", text="¿Duele?", language="es")
        asked = await questions.ask(work, new)
        await questions.answer(work, asked.id, NewAnswer(text="A little."))
    async with database.begin(PublicScope()) as work:
        await scheduling.ask_lost_links(work, LostLinks(email="ana@example.test", language="es"))
    for kind in ("question.answered", "booking.lost_links"):
        (letter,) = await sent(database, kind)
        assert letter.language == "es"
        assert letter.text.startswith("Hola")
        assert "/es/" in letter.text
