"""The thread from a request to the jobs it causes: one id, carried through outbox and deliveries into logs."""

from __future__ import annotations

from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
