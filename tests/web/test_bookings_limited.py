"""Who books much too often is told how long to wait: in a program's answer, and on a page that keeps what was typed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from infra.platform.settings import Settings
from services.courses import limits
from services.kernel.work import Database
from services.screening.wording import get_question_set
from tests.factories import booking_body, free_slots, live_clinic
from tests.web.booking_api import key
from tests.web.booking_forms import form_of, send
from tests.web.booking_world import make_shop
from tests.web.conftest import BASE, alive
from web.app import create_app

CLEAR = {f"answer_{question.code}": "false" for question in get_question_set().questions}
JO = {"name": "Jo Ellis", "email": "jo@example.test", "signed_name": "Jo Ellis"}


@pytest.fixture
async def limited(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever calls a web process with its limits on, where one booking a day is enough."""
    monkeypatch.setattr(limits, "FROM_ONE_PLACE", ((limits.A_DAY, 1),))
    async with alive(create_app(settings.model_copy(update={"rate_limit": "on"}))) as application:
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield client


async def test_a_program_is_told_when_to_come_back_and_a_repeated_request_is_none_more(
    limited: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database)
    free = await free_slots(database, world)
    first, same = booking_body(world, free[0].starts_at), key()
    made = [await limited.post("/api/v1/bookings", json=first, headers=same) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    second = booking_body(world, free[9].starts_at, email="other@example.test")
    refused = await limited.post("/api/v1/bookings", json=second, headers=key())
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (429, "too-many-requests")
    assert limits.AN_HOUR < int(refused.headers["Retry-After"]) <= limits.A_DAY
    assert (await limited.post("/api/v1/bookings", json=first, headers=same)).status_code == 201


async def test_a_page_says_it_in_words_and_keeps_what_was_typed(
    limited: httpx.AsyncClient, database: Database
) -> None:
    shop = await make_shop(database)
    times = form_of(await limited.get(f"{shop.book_path}/times?area=face"), "/hold")
    answers = []
    for starts_at in (times.choices["starts_at"][0], times.choices["starts_at"][9]):
        query = {"area": "face", "starts_at": starts_at}
        form = form_of(await limited.get(f"{shop.book_path}/details", params=query), "/details")
        answers.append(await send(limited, form, **CLEAR, **JO))
    booked, refused = answers
    assert (booked.status_code, refused.status_code) == (303, 429)
    assert limits.AN_HOUR < int(refused.headers["Retry-After"]) <= limits.A_DAY
    assert "That was tried too often. Wait 24 hours and try again." in refused.text
    assert form_of(refused, "/details").fields | CLEAR | JO == form_of(refused, "/details").fields
