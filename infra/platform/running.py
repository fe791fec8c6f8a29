"""How a long-lived process of Python runs quicker."""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import suppress
from pathlib import Path

import uvloop


def use_uvloop() -> None:
    """Every event loop that this process makes from now on is uvloop's; Granian's workers take it by themselves."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def give_way(niceness: int) -> None:
    """This process runs when others do not want the processor; it still gets a share. Never less nice than it is.

    Linux weighs the processes of a session among themselves, and the sessions against each other: what was started in
    a session of its own, as all of the product's are, gives way to nobody before its session does. The session is asked
    where there is such a thing; containers are weighed by who runs them.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(f"{niceness}\n", encoding="ascii")


def keep_what_is_loaded() -> None:
    """What is there from now on stays: the collector need not walk through it again and again while people wait."""
    gc.collect()
    gc.freeze()
