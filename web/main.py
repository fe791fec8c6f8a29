"""The web process: `granian --factory web.main:start`."""

from __future__ import annotations

from litestar import Litestar

from infra.platform.observability import configure_logging
from infra.platform.running import keep_what_is_loaded
from infra.platform.settings import get_settings
from web.app import create_app


def start() -> Litestar:
    """The application with the process's settings, its lines in the shape that every process's have."""
    settings = get_settings()
    configure_logging("web", settings.log_format)
    app = create_app(settings)
    keep_what_is_loaded()
    return app
