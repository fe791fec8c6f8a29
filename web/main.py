"""The web process: `granian --factory web.main:start`."""

from __future__ import annotations

import gc

from litestar import Litestar

from infra.platform.observability import configure_logging
from infra.platform.settings import get_settings
from web.app import create_app


def start() -> Litestar:
    """The application with the process's settings, its lines in the shape that every process's have."""
    settings = get_settings()
    configure_logging("web", settings.log_format)
    app = create_app(settings)
    # What is there from now on stays: the collector need not walk through it again and again while people wait.
    gc.collect()
    gc.freeze()
    return app
