"""Starting a program under the guard, so that it ends when this process does, however that happens."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

GUARD = Path(__file__).resolve().parent.parent / "guard.py"


@dataclass(frozen=True)
class Account:
    """The operating system's user a server runs as; None in both fields means 'as ourselves'."""

    uid: int | None = None
    gid: int | None = None
    name: str = ""


@dataclass
class GuardedProcess:
    """One program under the guard. `stop_signal` is the name of the signal that asks it to end (`INT`, `TERM`)."""

    command: Sequence[str]
    stop_signal: str = "TERM"
    grace_seconds: float = 10.0
    account: Account = field(default_factory=Account)
    cwd: Path | None = None
    extra_env: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self, output: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        """Start it; `output` gets standard output and error (a file, `subprocess.PIPE` or None for ours)."""
        options = ["--stop-signal", self.stop_signal, "--grace", str(self.grace_seconds)]
        if self.account.uid is not None:
            options += ["--uid", str(self.account.uid), "--gid", str(self.account.gid)]
        if self.cwd is not None:
            options += ["--cwd", str(self.cwd)]
        for name, value in self.extra_env.items():
            options += ["--env", f"{name}={value}"]
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), *options, "--", *self.command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=None if self.env is None else dict(self.env),
            start_new_session=True,
        )
        return self.process

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Ask, without waiting. Closing the pipe is what the guard takes for our end."""
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def wait(self) -> int:
        """Wait for the end that was asked for; the guard kills after the grace, so this ends."""
        if self.process is None:
            return 0
        try:
            code = self.process.wait(self.grace_seconds + 8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def stop(self) -> int:
        """Ask and wait; gives the exit code."""
        self.ask_to_stop()
        return self.wait()


def runs_with(pid: int, words: str) -> bool:
    """Whether the process lives and its command line holds the words (a process id alone may be used again)."""
    if Path("/proc/self/cmdline").exists():
        try:
            return words in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(
                errors="replace"
            )
        except OSError:
            return False
    # `-ww`: otherwise ps cuts the line at the terminal's width, or at COLUMNS.
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return words in shown.stdout
