"""Log lines of every process: one line each, with the correlation id, as plain text or JSON.

What the standard library's loggers say (Granian, Dramatiq, SQLAlchemy) looks the same; our own lines do not go
through them, since a line is written for every request. The correlation id is bound with structlog's context
variables: by the web for a request, by the workers for a delivery.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

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


class _Lines(structlog.WriteLogger):
    """Writes whole lines, under a name."""

    def __init__(self, file: TextIO, name: str) -> None:
        super().__init__(file)
        self.name = name


def _plain(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """A line for people: when, how grave, what, by whom, and the rest by name. No value can begin another line."""
    when, level = event.pop("timestamp", ""), event.pop("level", "")
    said, name, raised = event.pop("event", ""), event.pop("logger", ""), event.pop("exception", "")
    rest = "".join(f" {key}={_shown(value)}" for key, value in event.items())
    line = f"{when} [{level}] {_one_line(str(said))} [{name}]{rest}"
    return f"{line}\n{raised}" if raised else line


def _shown(value: Any) -> str:
    if isinstance(value, str) and value.isprintable() and " " not in value:
        return value
    return repr(value)


def _one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)


def _shared(process: str, fmt: Format) -> list[Processor]:
    """What every line goes through, wherever it comes from."""
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    return [*steps, _Named(process)] if fmt == "json" else steps


def configure_logging(process: str, fmt: str = "plain", *, least: int = logging.INFO) -> None:
    """Set up structlog and the standard library's root logger; may be called again.

    `process` is the name shown in JSON lines (`web`, `worker`, `relay`); `fmt` is `plain` for people or `json`;
    `least` is the lowest level that is written. There are no colours: the supervisor prefixes lines, or a file
    takes them.
    """
    chosen: Format = "json" if fmt == "json" else "plain"
    shared = _shared(process, chosen)
    renderer: Processor = structlog.processors.JSONRenderer() if chosen == "json" else _plain
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *names: _Lines(sys.stderr, names[0] if names else process),
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
