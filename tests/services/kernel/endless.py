"""A program that comes to no end: it takes what it is told to, time or memory, within one second and 300 megabytes."""

from __future__ import annotations

import sys

from services.kernel.apart import keep_within

SECONDS, BYTES = 1, 300_000_000


def main() -> None:
    """`time` is bounded, `memory` as well, `patience` is not; anything else is answered."""
    given = sys.stdin.read()
    if given != "patience":
        keep_within(SECONDS, BYTES)
    taken = bytearray(2 * BYTES) if given == "memory" else b""
    while given in {"time", "patience"}:
        pass
    sys.stdout.write(f"{given} {len(taken)}")


if __name__ == "__main__":
    main()
