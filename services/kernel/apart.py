"""Programs of ours that read what is anybody's: each in a process of its own, with so much time and memory and no more.

A thread cannot be stopped, a process can: whatever a decoder is led to by hostile bytes, it ends.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress


class BrokenOff(Exception):  # noqa: N818  the name states the fact
    """The program came to no end: it used up its processor time or memory, or broke down."""


async def run_apart(program: str, given: bytes, longest_seconds: float) -> bytes:
    """What a program (a module of ours) answers to what it is given. It is killed with whoever waits for it.

    Raises `BrokenOff`; `TimeoutError` where it was not done in time, which may be a busy machine's fault.
    """
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(longest_seconds):
            said, _ = await running.communicate(given)
    finally:
        if running.returncode is None:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    if running.returncode != 0:
        raise BrokenOff(program)
    return said


def keep_within(seconds: int, size: int) -> None:
    """Bounds the process that calls it: seconds of processor time, bytes of memory."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415  only where the system has it

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
