"""Reads what is anybody's in a program of its own, which may take its time and memory and no more."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from datetime import datetime

LONGEST_SECONDS = 30
_PROGRAM = "services.scheduling.external_text"


class NotRead(Exception):  # noqa: N818  the name states the fact
    """Why a calendar could not be read, in words for whoever gave its address."""


async def read_busy_times(
    content: bytes, zone: str, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """When a calendar's owner is busy between two instants; see the program. Raises `NotRead`."""
    asked = json.dumps({"zone": zone, "since": since.isoformat(), "until": until.isoformat()})
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            said, _ = await program.communicate(asked.encode() + b"\n" + content)
    except TimeoutError as error:
        raise NotRead("The calendar takes too long to read.") from error
    finally:
        if program.returncode is None:
            with suppress(ProcessLookupError):
                program.kill()
            await program.wait()
    if program.returncode != 0:
        raise NotRead("The calendar takes too long to read.")
    answer = json.loads(said)
    if "problem" in answer:
        raise NotRead(answer["problem"])
    return [
        (datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in answer["spans"]
    ]
