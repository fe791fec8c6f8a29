"""Reads a calendar that is anybody's in a program of its own."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from services.kernel.apart import BrokenOff, Disturbed, run_apart
from services.scheduling.external_rules import Read, Spans

LONGEST_SECONDS = 30
_PROGRAM = "services.scheduling.external_text"


class NotRead(Exception):  # noqa: N818  the name states the fact
    """Why a calendar could not be read, in words for whoever gave its address."""


async def read_busy_times(content: bytes, zone: str, since: datetime, until: datetime) -> Read:
    """When a calendar's owner is busy between two instants; see the program. Raises `NotRead`."""
    asked = json.dumps({"zone": zone, "since": since.isoformat(), "until": until.isoformat()})
    try:
        said = await run_apart(_PROGRAM, asked.encode() + b"\n" + content, LONGEST_SECONDS)
    except (TimeoutError, BrokenOff) as error:
        raise NotRead("The calendar takes too long to read.") from error
    except Disturbed as error:
        raise NotRead("The calendar could not be read this time.") from error
    answer = json.loads(said)
    if "problem" in answer:
        raise NotRead(answer["problem"])
    ours = {UUID(one): _spans(spans) for one, spans in answer["ours"].items()}
    return Read(_spans(answer["spans"]), ours, answer["unread"])


def _spans(said: list[list[str]]) -> Spans:
    return [(datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in said]
