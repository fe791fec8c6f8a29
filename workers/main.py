"""The worker process: `dramatiq workers.main`."""

from __future__ import annotations

import dramatiq

from infra.platform.observability import configure_logging
from infra.platform.running import give_way, keep_what_is_loaded, use_uvloop
from infra.platform.settings import get_settings
from workers.worker import set_up

# On a machine that is busy, whoever waits for a page comes before messages; these still get their share.
AFTER_PAGES = 10

give_way(AFTER_PAGES)
use_uvloop()
configure_logging("worker", get_settings().log_format)
broker = set_up(get_settings())
dramatiq.set_broker(broker)
keep_what_is_loaded()
