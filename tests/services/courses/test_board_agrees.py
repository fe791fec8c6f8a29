"""What the database says of many courses at once is what the rules say of each one, whatever became of it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.clinics import service as clinics
from services.clinics.schemas import NewLocation
from services.courses import service
from services.courses.board import KINDS, BoardRow, read_board, rows_of
from services.courses.models import Course
from services.courses.rules import course_status
from services.courses.state_rules import CourseState, Due
from services.kernel.ids import new_id
from services.kernel.tables import table
from services.kernel.work import ClinicWork, Database
from services.scheduling.models import Booking
from services.scheduling.status_rules import STANDING
from tests.factories import World, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import whole_course

COURSES, DAYS, A_PAGE = 150, 8, 17
ENDED = ("cancelled", "declined", "expired", "no_show")
URGENCY = (Due.AT_RISK, Due.OVERDUE, Due.DUE)
OPEN = {CourseState.PROPOSED, CourseState.ACTIVE, CourseState.PAUSED}


def statuses(chance: random.Random, sessions: int) -> list[tuple[int, str]]:
    """Positions and statuses: at most one booking stands at a position, beside some that fell away."""
    found: list[tuple[int, str]] = []
    fate = chance.choice(("done", "ahead", "mixed", "fallen"))
    for position in range(1, sessions + 1):
        found += [(position, chance.choice(ENDED)) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        standing = {"done": ["completed"], "ahead": sorted(STANDING - {"completed"}), "fallen": []}
        if (known := standing.get(fate, sorted(STANDING))) and chance.random() < 0.7:
            found.append((position, chance.choice(known)))
    return found


async def many_courses(
    database: Database, superuser: AsyncEngine, world: World, chance: random.Random
) -> None:
    """So many courses, made of one that was booked: with everything that can become of their sessions, and when."""
    booked, _ = await whole_course(database, world)
    async with database.begin(world.scope) as work:
        place = NewLocation(name="Far", street="1 Queen St", city="Auckland", country="NZ")
        far, now = (await clinics.add_location(work, place)).id, work.now
    courses: list[dict[str, Any]] = []
    bookings: list[dict[str, Any]] = []
    async with superuser.begin() as connection:
        like = (await connection.execute(select(table(Course)))).mappings().one()
        visits = select(table(Booking)).where(table(Booking).c.group_id == booked.course_id).limit(1)
        visit = (await connection.execute(visits)).mappings().one()
        for _ in range(COURSES):
            course_id, sessions = new_id(), chance.randint(1, 6)
            placed = statuses(chance, sessions)
            own = {
                "id": course_id,
                "sessions": sessions,
                "status": course_status(status for _, status in placed),
                "stopped_at": chance.choice((None,) * 9 + (now,)),
                "paused_until": chance.choice(
                    (None, None, now.date() + timedelta(days=chance.randint(-2, 9)))
                ),
            }
            courses.append({**like, **own})
            places = chance.choice(((world.location_id,), (far,), (world.location_id, far)))
            begins_at = now + timedelta(days=chance.randint(-200, 20))
            for position, status in placed:
                days = like["target_days"] * position + chance.randint(-25, 25)
                starts_at = begins_at + timedelta(days=days, minutes=chance.randrange(24 * 60))
                at = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
                where = {"location_id": chance.choice(places)}
                bookings.append(
                    {**visit, **_named(course_id), **at, **where, "position": position, "status": status}
                )
        await connection.execute(insert(table(Course)), courses)
        await connection.execute(insert(table(Booking)), bookings)


def _named(course_id: UUID) -> dict[str, Any]:
    booking_id = new_id()
    return {"id": booking_id, "reference": booking_id.hex, "group_id": course_id}


async def by_the_rules(work: ClinicWork) -> list[BoardRow]:
    """Every open course, read page by page, judged one by one, in order of urgency."""
    page = await service.list_courses(work, limit=100)
    found = list(page.items)
    while page.next:
        page = await service.list_courses(work, cursor=page.next, limit=100)
        found += page.items
    assert len({one.id for one in found}) == len(found) == COURSES + 1
    return sorted(await rows_of(work, [one for one in found if one.state in OPEN]), key=_urgency)


def _urgency(row: BoardRow) -> tuple[int, float]:
    rank = URGENCY.index(row.due) if row.due else len(URGENCY)
    if row.due and row.missing and row.missing.to_on:
        return rank, row.missing.to_on.toordinal()
    return rank, row.following.starts_at.timestamp() if row.following else float("inf")


def _is_of(row: BoardRow, kind: str) -> bool:
    if kind == "paused":
        return row.course.state == CourseState.PAUSED
    return kind in {"open", row.due}


async def by_the_database(work: ClinicWork, kind: str) -> list[BoardRow]:
    board, number = await read_board(work, shown=kind, limit=A_PAGE), 1
    rows = list(board.rows)
    while board.more:
        number += 1
        board = await read_board(work, shown=kind, page=number, limit=A_PAGE)
        rows += board.rows
    assert len(rows) == board.counts[kind]
    return rows


@pytest.mark.parametrize("seed", range(3))
async def test_the_board_shows_counts_and_orders_every_course_as_the_rules_judge_it(
    database: Database, superuser: AsyncEngine, clock: MovableClock, seed: int
) -> None:
    """On several days in a row, each at another hour, so that courses pass from one kind to the next."""
    world = await live_clinic(database)
    await many_courses(database, superuser, world, random.Random(seed))  # noqa: S311  it is to be the same each time
    seen: set[str] = set()
    for _ in range(DAYS):
        async with database.begin(world.scope) as work:
            truth = await by_the_rules(work)
            for kind in KINDS:
                expected = [row for row in truth if _is_of(row, kind)]
                assert await by_the_database(work, kind) == expected, kind
                seen |= {kind} if expected else set()
        await clock.advance(timedelta(days=1, hours=3))
    assert seen == {*KINDS}
