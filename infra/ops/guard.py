"""A small wrapper around one child process, so that nothing outlives the one who started it.

Run as a script with the standard library alone (it starts in a few milliseconds and keeps working while the
project around it changes):

    python -I -S infra/ops/guard.py --stop-signal INT --grace 20 -- program argument...

The starter holds the other end of our standard input. When that end closes, or when our parent changes, the
starter is gone (even by kill -9): the child is asked to stop, and after the grace its whole process group is
killed. Only the child itself gets the stop signal, not the group: Dramatiq's and PostgreSQL's masters stop their
own workers, and misbehave when the workers are told at the same time. On Linux the guard is also a subreaper, so
grandchildren whose parent died come to us, and the child gets the stop signal should the guard itself be killed.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
TICK_SECONDS = 0.5
CANNOT_EXECUTE = 127


def _prctl(option: int, value: int) -> None:
    """Call prctl on Linux; elsewhere the polled parent id and the closed pipe do the work alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _start(options: argparse.Namespace, stop_signal: int) -> int:
    """Fork and execute the command in its own process group; return its process id."""
    guard_pid = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        silence = os.open(os.devnull, os.O_RDONLY)
        os.dup2(silence, 0)
        if options.uid is not None:
            os.setgroups([])
            os.setgid(options.gid)
            os.setuid(options.uid)
        # After the change of user: a change of credentials clears the parent-death signal.
        _prctl(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != guard_pid:
            os._exit(CANNOT_EXECUTE)
        if options.cwd:
            os.chdir(options.cwd)
        for pair in options.env:
            name, _, value = pair.partition("=")
            os.environ[name] = value
        os.execvp(  # noqa: S606  no shell is wanted
            options.command[0], options.command
        )
    except OSError as error:
        os.write(2, f"{options.command[0]}: {error}\n".encode())
    os._exit(CANNOT_EXECUTE)


class _Reaper:
    """Collects the exit of the child and of every grandchild that was handed to us."""

    def __init__(self, child: int) -> None:
        self.child = child
        self.status: int | None = None
        self.has_children = True

    def collect(self) -> None:
        """Reap all that has ended, without waiting."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.has_children = False
                return
            if pid == 0:
                return
            if pid == self.child:
                self.status = status

    def wait_until(self, deadline: float, *, everything: bool) -> None:
        """Reap until the child (or every process that is ours) has ended, or the deadline has passed."""
        while True:
            self.collect()
            if not self.has_children or (self.status is not None and not everything):
                return
            if time.monotonic() >= deadline:
                return
            time.sleep(0.01)

    def kill_rest(self) -> None:
        """Kill what is left of the child's group, and whatever was handed to us."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child, signal.SIGKILL)
        # PostgreSQL's backends make groups of their own and leave by themselves when their master dies.
        self.wait_until(time.monotonic() + 5, everything=True)
        with contextlib.suppress(OSError), Path(f"/proc/self/task/{os.getpid()}/children").open() as listing:
            for pid in listing.read().split():
                with contextlib.suppress(OSError):
                    os.kill(int(pid), signal.SIGKILL)
        self.wait_until(time.monotonic() + 1, everything=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="guard", description="Run a command that dies with its starter.")
    parser.add_argument("--stop-signal", default="TERM", help="signal that asks the command to stop")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds between asking and killing")
    parser.add_argument("--uid", type=int, help="user to run as")
    parser.add_argument("--gid", type=int, help="group to run as")
    parser.add_argument("--cwd", help="folder to run in")
    parser.add_argument("--env", action="append", default=[], help="NAME=value for the command")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the command to its end and give its exit code (128 + signal where a signal ended it)."""
    options = _parse(arguments)
    stop_signal = int(getattr(signal, f"SIG{options.stop_signal}"))
    starter = os.getppid()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: asked.append(received))
    signal.signal(signal.SIGCHLD, lambda _received, _frame: None)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    reaper = _Reaper(_start(options, stop_signal))

    watched = [0, reading]
    while reaper.status is None and not asked and os.getppid() == starter:
        ready, _, _ = select.select(watched, [], [], TICK_SECONDS)
        if reading in ready:
            os.read(reading, 4096)
        if 0 in ready and not os.read(0, 4096):
            break
        reaper.collect()
    if reaper.status is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(reaper.child, stop_signal)
        reaper.wait_until(time.monotonic() + options.grace, everything=False)
    reaper.kill_rest()
    if reaper.status is None:
        return 128 + signal.SIGKILL
    code = os.waitstatus_to_exitcode(reaper.status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
