"""Looking at processes from outside."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from infra.ops.embedded.process import runs_with


def processes_that_mention(words: str) -> list[int]:
    """Live processes, except this one, whose command line holds the words."""
    return [pid for pid in _all_processes() if pid != os.getpid() and runs_with(pid, words)]


def _all_processes() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    shown = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return [int(line) for line in shown.stdout.split()]


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Wait for something another process does; fails with what was awaited."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        pause.wait(0.05)
