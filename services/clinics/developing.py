"""Has pictures developed by the darkroom in a process of its own, which can be killed: one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from services.clinics.darkroom import FOR_ANYONE, Order, Print, Unreadable
from services.kernel.apart import BrokenOff, run_apart
from services.kernel.deliveries import PutOff

LONGEST_SECONDS = 90
TOO_MUCH = "The picture takes too long to prepare. Save it anew as a plain JPEG, and send that."
_PROGRAM = "services.clinics.darkroom"
# A picture of fifty megapixels takes some hundred megabytes while it is decoded: one at a time in a process.
_ONE_AT_A_TIME = asyncio.Lock()
_LOOK_AGAIN = timedelta(seconds=5)


async def develop(content: bytes, order: Order = FOR_ANYONE) -> list[Print]:
    """The files to show of a picture, as `darkroom.develop` makes them. Raises `Unreadable`; `TimeoutError`.

    Raises `PutOff` while another one is being developed: whoever waited would keep a worker's thread from all else.
    """
    if _ONE_AT_A_TIME.locked():
        raise PutOff(_LOOK_AGAIN)
    async with _ONE_AT_A_TIME:
        try:
            said = await run_apart(
                _PROGRAM, json.dumps(asdict(order)).encode() + b"\n" + content, LONGEST_SECONDS
            )
        except BrokenOff as error:
            raise Unreadable(TOO_MUCH) from error
    head, _, rest = said.partition(b"\n")
    answer = json.loads(head)
    if "problem" in answer:
        raise Unreadable(answer["problem"])
    return list(_prints(answer["prints"], rest))


def _prints(listed: list[dict[str, Any]], content: bytes) -> Iterator[Print]:
    at = 0
    for one in listed:
        ends = at + one.pop("bytes")
        yield Print(**one, content=content[at:ends])
        at = ends
