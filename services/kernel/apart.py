"""Programs of ours that read what is anybody's: each in a process of its own, with so much time and memory and no more.

A thread cannot be stopped, a process can: whatever a decoder is led to by hostile bytes, it ends.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# How a process ends that used up its processor time, or whose decoder was led astray.
_OF_ITS_OWN = {
    -signal.SIGXCPU,
    -signal.SIGSEGV,
    -signal.SIGABRT,
    -signal.SIGBUS,
    -signal.SIGFPE,
    -signal.SIGILL,
}
_GRACE_SECONDS = 5
_MOST_TOLD = 500


class BrokenOff(Exception):  # noqa: N818  the name states the fact
    """The program came to no end with what it was given: it used up its processor time or memory, or broke down."""


class Disturbed(Exception):  # noqa: N818  the name states the fact
    """Something else ended the program: whoever stopped it, or that it could not begin. It may be run again."""


async def run_apart(program: str, given: bytes, longest_seconds: float) -> bytes:
    """What a program (a module of ours) answers to what it is given. It is killed with whoever waits for it.

    Raises `BrokenOff`; `Disturbed`; `TimeoutError` where it was not done in time, which may be a busy machine's fault.
    """
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", program, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(longest_seconds):
            said, told = await running.communicate(given)
    finally:
        if running.returncode is None:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    if running.returncode in _OF_ITS_OWN or told.rstrip().endswith(b"MemoryError"):
        raise BrokenOff(program)
    if running.returncode != 0:
        raise Disturbed(program, running.returncode, told[-_MOST_TOLD:].decode(errors="replace"))
    return said


def keep_within(seconds: int, size: int) -> None:
    """Bounds the process that calls it: seconds of processor time, bytes of memory."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415  only where the system has it

        # The first limit is told by a signal of its own: somebody else's kill is no word about what was given.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + _GRACE_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends what is inside with a `TimeoutError` after so much of the process's own time; in its first thread alone."""
    before = signal.signal(signal.SIGVTALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _out_of_time(*_: Any) -> None:
    raise TimeoutError
