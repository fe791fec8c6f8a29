"""The web process without the lock on resources, which shows what the lock is for. The product has no switch for it."""

from __future__ import annotations

from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import text

from infra.ops.programs import WEB_TARGET, web_command
from infra.platform.settings import Settings
from services.kernel.adding import Rows
from services.scheduling.repository import BookingRepository
from services.scheduling.schemas import BookingView
from tests.races.conftest import without_lock
from web.main import start

GATE = 4711
"""The advisory lock at which everyone waits who has seen the time free and is about to write."""
_TARGET = "tests.races.unguarded:start_without_lock"


def start_without_lock() -> Litestar:
    """The application, its lock taken off and a gate put up for as long as the process lives."""
    patch = pytest.MonkeyPatch()
    without_lock(patch)
    added = BookingRepository.add

    async def add_through_gate(self: BookingRepository, group_id: UUID, rows: Rows) -> list[BookingView]:
        await self._work.connection.execute(
            text("SELECT pg_advisory_xact_lock_shared(:gate)"), {"gate": GATE}
        )
        return await added(self, group_id, rows)

    patch.setattr(BookingRepository, "add", add_through_gate)
    return start()


def unguarded_command(settings: Settings) -> list[str]:
    """The web's command line with this application in the place of the product's."""
    return [_TARGET if word == WEB_TARGET else word for word in web_command(settings)]
