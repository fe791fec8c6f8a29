"""For contract tests: the application with the same fixtures as the web's tests, and a moderator."""

import pytest

from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.contracts.journey.moderator import Moderator, create_moderator
from tests.web.conftest import api, app, http

__all__ = ["api", "app", "http"]


@pytest.fixture
def moderator(database: Database, settings: Settings) -> Moderator:
    """Robin, who may sign in as a moderator."""
    return create_moderator(settings, "robin@needlewise.test")
