"""The command line of each process, by name: nothing here imports the web or the workers."""

from __future__ import annotations

import sys

from infra.platform.settings import Settings

WEB_TARGET = "web.main:start"
STOP_GRACE_SECONDS = 15.0
WORKER_SHUTDOWN_MILLISECONDS = 10_000


def web_command(settings: Settings) -> list[str]:
    """Granian over the web application."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory", WEB_TARGET),
        *("--host", settings.host, "--port", str(settings.port), "--workers", str(settings.web_workers)),
        *("--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"),
    ]


def worker_command(settings: Settings) -> list[str]:
    """Dramatiq over the actors: one process with threads, all of whose coroutines share one event loop."""
    return [
        *(sys.executable, "-m", "dramatiq", "workers.main"),
        *("--processes", "1", "--threads", str(settings.worker_threads)),
        *("--worker-shutdown-timeout", str(WORKER_SHUTDOWN_MILLISECONDS)),
    ]


def relay_command(_settings: Settings) -> list[str]:
    """The relay: outbox, timers, schedule."""
    return [sys.executable, "-m", "workers.relay"]


COMMANDS = {"web": web_command, "worker": worker_command, "relay": relay_command}
