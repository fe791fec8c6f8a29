"""The web application in the tests' own loop, on the tests' own database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from infra.platform.settings import Settings
from services.kernel.work import Database
from web.app import create_app

BASE = "http://127.0.0.1:8000"


@asynccontextmanager
async def alive(application: Litestar) -> AsyncIterator[Litestar]:
    """The application, its lifespan begun and ended in one task of its own."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            begun.set()
            await over.wait()

    life = asyncio.create_task(live())
    await begun.wait()
    yield application
    over.set()
    await life


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The application of the tests' settings."""
    async with alive(create_app(settings)) as application:
        yield application


@pytest.fixture
async def http(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript: keeps cookies, does not follow redirects by itself."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
async def api(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A program: JSON, no cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE + "/api/v1") as client:
        yield client
