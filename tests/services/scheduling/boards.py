"""Places, people and boards of free times that the rules of scheduling are tried on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.scheduling.board_rules import Board, Busy
from services.scheduling.hours_rules import Change, Hours
from services.scheduling.rules import Place, Span, VisitShape, Worker, shape_of

NEW_YORK, LONDON, SYDNEY, UTC_ZONE = (
    ZoneInfo("America/New_York"),
    ZoneInfo("Europe/London"),
    ZoneInfo("Australia/Sydney"),
    ZoneInfo("UTC"),
)
ANA, BEN, ROOM, OTHER_ROOM, PEN = (UUID(int=n) for n in range(1, 6))
BOTH, ALL, ALONE = (
    frozenset({"practitioner", "room"}),
    frozenset({"practitioner", "room", "device"}),
    frozenset({"room"}),
)
VISIT = shape_of([(10, BOTH), (25, ALONE), (15, ALL), (10, BOTH)])
MONDAY = date(2026, 3, 2)
WEEK = tuple(Hours(day, time(9), time(17)) for day in range(7))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def board_of(
    *,
    zone: ZoneInfo = LONDON,
    hours: tuple[Hours, ...] = WEEK,
    workers: tuple[Worker, ...] | None = None,
    rooms: tuple[UUID, ...] = (ROOM,),
    busy: dict[UUID, list[Span]] | None = None,
    shape: VisitShape = VISIT,
    changes: tuple[Change, ...] = (),
) -> Board:
    place = Place(zone, hours, rooms, (PEN,), changes)
    return Board(place, workers or (Worker(ANA, hours),), shape, Busy(busy or {}))


def taken(hour: int, minute: int, length: int) -> list[Span]:
    start = datetime(2026, 3, 2, hour, minute, tzinfo=UTC)
    return [Span(start, start + minutes(length))]
