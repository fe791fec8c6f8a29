"""The thread from a request to the jobs it causes: one id, carried through outbox and deliveries into logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")


@contextmanager
def followed_by(thread: str) -> Iterator[None]:
    """What is announced inside belongs to that thread."""
    before = correlation_id.set(thread)
    try:
        yield
    finally:
        correlation_id.reset(before)
