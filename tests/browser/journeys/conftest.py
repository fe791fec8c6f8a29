"""The product that the journeys of a test process share: started once, with a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.assembly import Adapters, open_adapters
from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.fixtures import own_settings, seen_by_its_maker
from tests.product import eventually, running_product, show_what_is_said
from tests.servers import worker_number

FIRST_REDIS = 8  # of the 16 that a Redis has; the lower ones are those of the tests that start nothing
RESTS_WITHIN_SECONDS = 20
_RESTS = text("""
    SELECT NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (
        SELECT FROM delivery WHERE state = 'pending'
        AND due_at <= now() + make_interval(secs => (SELECT seconds FROM clock_offset)))
""")


@pytest.fixture(scope="session")
async def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the shared product: its worker and relay see nothing of the tests that work by themselves."""
    number = worker_number(request.config)
    folder = tmp_path_factory.mktemp("journeys")
    return await own_settings(f"needlewise_journeys_{number}", FIRST_REDIS + number, folder)


@pytest.fixture(scope="session")
async def adapters(settings: Settings) -> AsyncIterator[Adapters]:
    opened = open_adapters(settings)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def superuser(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with seen_by_its_maker(settings) as engine:
        yield engine


@pytest.fixture(scope="session")
def running(settings: Settings) -> Iterator[str]:
    """The processes, from the first journey to the last."""
    with running_product(settings, settings.data_dir) as base_url:
        yield base_url


@pytest.fixture
async def product(
    database: Database, running: str, settings: Settings, superuser: AsyncEngine
) -> AsyncIterator[str]:
    """The address of the product, on an emptied database; the next journey waits until this one's work is done."""

    async def rests() -> bool:
        async with superuser.begin() as connection:
            return bool(await connection.scalar(_RESTS))

    with show_what_is_said(settings.data_dir):
        yield running
        await eventually(rests, "no work is left", RESTS_WITHIN_SECONDS)
