"""That the process is asked to stop, while answers still go on: the server waits for them before it says so itself."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_of_stop(do: Callable[[], None]) -> Iterator[None]:
    """Has `do` called on this loop when the process is asked to stop, beside what its server does then.

    The loop hears of signals by its own descriptor, whatever handler stands here, so the server's stays in force.
    """
    loop = asyncio.get_running_loop()
    before = {one: signal.getsignal(one) for one in _SIGNALS}
    handled = {one: found for one, found in before.items() if callable(found)}
    if threading.current_thread() is not threading.main_thread() or not handled:
        yield
        return

    def tell(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(do)
        handled[signal.Signals(number)](number, frame)

    for one in handled:
        signal.signal(one, tell)
        signal.siginterrupt(one, False)
    try:
        yield
    finally:
        for one, found in handled.items():
            if signal.getsignal(one) is tell:
                signal.signal(one, found)
