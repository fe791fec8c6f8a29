"""The calendar's live stream: who may listen, what is said, and when it ends."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from infra.platform.assembly import Adapters
from services.kernel.work import Database
from services.scheduling import booking as scheduling
from services.scheduling.holding import hold_time, release_hold
from services.scheduling.schemas import VisitWish
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop, person
from tests.web.streaming import Stream, listening
from web.clinic import calendar_news


@pytest.fixture
async def shop(database: Database, adapters: Adapters) -> Shop:
    made = await make_shop(database)
    await adapters.signals.finish()  # what made it is no news
    return made


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database, shop: Shop) -> httpx.AsyncClient:
    await sign_in(http, database, shop.owner_id)
    return http


def path_of(shop: Shop, since: str = "") -> str:
    return f"/clinic/{shop.slug}/calendar/changes?since={since}"


async def sign_out(owner: httpx.AsyncClient, shop: Shop) -> None:
    page = await owner.get(f"/clinic/{shop.slug}/calendar")
    await send(owner, form_of(page, "/sign-out"))


async def begin(stream: Stream) -> str:
    """The greeting, and what is said at once; gives the mark."""
    assert (await stream.event() or "").startswith("retry:")
    first = await stream.event() or ""
    return first.partition("id: ")[2].partition("\n")[0]


def said(block: str | None) -> dict[str, object]:
    assert block is not None
    assert "event: changed" in block
    found: dict[str, object] = json.loads(block.partition("data: ")[2])
    return found


async def test_a_change_is_told_by_its_day_and_nothing_else(
    app: Litestar, owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    async with listening(app, owner, path_of(shop)) as stream:
        await begin(stream)
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        booking = await book_visit(database, shop)
        block = await stream.event()
        assert said(block) == {"every": False, "days": [booking.starts_at.date().isoformat()]}
        assert booking.client_name not in (block or "")
        assert booking.reference not in (block or "")
        async with database.begin(shop.scope) as work:
            await scheduling.cancel(work, booking.id, by="clinic", reason="Closed")
        assert said(await stream.event())["days"] == [booking.starts_at.date().isoformat()]


async def test_who_comes_back_is_told_whether_something_came_meanwhile(
    app: Litestar, owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with listening(app, owner, path_of(shop)) as stream:
        mark = await begin(stream)
    assert mark
    async with listening(app, owner, path_of(shop, mark)) as quiet:
        await quiet.event()
        assert "event:" not in (await quiet.event() or "")
    wanted = VisitWish(shop.treatment_id, booking.starts_at + timedelta(hours=3), None, "face")
    async with database.begin(shop.scope) as work:
        held = await hold_time(work, wanted, "somebody")
    async with database.begin(shop.scope) as work:
        await release_hold(work, held.token)
    async with listening(app, owner, path_of(shop, "1"), **{"last-event-id": mark}) as late:
        await late.event()
        assert said(await late.event())["every"] is True


async def test_nothing_is_heard_of_another_clinic_nor_without_the_role(
    app: Litestar, http: httpx.AsyncClient, database: Database, adapters: Adapters, shop: Shop
) -> None:
    other = await make_shop(database, name="Other Skin")
    await adapters.signals.finish()
    await sign_in(http, database, other.owner_id)
    async with listening(app, http, path_of(shop)) as refused:
        pass
    assert refused.status == 404
    async with listening(app, http, path_of(other)) as stream:
        await begin(stream)
        await book_visit(database, shop)
        booking = await book_visit(database, other)
        assert said(await stream.event())["days"] == [booking.starts_at.date().isoformat()]
    await sign_in(http, database, await person(database, "client@example.test", "Client"))
    async with listening(app, http, path_of(shop)) as refused:
        pass
    assert refused.status == 404


async def test_a_stream_ends_with_the_session(
    app: Litestar, owner: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    async with listening(app, owner, path_of(shop)) as stream:
        await begin(stream)
        await sign_out(owner, shop)
        await book_visit(database, shop)
        assert (await stream.event() or "").startswith("event: over")
        assert await stream.event() is None


async def test_a_heartbeat_finds_an_ended_session_too(
    app: Litestar, owner: httpx.AsyncClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_news, "HEARTBEAT_SECONDS", 0.05)
    async with listening(app, owner, path_of(shop)) as stream:
        await begin(stream)
        assert (await stream.event() or "").startswith(":")
        await sign_out(owner, shop)
        while (block := await stream.event()) and block.startswith(":"):
            pass
        assert (block or "").startswith("event: over")


async def test_somebody_has_so_many_streams_at_once(
    app: Litestar, owner: httpx.AsyncClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_news, "MOST_STREAMS", 1)
    async with listening(app, owner, path_of(shop)) as stream:
        await begin(stream)
        async with listening(app, owner, path_of(shop)) as second:
            pass
        assert second.status == 429
        assert second.headers["retry-after"]
