"""The worker process: `dramatiq workers.main`."""

from __future__ import annotations

import dramatiq

from infra.platform.observability import configure_logging
from infra.platform.settings import get_settings
from workers.worker import set_up

configure_logging("worker", get_settings().log_format)
broker = set_up(get_settings())
dramatiq.set_broker(broker)
