"""The choice of a time without a script: five weeks of days at one glance, then the times of the chosen one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.clinics import service as clinics
from services.clinics.hours_schemas import NewException
from services.clinics.schemas import ClinicPatch
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.schemas import NewAbsence
from services.scheduling.availability import list_slots
from services.scheduling.reading import manage_token
from services.scheduling.schemas import SlotQuery
from tests.bench.limits import recorded
from tests.fixtures import MovableClock
from tests.web.booking_forms import form_of, send, sign_in
from tests.web.booking_world import Shop, book_visit, make_shop

ZONE = ZoneInfo("America/Chicago")
A_DAY = timedelta(days=1)


@dataclass
class Cell:
    """A day of the table: its words, where it leads, and whether it is today's or the chosen one."""

    words: str = ""
    href: str | None = None
    is_today: bool = False
    is_chosen: bool = False


@dataclass
class Picker(HTMLParser):
    """The table of days, row by row, and the ways beside it."""

    rows: list[list[Cell]] = field(default_factory=list)
    heads: int = 0
    ways: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag == "th":
            self.heads += given.get("scope") == "col"
        elif tag == "td":
            self._in = True
            self.rows[-1].append(Cell(is_today=given.get("aria-current") == "date"))
        elif tag == "a" and self._in:
            self.rows[-1][-1].href = given["href"]
            self.rows[-1][-1].is_chosen = given.get("aria-current") == "true"
        elif tag == "a" and str(given.get("id")).startswith("times-"):
            self.ways[str(given["id"]).removeprefix("times-")] = str(given["href"])

    def handle_endtag(self, tag: str) -> None:
        self._in = self._in and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._in:
            self.rows[-1][-1].words = " ".join(f"{self.rows[-1][-1].words} {data}".split())

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row]

    @property
    def free(self) -> dict[date, int]:
        """How many times are free, by day, of the days that can be chosen."""
        return {
            day_of(cell.href): int(cell.words.split(": ")[1].split()[0]) for cell in self.cells if cell.href
        }


def day_of(href: str) -> date:
    return date.fromisoformat(parse_qs(urlsplit(href).query)["from"][0])


def picker_of(answer: httpx.Response) -> Picker:
    assert answer.status_code == 200, answer.text
    found = Picker()
    found.feed(answer.text)
    return found


async def pick(http: httpx.AsyncClient, shop: Shop, **query: str) -> Picker:
    return picker_of(await http.get(f"{shop.book_path}/times", params={"area": "face"} | query))


async def times_on(http: httpx.AsyncClient, shop: Shop, day: date) -> list[datetime]:
    """The times of one day that its page offers."""
    page = await http.get(f"{shop.book_path}/times", params={"area": "face", "from": day.isoformat()})
    offered = [datetime.fromisoformat(one) for one in form_of(page, "/hold").choices["starts_at"]]
    return [one for one in offered if one.date() == day]


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await make_shop(database)


@pytest.fixture
async def today(database: Database, shop: Shop) -> date:
    async with database.begin(shop.scope) as work:
        return work.now.astimezone(ZONE).date()


async def test_whole_weeks_of_days_say_how_many_times_are_free_and_which_days_have_none(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    closed, away = today + 4 * A_DAY, today + 5 * A_DAY
    async with database.begin(shop.scope) as work:
        await clinics.add_exception(
            work, shop.world.location_id, NewException(kind="closed", first_on=closed)
        )
        absence = NewAbsence(kind="taken", first_on=away, opens=time(9), closes=time(12))
        await practitioners.add_absence(work, shop.world.practitioner_id, absence)
    shown = await pick(http, shop)
    assert shown.heads == 7
    assert [len(row) for row in shown.rows if row] == [7] * 5
    assert closed not in shown.free
    (plain,) = [cell for cell in shown.cells if f"{closed:%A} {closed.day} {closed:%B}" in cell.words]
    assert plain.words.endswith("nothing free")
    assert 0 < shown.free[away] < shown.free[away + A_DAY]
    for day in (away, away + A_DAY):
        assert shown.free[day] == len(await times_on(http, shop, day))


async def test_today_and_the_chosen_day_are_marked_and_a_link_leads_to_the_days_times(
    http: httpx.AsyncClient, shop: Shop, today: date
) -> None:
    chosen = today + 9 * A_DAY
    page = await http.get(f"{shop.book_path}/times", params={"area": "face", "from": chosen.isoformat()})
    shown = picker_of(page)
    (now,) = [cell for cell in shown.cells if cell.is_today]
    assert ", today:" in now.words
    (marked,) = [cell.href for cell in shown.cells if cell.is_chosen]
    assert marked is not None
    assert day_of(marked) == chosen
    fragment = urlsplit(marked).fragment
    assert page.text.index(f'id="{fragment}"') < page.text.index(f'id="day-{chosen + A_DAY}"')
    assert f'id="day-{chosen - A_DAY}"' not in page.text


async def test_days_inside_the_notice_and_after_the_horizon_cannot_be_chosen(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    async with database.begin(shop.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(notice_minutes=3 * 24 * 60, horizon_days=50))
    shown = await pick(http, shop)
    found = dict(shown.free)
    assert "earlier" not in shown.ways
    while "later" in shown.ways:
        shown = picker_of(await http.get(shown.ways["later"]))
        found |= shown.free
        assert "earlier" in shown.ways
    first, last = min(found), max(found)
    assert first in {today + 3 * A_DAY, today + 4 * A_DAY}
    assert last == today + 50 * A_DAY
    assert sorted(found) == [first + number * A_DAY for number in range((last - first).days + 1)]
    back = picker_of(await http.get(shown.ways["earlier"]))
    assert first in back.free


async def test_a_short_calendar_shows_no_weeks_after_its_end(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    async with database.begin(shop.scope) as work:
        await clinics.update_clinic(work, ClinicPatch(horizon_days=7))
    shown = await pick(http, shop)
    assert sum(bool(row) for row in shown.rows) == 2
    assert max(shown.free) == today + 7 * A_DAY
    assert set(shown.ways) == {"soonest"}


async def test_where_the_clock_changes_no_day_is_lost_or_shown_twice(
    http: httpx.AsyncClient, database: Database, shop: Shop, clock: MovableClock, today: date
) -> None:
    def offset(day: date) -> timedelta | None:
        return datetime.combine(day, time(12), ZONE).utcoffset()

    ahead = (today + number * A_DAY for number in range(10, 400))
    changes = next(day for day in ahead if offset(day) != offset(day - A_DAY))
    await clock.advance(changes - today - 10 * A_DAY)
    shown = await pick(http, shop, **{"from": changes.isoformat()})
    days = [changes + number * A_DAY for number in range(-3, 4)]
    assert set(days) <= set(shown.free)
    assert len(shown.free) == len([cell for cell in shown.cells if cell.href])
    async with database.begin(shop.scope) as work:
        free = await list_slots(
            work, SlotQuery(shop.treatment_id, days[0], days[-1], area="face", each_once=True)
        )
    on = [slot.starts_at.astimezone(ZONE).date() for slot in free]
    assert {day: shown.free[day] for day in days} == {day: on.count(day) for day in days}
    offered = await times_on(http, shop, changes)
    assert (offered[0].time(), offered[0].utcoffset()) == (time(9), offset(changes))


async def test_what_was_chosen_stays_in_every_way_and_in_the_form(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    chosen = {"practitioner_id": str(shop.world.practitioner_id), "whole_course": "true", "area": "neck"}
    page = await http.get(f"{shop.book_path}/times", params=chosen)
    shown = picker_of(page)
    ways = [cell.href for cell in shown.cells if cell.href] + list(shown.ways.values())
    assert {"soonest", "later"} <= set(shown.ways)
    for href in ways:
        query = parse_qs(urlsplit(href).query)
        assert {name: query[name] for name in chosen} == {name: [one] for name, one in chosen.items()}
    assert form_of(page, "/hold").fields | chosen == form_of(page, "/hold").fields
    assert "America/Chicago" in page.text


async def test_one_press_leads_from_anywhere_to_the_first_free_time(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    async with database.begin(shop.scope) as work:
        away = NewAbsence(kind="closed", first_on=today, last_on=today + 39 * A_DAY)
        await practitioners.add_absence(work, shop.world.practitioner_id, away)
    first = today + 40 * A_DAY
    far = await pick(http, shop, **{"from": (today + 80 * A_DAY).isoformat()})
    page = await http.get(far.ways["soonest"])
    assert [day_of(cell.href) for cell in picker_of(page).cells if cell.is_chosen and cell.href] == [first]
    near = await http.get(f"{shop.book_path}/times", params={"area": "face", "from": today.isoformat()})
    assert "Nothing is free in these weeks" in near.text
    assert f"{first.day} {first:%b %Y}, 09:00" in near.text


async def test_a_full_week_gives_way_to_the_next_free_day_among_the_five(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    async with database.begin(shop.scope) as work:
        away = NewAbsence(kind="closed", first_on=today, last_on=today + 13 * A_DAY)
        await practitioners.add_absence(work, shop.world.practitioner_id, away)
    page = await http.get(f"{shop.book_path}/times", params={"area": "face", "from": today.isoformat()})
    first = today + 14 * A_DAY
    assert [day_of(cell.href) for cell in picker_of(page).cells if cell.is_chosen and cell.href] == [first]
    assert f"Next free: {first:%a} {first.day} {first:%b}, 09:00" in page.text


async def test_a_page_of_days_and_times_costs_one_look_at_what_is_taken(
    http: httpx.AsyncClient, database: Database, shop: Shop, today: date
) -> None:
    booking = await book_visit(database, shop)
    await sign_in(http, database, shop.owner_id)
    for path in (
        f"{shop.book_path}/times?area=face",
        f"{shop.book_path}/times?area=face&from={today + 37 * A_DAY}",
        f"/clinic/{shop.slug}/bookings/{booking.reference}/reschedule",
    ):
        await http.get(path)
        with recorded() as asked:
            picker_of(await http.get(path))
        assert sum("schedule_busy" in statement for statement, _ in asked) == 1, path


async def test_moving_shows_the_same_days_and_keeps_the_link_that_opens_the_booking(
    http: httpx.AsyncClient, database: Database, shop: Shop
) -> None:
    booking = await book_visit(database, shop)
    async with database.begin(shop.scope) as work:
        token = manage_token(work, booking.group_id)
    address = f"/bookings/{booking.reference}/reschedule"
    shown = picker_of(await http.get(address, params={"token": token}))
    day = booking.local_starts_at.date()
    (way,) = [cell.href for cell in shown.cells if cell.href and day_of(cell.href) == day]
    assert way is not None
    page = await http.get(way)
    form = form_of(page, "/reschedule")
    # Where the visit is now is in nobody's way, and no other time.
    assert shown.free[day] == len([one for one in form.choices["starts_at"] if one.startswith(str(day))])
    moved = await send(http, form, starts_at=form.choices["starts_at"][-1])
    assert moved.status_code == 303
