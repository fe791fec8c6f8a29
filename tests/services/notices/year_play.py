"""Plays a year of courses: clinics in zones whose clocks change, and what clients and clinics do, at its time."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from infra.platform.mail import MailboxOnly
from services.clinics import service as clinics
from services.clinics.schemas import NewDevice, NewRoom
from services.clinics.week_schemas import HoursIn, HoursSpan
from services.courses import records, states
from services.courses.booking import book
from services.courses.schemas import DeskBookingIn, SessionRecordIn
from services.courses.state_schemas import StopIn
from services.kernel.models import Timer
from services.kernel.scope import PlatformScope
from services.kernel.tables import table
from services.kernel.work import ClinicWork, Database
from services.practitioners import service as practitioners
from services.scheduling import booking as scheduling
from services.scheduling import reminders
from services.scheduling.reminders import ReminderPolicyIn
from services.treatments import service as treatments
from services.treatments.schemas import NewTreatment
from tests.factories import World, add_practitioner, booking_ids, booking_in, live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.year_list import NOTED, By, Course, House, Move, Visit
from workers.inline import drain
from workers.routes import ROUTES

LOOKS = PlatformScope("a test plays a year")
OPENS, CLOSES = time(6), time(22, 45)
_TIMERS = table(Timer)
# What leads to a message when it is due; the clock need not stop for the rest.
SPEAKING = (
    "booking.reminder_due",
    "booking.settled",
    "booking.completion_settled",
    "check_in.due",
    "review_invitation.due",
    "course.upkeep_due",
    "notice.queued",
)
# Nobody searches in this year, so the listing is not made again every few minutes of it.
_UNSEEN, _CHEAP = "rebuild_listing", ("offer_freed_times",)
HEARD = {
    event: tuple(actor for actor in actors if actor != _UNSEEN) or _CHEAP for event, actors in ROUTES.items()
}
RECORD = SessionRecordIn.model_validate({"areas": ["face"], "depth_mm": "1.0", "lot": "L-1", "topicals": []})
Do = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Plan:
    """A clinic of the year: its zone, so many sessions a course, what it chose, and so many rooms that work at once."""

    name: str
    city: str
    country: str
    zone: str
    sessions: int
    reminders: tuple[int, ...] = (72, 24)
    check_ins: tuple[int, ...] = (1, 3, 7, 28)
    results: tuple[int, ...] = (90,)
    rooms: int = 1


@dataclass(frozen=True)
class Room:
    """One of a clinic's lines of work: a room, device and treatment of its own."""

    world: World
    house: House


@dataclass
class Year:
    """What is still to happen, and the courses of which messages are expected."""

    database: Database
    clock: MovableClock
    courses: list[Course] = field(default_factory=list)
    jumps: int = 0
    ended: set[UUID] = field(default_factory=set)
    _ahead: list[tuple[datetime, int, Do]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def at(self, when: datetime, do: Do) -> None:
        """It happens then."""
        heapq.heappush(self._ahead, (when, next(self._numbers), do))

    async def play(self) -> None:
        """The clock goes from one moment at which something is due to the next, until nothing is."""
        while True:
            await drain(self.database, MailboxOnly(), routes=HEARD)
            async with self.database.begin(LOOKS) as work:
                now = work.now
                due = await work.scalar(
                    select(func.min(_TIMERS.c.due_at)).where(
                        _TIMERS.c.state == "waiting", _TIMERS.c.kind.in_(SPEAKING)
                    )
                )
            moments = [one for one in (due, self._ahead[0][0] if self._ahead else None) if one is not None]
            if not moments:
                return
            if min(moments) > now:
                await self.clock.advance(min(moments) - now + timedelta(seconds=1))
                self.jumps += 1
            await self._do(min(moments))

    async def _do(self, until: datetime) -> None:
        while self._ahead and self._ahead[0][0] <= until:
            await heapq.heappop(self._ahead)[2]()


async def open_clinic(database: Database, plan: Plan) -> list[Room]:
    """A clinic that opens early and late, so that the night holds messages; its lines of work."""
    world = await live_clinic(
        database,
        name=plan.name,
        city=plan.city,
        country=plan.country,
        time_zone=plan.zone,
        sessions=plan.sessions,
    )
    for number in range(1, plan.rooms):
        await add_practitioner(database, world, f"Dr Number {number}")
    week = HoursIn(hours=[HoursSpan(weekday=day, opens=OPENS, closes=CLOSES) for day in range(7)])
    house = House(ZoneInfo(plan.zone), world.owner.email, plan.reminders, plan.check_ins, plan.results)
    async with database.begin(world.scope) as work:
        await clinics.set_location_hours(work, world.location_id, week)
        for person in await practitioners.list_practitioners(work):
            await practitioners.follow_opening_hours(work, person.id)
        await reminders.choose_policy(work, ReminderPolicyIn(hours=list(plan.reminders)))
        return [Room(await _line(work, world, plan, number), house) for number in range(plan.rooms)]


async def _line(work: ClinicWork, world: World, plan: Plan, number: int) -> World:
    """A device that is one treatment's own, so that lines do not wait for each other."""
    if number:
        await clinics.add_room(work, NewRoom(location_id=world.location_id, name=f"Room {number + 1}"))
    device = await clinics.add_device(
        work,
        NewDevice(
            location_id=world.location_id,
            maker="Crown Aesthetics",
            model="SkinPen Precision",
            modality="pen",
            clearance="FDA K202243",
        ),
    )
    new = NewTreatment.model_validate(
        {
            "name": f"Pen facial {number}",
            "modality": "pen",
            "concerns": ["acne_scars"],
            "device_id": device.id,
            "areas": [{"code": "face", "minutes": 15, "price": {"amount": 20000, "currency": "USD"}}],
            "course": {"sessions": plan.sessions},
            "protocol": {"check_in_days": list(plan.check_ins), "review_days": list(plan.results)},
        }
    )
    return replace(world, treatment_id=(await treatments.add_treatment(work, new)).id)


def clock_changes(zone: ZoneInfo, year: int) -> list[date]:
    """The days of a year on which the zone's clocks change."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return [day.date() for day, now, then in zip(days, offsets, offsets[1:], strict=False) if now != then]


async def book_course(
    year: Year, room: Room, starts_at: datetime, email: str, *, by: By = "client", news: bool = False
) -> Course:
    """A whole course from then on; every session of it comes, unless something else is planned."""
    wanted = booking_in(room.world, starts_at, whole_course=True, email=email).model_copy(
        update={"news": news}
    )
    if by == "clinic":
        fields = wanted.model_dump(include=set(DeskBookingIn.model_fields))
        async with year.database.begin(room.world.scope) as work:
            booked = await book(work, DeskBookingIn.model_validate(fields), by_clinic=True)
    else:
        async with year.database.begin(room.world.scope) as work:
            booked = await book(work, wanted)
    assert booked.course_id is not None
    ids = await booking_ids(year.database, room.world, booked)
    visits = [Visit(i, one.starts_at, one.ends_at) for i, one in zip(ids, booked.sessions, strict=True)]
    course = Course(booked.course_id, room.house, email, await year.clock.now(), by, visits, news)
    year.courses.append(course)
    for visit in visits:
        year.at(visit.ends_at + NOTED, partial(end_visit, year, room, visit))
    return course


async def end_visit(year: Year, room: Room, visit: Visit) -> None:
    """It took place or not; nothing where it was moved or is off, or that was noted."""
    if visit.cancelled_at is not None or visit.id in year.ended or await year.clock.now() < visit.ends_at:
        return
    year.ended.add(visit.id)
    async with year.database.begin(room.world.scope) as work:
        if visit.comes:
            await records.complete_session(work, visit.id, RECORD)
        else:
            await scheduling.mark_no_show(work, visit.id)


async def move(
    year: Year, room: Room, visit: Visit, to: datetime, by: By = "client", *, told: bool = True
) -> None:
    """To another time; `told=False` where it is on its way back, or will be."""
    async with year.database.begin(room.world.scope) as work:
        moved = await scheduling.reschedule(work, visit.id, to, by=by)
        now = work.now
    visit.moves.append(Move(now, by, moved.starts_at, moved.ends_at, told))
    year.at(moved.ends_at + NOTED, partial(end_visit, year, room, visit))


async def cancel(year: Year, room: Room, visit: Visit, by: By = "client") -> None:
    async with year.database.begin(room.world.scope) as work:
        await scheduling.cancel(work, visit.id, by=by)
        visit.cancelled_at, visit.cancelled_by = work.now, by


async def stop(year: Year, room: Room, course: Course) -> None:
    """The clinic stops it, with all that is booked."""
    async with year.database.begin(room.world.scope) as work:
        ahead = {one.id for one in await states.list_cancellable(work, course.id)}
        await states.stop_course(work, course.id, StopIn(reason="reaction", cancel_booked=True))
        course.stopped_at = work.now
    for visit in course.visits:
        if visit.id in ahead:
            visit.cancelled_at, visit.cancelled_by = course.stopped_at, "clinic"


def local(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time there, as UTC."""
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
