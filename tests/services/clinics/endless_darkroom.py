"""A darkroom that a picture keeps busy for ever, within the second that it has."""

from __future__ import annotations

from services.kernel.apart import keep_within

if __name__ == "__main__":
    keep_within(1, 1_000_000_000)
    while True:
        pass
