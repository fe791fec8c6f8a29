"""The API of the safety questions and the words of consent."""

from __future__ import annotations

from datetime import datetime

import httpx

from services.kernel.work import Database
from tests.factories import booking_body, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import key, times


async def test_the_screening_has_questions_and_words_of_consent(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    answer = await api.get(f"/clinics/{world.slug}/treatments/{world.treatment_id}/screening")
    body = answer.json()
    assert {"version", "questions", "consent"} <= set(body)
    assert all({"code", "text"} <= set(question) for question in body["questions"])
    assert set(body["consent"]) == {"version", "text"}


async def test_a_program_that_asks_in_spanish_says_so_and_hears_in_spanish(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    path = f"/clinics/{world.slug}/treatments/{world.treatment_id}/screening"
    spanish = (await api.get(path, params={"language": "es"})).json()
    assert (await api.get(path)).json()["language"] == "en"
    assert (await api.get(path, params={"language": "xx"})).status_code == 422
    question = next(one for one in spanish["questions"] if one["code"] == "sunburn")
    body = booking_body(world, datetime.fromisoformat((await times(api, clock, world))[0]["starts_at"]))
    body["screening"] |= {"language": "es", "answers": body["screening"]["answers"] | {"sunburn": True}}
    refused = await api.post("/bookings", json=body, headers=key())
    assert refused.status_code == 403
    because = [{name: question[name] for name in ("code", "text", "why")}]
    assert refused.json()["because"] == because
    assert question["text"].startswith("¿")
