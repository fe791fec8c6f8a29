"""Reads calendars elsewhere: fetched from the public internet, read by a program of its own, kept as busy times."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.kernel.work import ClinicWork
from services.scheduling import externals
from services.scheduling.coming_back import spans_unknown
from services.scheduling.externals import Due, Said
from workers.actor import Outside, actor
from workers.apart import NotRead, read_busy_times


@actor(scope="clinic", outside=True)
async def read_external_calendar(work: ClinicWork, ids: Mapping[str, str], outside: Outside) -> None:
    """One reading; whichever way it ends, the next one is planned."""
    run = int(ids["run"])
    due = await externals.find_due(work, UUID(ids["calendar_id"]), run)
    if due is None:
        return
    try:
        got = await outside.fetch.get(due.address, due.tag)
        said = None if got is None else await _said(work, outside, due, *got)
    except (outside.fetch.refused, NotRead) as problem:
        await externals.note_not_read(work, due, run, str(problem))
    else:
        await externals.note_read(work, due, run, said)


async def _said(work: ClinicWork, outside: Outside, due: Due, content: bytes, tag: str) -> Said:
    read = await read_busy_times(content, due.zone, due.since, due.until)
    return Said(await spans_unknown(work, outside.database, due.practitioner_id, read), read.unread, tag)
