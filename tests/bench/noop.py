"""A worker of jobs that do nothing: what Dramatiq itself can do with the product's broker (`sending.py`)."""

from __future__ import annotations

import dramatiq

from infra.platform.settings import get_settings
from workers.broker import make_broker

broker = make_broker(get_settings().redis_url or "")
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="noop")
def noop() -> None:
    """Nothing."""
