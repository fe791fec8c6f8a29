"""A program that comes to no end: it takes what it is told to, time or memory, within one second and 300 megabytes."""

from __future__ import annotations

import os
import signal
import sys

from services.kernel.apart import keep_within

SECONDS, BYTES = 1, 300_000_000
ENDED_BY = {"stopped": signal.SIGTERM, "killed": signal.SIGKILL}


def main() -> None:
    """`time` is bounded, `memory` as well, `patience` is not; it may be ended by others; anything else is answered."""
    given = sys.stdin.read()
    if given in ENDED_BY:
        os.kill(os.getpid(), ENDED_BY[given])
    if given == "unable":
        raise ImportError("half of a deployment")
    if given != "patience":
        keep_within(SECONDS, BYTES)
    taken = bytearray(2 * BYTES) if given == "memory" else b""
    while given in {"time", "patience"}:
        pass
    sys.stdout.write(f"{given} {len(taken)}")


if __name__ == "__main__":
    main()
