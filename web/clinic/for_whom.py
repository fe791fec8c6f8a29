"""Whom a booking from the desk is for: a known client, found by name, or a new one; and the time that was pressed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.clients import service as clients
from services.clients.schemas import ClientView
from services.kernel.errors import NotFound
from services.kernel.work import ClinicWork
from web.client.weeks import Week

MOST_MATCHES = 8


@dataclass(frozen=True, slots=True)
class ForWhom:
    """The client that was chosen, or who matches what was searched for."""

    known: ClientView | None
    matches: list[ClientView]


async def choose_client(work: ClinicWork, client_id: str, q: str) -> ForWhom:
    """The known client of that id; else the first matches of a search, none where nothing was searched for."""
    known = await find_known(work, client_id)
    if known is not None or not q.strip():
        return ForWhom(known, [])
    return ForWhom(None, (await clients.list_clients(work, q, MOST_MATCHES)).items)


async def find_known(work: ClinicWork, client_id: str) -> ClientView | None:
    """The clinic's client of that id; nothing where none is given. Raises `NotFound`."""
    if not client_id:
        return None
    try:
        return await clients.get_client(work, UUID(client_id))
    except ValueError as error:
        raise NotFound from error


def pressed_time(week: Week | None, day: str, time: str) -> str | None:
    """The free time of a week that was pressed on the calendar, as the form sends it; nothing where it is not free."""
    if week is None or not time:
        return None
    for group in week.days:
        if group["date"].isoformat() == day:
            return next((slot["value"] for slot in group["slots"] if slot["label"] == time), None)
    return None
