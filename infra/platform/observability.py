"""Log lines of every process: one line each, with the correlation id, as plain text or JSON.

What the standard library's loggers say (Granian, Dramatiq, SQLAlchemy) goes the same way. The correlation id is
bound with structlog's context variables: by the web for a request, by the workers for a delivery.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["plain", "json"]
# Granian gives its logger a handler of its own before it loads the application.
_WITH_OWN_HANDLERS = ("_granian",)
QUIET = {
    "asyncio": logging.WARNING,
    "botocore": logging.WARNING,
    "boto3": logging.WARNING,
    "urllib3": logging.WARNING,
}


class _Named:
    """Adds the process's name, so that lines of many processes can be told apart in one place."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", self._process)
        return event


def _shared(process: str, fmt: Format) -> list[Processor]:
    """What every line goes through, wherever it comes from."""
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if fmt == "json":
        steps += [_Named(process), structlog.processors.format_exc_info]
    return steps


def configure_logging(process: str, fmt: str = "plain", *, least: int = logging.INFO) -> None:
    """Set up structlog and the standard library's root logger; may be called again.

    `process` is the name shown in JSON lines (`web`, `worker`, `relay`); `fmt` is `plain` for people or `json`;
    `least` is the lowest level that is written.
    """
    chosen: Format = "json" if fmt == "json" else "plain"
    shared = _shared(process, chosen)
    # No colours: the lines are prefixed by the supervisor, or go to a file.
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if chosen == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    for name in _WITH_OWN_HANDLERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
