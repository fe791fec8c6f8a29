"""How a long-lived process of Python runs quicker."""

from __future__ import annotations

import asyncio
import gc

import uvloop


def use_uvloop() -> None:
    """Every event loop that this process makes from now on is uvloop's; Granian's workers take it by themselves."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def keep_what_is_loaded() -> None:
    """What is there from now on stays: the collector need not walk through it again and again while people wait."""
    gc.collect()
    gc.freeze()
