"""A course at the desk: paused, gone on with, stopped after a step that asks."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from services.kernel.work import Database
from tests.services.notices.visits import sent
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    """The owner's browser."""
    await sign_in(http, database, shop.owner_id)
    return http


async def test_a_course_is_paused_and_gone_on_with(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True)
    here = f"/clinic/{shop.slug}/courses/{first.group_id}"
    shown = await owner.get(here)
    assert "0 of 4 sessions done" in shown.text
    form = form_of(shown, "/pause")
    wrong = await send(owner, form, until="2020-01-01")
    assert (wrong.status_code, 'href="#until"' in wrong.text) == (422, True)
    until = first.local_starts_at.date() + timedelta(days=3)
    assert (await send(owner, form, until=until.isoformat())).headers["location"] == here
    paused = await owner.get(here)
    assert "paused until" in paused.text
    await send(owner, form_of(paused, "/resume"))
    assert "under way" in (await owner.get(here)).text


async def test_stopping_asks_why_and_what_becomes_of_the_booked_sessions(
    owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    first = await book_visit(database, shop, course=True)
    here = f"/clinic/{shop.slug}/courses/{first.group_id}"
    await sent(database)
    form = form_of(await owner.get(f"{here}/stop"), "/stop")
    silent = await send(owner, form, words="Get well.")
    assert silent.status_code == 422
    assert 'href="#reason"' in silent.text
    assert "Get well." in silent.text
    half = await send(owner, form, reason="health", words="Get well.")
    assert 'href="#cancel_booked"' in half.text
    done = await send(owner, form, reason="health", words="Get well.", cancel_booked="cancel")
    assert done.headers["location"] == here
    told = [one for one in await sent(database) if one.kind in {"course.stopped", "booking.cancelled.client"}]
    assert [one.kind for one in told] == ["course.stopped"]
    shown = await owner.get(here)
    assert "A reason of health" in shown.text
    assert (await owner.get(f"{here}/stop")).headers["location"] == here
    await send(owner, form_of(shown, "/resume"))
    other = await make_shop(database, name="Other Skin")
    foreign = await book_visit(database, other, course=True)
    for path in ("", "/stop"):
        assert (await owner.get(f"/clinic/{shop.slug}/courses/{foreign.group_id}{path}")).status_code == 404
