"""Screening and consent: judged before anything is kept, sealed, and each look recorded."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clients.service import find_or_create_client
from services.kernel.errors import InvalidFields
from services.kernel.language import speaking
from services.kernel.vault import Erased, destroy_key
from services.kernel.work import ClinicWork, Database
from services.screening import consents
from services.screening.errors import ScreeningNotNow
from services.screening.models import Outcome
from services.screening.service import (
    check_consent,
    list_consents,
    read_answers,
    record_consent,
    screen,
)
from services.screening.wording import get_question_set
from tests.factories import clear_answers, live_clinic

ASKED = get_question_set()


async def client(work: ClinicWork) -> tuple[ClinicWork, object]:
    return work, await find_or_create_client(work, name="Ana", email="ana@example.test")


def test_every_question_says_why_and_where_it_comes_from() -> None:
    assert len({question.code for question in ASKED.questions}) == len(ASKED.questions) == 15
    for question in ASKED.questions:
        assert question.text.endswith("?")
        assert question.why
        assert question.source
        assert question.outcome in {"not_now", "ask_clinician"}
    by_code = {question.code: question for question in ASKED.questions}
    assert by_code["isotretinoin"].outcome == "ask_clinician"
    assert by_code["pregnant_or_nursing"].outcome == "not_now"
    assert len(ASKED.consent.text) > 200


async def test_answers_are_sealed_and_each_look_is_recorded(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        assert await screen(work, ana.id, ASKED.version, clear_answers()) is Outcome.CLEAR
        answers = clear_answers("isotretinoin")
        assert await screen(work, ana.id, ASKED.version, answers) is Outcome.ASK_CLINICIAN
    async with superuser.connect() as connection:
        sealed = list(await connection.scalars(text("SELECT answers FROM screening_answer")))
    assert all(b"isotretinoin" not in bytes(box) for box in sealed)
    async with database.begin(world.scope) as work:
        given = await read_answers(work, ana.id)
    assert [one.outcome for one in given] == ["ask_clinician", "clear"]
    assert given[0].answers == answers
    async with superuser.connect() as connection:
        looks = list(
            await connection.execute(
                text("SELECT subject_id, detail FROM audit_event WHERE action = 'screening.read'")
            )
        )
    assert [tuple(look) for look in looks] == [(ana.id, {"answers": 2})]


async def test_not_now_says_why_and_keeps_nothing(database: Database, superuser: AsyncEngine) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        with pytest.raises(ScreeningNotNow) as refused:
            await screen(work, ana.id, ASKED.version, clear_answers("sunburn"), date(2026, 3, 2))
    assert refused.value.extra["ask_again_on"] == "2026-03-16"
    assert [(item["code"], bool(item["why"])) for item in refused.value.extra["because"]] == [
        ("sunburn", True)
    ]
    async with superuser.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM screening_answer")) == 0


async def test_a_stale_version_is_refused(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        with pytest.raises(InvalidFields) as stale:
            await screen(work, ana.id, "1999-01", clear_answers())
        assert [(error.field, error.code) for error in stale.value.errors] == [("screening.version", "stale")]
        with pytest.raises(InvalidFields):
            check_consent("1999-01")


async def test_a_consent_keeps_its_words_version_and_the_sealed_name(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        await record_consent(work, ana.id, ASKED.consent.version, "Ana Torres")
    async with superuser.connect() as connection:
        assert b"Ana" not in bytes(await connection.scalar(text("SELECT signed_name FROM consent")) or b"Ana")
    async with database.begin(world.scope) as work:
        (signed,) = await list_consents(work, ana.id)
    assert (signed.purpose, signed.text_version, signed.signed_name) == (
        "treatment",
        ASKED.consent.version,
        "Ana Torres",
    )


async def test_answers_and_consents_keep_the_language_in_which_they_were_read(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        with speaking("es"):
            await screen(work, ana.id, ASKED.version, clear_answers())
            await consents.decide(work, ana.id, "photos", "given", "Ana Torres")
        await screen(work, ana.id, ASKED.version, clear_answers())
        await record_consent(work, ana.id, ASKED.consent.version, "Ana Torres", language="es")
    async with database.begin(world.scope) as work:
        assert {one.language for one in await read_answers(work, ana.id)} == {"en", "es"}
        log = await consents.get_log(work, ana.id)
    assert {(one.purpose, one.language, one.text) for one in log.entries} == {
        (purpose, "es", consents.consent_texts("es")[purpose].text) for purpose in ("treatment", "photos")
    }
    assert {one.text for one in log.states} == {one.text for one in consents.consent_texts("en").values()}


async def test_a_consent_of_which_the_language_was_not_kept_is_shown_in_english(
    database: Database, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        await record_consent(work, ana.id, ASKED.consent.version, "Ana Torres", language="es")
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE consent SET language = NULL"))
    async with database.begin(world.scope) as work:
        (signed,) = await list_consents(work, ana.id)
    assert (signed.language, signed.text) == (None, ASKED.consent.text)


async def test_what_was_sealed_is_gone_with_the_key(database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        ana = await find_or_create_client(work, name="Ana", email="ana@example.test")
        await screen(work, ana.id, ASKED.version, clear_answers())
        await destroy_key(work, ana.id)
        with pytest.raises(Erased):
            await read_answers(work, ana.id)
