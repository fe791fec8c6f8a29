"""Keeps the processes of one machine running: starts them, prefixes what they say, starts them again, stops them.

Every child runs under the guard, so a killed supervisor leaves nothing behind, and every state worth keeping is in
PostgreSQL, so it loses nothing either.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from infra.ops.embedded.folders import EmbeddedError
from infra.ops.embedded.process import GuardedProcess

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 30.0
TICK_SECONDS = 0.1
SIGNALLED = 128
"""Shells and the guard add this to the number of the signal that ended a program."""

NAME_WIDTH = 10

_printing = threading.Lock()


def say(name: str, line: str) -> None:
    """One prefixed line; a closed terminal is no reason to stop."""
    with _printing, contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{name:<{NAME_WIDTH}} | {line}\n")
        sys.stdout.flush()


class Server(Protocol):
    """What the supervisor needs of an embedded server."""

    def start(self) -> str: ...
    def poll(self) -> int | None: ...
    def stop(self) -> None: ...


@dataclass
class Restarts:
    """When to start again what ended: at once after a long life, later and later after short ones."""

    pause: float = FIRST_PAUSE_SECONDS
    started_at: float = 0.0

    def next_pause(self, now: float) -> float:
        """Seconds to wait before the next start."""
        if now - self.started_at >= HEALTHY_AFTER_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        return pause


@dataclass
class Child:
    """One supervised program."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    grace_seconds: float
    restarts: Restarts = field(default_factory=Restarts)
    due_at: float | None = 0.0
    _process: GuardedProcess | None = None
    _reader: threading.Thread | None = None

    def start(self, now: float) -> None:
        """Start it and read what it says on a thread of its own."""
        self._process = GuardedProcess(self.command, grace_seconds=self.grace_seconds, env=self.env)
        started = self._process.start(output=subprocess.PIPE)
        self.restarts.started_at, self.due_at = now, None

        def read() -> None:
            if started.stdout is not None:
                with started.stdout as lines:
                    for line in lines:
                        say(self.name, line.decode(errors="replace").rstrip())

        self._reader = threading.Thread(target=read, name=f"log-{self.name}", daemon=True)
        self._reader.start()

    def poll(self) -> int | None:
        """The exit code, or None while it runs or has not been started."""
        return None if self._process is None else self._process.poll()

    def ask_to_stop(self) -> None:
        """Ask, without waiting."""
        self.due_at = None
        if self._process is not None:
            self._process.ask_to_stop()

    def forget(self) -> None:
        """Let go of a process that has ended, once its last words are printed."""
        if self._process is not None:
            self._process.stop()
        if self._reader is not None:
            self._reader.join(1.0)
        self._process = self._reader = None


def _ending(code: int) -> str:
    """An exit code in words."""
    if code > SIGNALLED:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(code - SIGNALLED).name}"
    return f"ended with code {code}"


@contextmanager
def stop_signals(handler: Callable[[int], None]) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal call the handler for the length of the block."""

    def receive(number: int, _frame: FrameType | None) -> None:
        handler(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, receive) for number in numbers}
    try:
        yield
    finally:
        for number, handling in before.items():
            signal.signal(number, handling)


@dataclass
class Supervisor:
    """Runs children over already started servers until it is told to stop."""

    servers: dict[str, Server] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    _server_due: dict[str, float] = field(default_factory=dict)
    _restarts: dict[str, Restarts] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def add(
        self, name: str, command: Sequence[str], env: Mapping[str, str], grace_seconds: float = 15.0
    ) -> None:
        """One more child. Children stop in the order they were added, before the servers."""
        env = {**env, "PYTHONUNBUFFERED": "1"}
        self.children.append(Child(name, command, env, grace_seconds))

    def request_stop(self, _number: int = 0) -> None:
        """Ask `run` to end; safe in a signal handler."""
        self._stop.set()

    def run(self, when_started: Callable[[], None] | None = None) -> None:
        """Supervise until a stop is asked for, then stop children in order and, last, the servers."""
        with stop_signals(self.request_stop):
            try:
                if when_started is not None:
                    threading.Thread(target=when_started, name="started", daemon=True).start()
                while not self._stop.is_set():
                    now = time.monotonic()
                    for name, server in self.servers.items():
                        self._look_after_server(name, server, now)
                    for child in self.children:
                        self._look_after(child, now)
                    self._stop.wait(TICK_SECONDS)
            finally:
                self._stop_all()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    def _look_after(self, child: Child, now: float) -> None:
        code = child.poll()
        if code is not None:
            child.forget()
            pause = child.restarts.next_pause(now)
            child.due_at = now + pause
            say("needlewise", f"{child.name} {_ending(code)}; starting it again in {pause:g} s")
        if child.due_at is not None and now >= child.due_at:
            child.start(now)

    def _look_after_server(self, name: str, server: Server, now: float) -> None:
        restarts = self._restarts.setdefault(name, Restarts(started_at=now))
        if name not in self._server_due:
            code = server.poll()
            if code is None:
                return
            server.stop()
            pause = restarts.next_pause(now)
            self._server_due[name] = now + pause
            say("needlewise", f"{name} {_ending(code)}; starting it again in {pause:g} s")
        if now >= self._server_due[name]:
            try:
                server.start()
            except EmbeddedError as error:
                pause = restarts.next_pause(now)
                self._server_due[name] = now + pause
                say("needlewise", f"{error}; trying again in {pause:g} s")
                return
            del self._server_due[name]
            restarts.started_at = time.monotonic()
            say("needlewise", f"{name} runs again")

    def _stop_all(self) -> None:
        say("needlewise", "stopping")
        for child in self.children:
            child.ask_to_stop()
            child.forget()
        for server in reversed(self.servers.values()):
            server.stop()
        say("needlewise", "stopped")


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment children get: ours with what was resolved, and the project on Python's path."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH")) if part)
    return {**os.environ, "PYTHONPATH": path, **(extra or {})}
