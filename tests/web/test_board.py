"""The clinic's board of courses, and check-ins that need an answer, on the pages and in the API."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from services.courses import followups
from services.courses.followup_schemas import CheckInAnswer
from services.kernel.paging import encode_cursor
from services.kernel.vault import destroy_key
from services.kernel.work import Database
from services.scheduling import service as scheduling
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.services.notices.visits import complete, completed_visit, sent, whole_course
from tests.web.booking_forms import form_of, send, sign_in


async def test_the_board_is_filtered_and_says_what_is_empty(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    _, ids = await whole_course(database, world)
    base = f"/clinic/{world.slug}/courses"
    await complete(database, clock, world, ids[0])
    async with database.begin(world.scope) as work:
        await scheduling.cancel(work, ids[1], by="client")
    await clock.advance(timedelta(days=30))
    await sign_in(http, database, world.owner.account_id)
    due = (await http.get(base, params={"show": "due"})).text
    assert "session 2 due now" in due
    assert "Ana Torres" in due
    for show, words in (
        ("overdue", "Nothing is overdue"),
        ("at_risk", "No course is at risk"),
        ("paused", "No course is paused"),
        ("check_ins", "No check-in needs an answer"),
        ("closed", "No finished courses yet"),
    ):
        assert words in (await http.get(base, params={"show": show})).text
    assert "Nobody matches" in (await http.get(base, params={"q": "zoe"})).text
    assert "Ana Torres" in (await http.get(base, params={"q": "ana", "show": "nonsense", "page": "x"})).text
    assert (await http.get(base, params={"state": "closed", "cursor": "x"})).status_code == 422


async def test_a_check_in_is_read_and_dealt_with(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    _, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    await sent(database)
    await clock.advance(timedelta(days=1, minutes=5))
    await sent(database)
    async with database.begin(world.scope) as work:
        (asked,) = await followups.list_check_ins(work, ids[0])
        answer = CheckInAnswer(downtime_days=1, discomfort=4, fever=True, text="Since last night.")
        await followups.answer_check_in(work, asked.id, answer)
    (letter,) = await sent(database, "check_in.red_flag")
    here = f"/clinic/{world.slug}/check-ins/{asked.id}"
    assert here in letter.text
    (waiting,) = (await api.get(f"/manage/{world.slug}/check-ins", headers=world.bearer)).json()["items"]
    assert (waiting["id"], waiting["day"], waiting["red_flag"]) == (str(asked.id), 1, True)
    await sign_in(http, database, world.owner.account_id)
    board = await http.get(f"/clinic/{world.slug}/courses", params={"show": "check_ins"})
    assert f'href="{here}"' in board.text
    assert "answer by" in board.text
    shown = await http.get(here)
    assert "Why it was flagged" in shown.text
    assert "Since last night." in shown.text
    silent = await send(http, form_of(shown, "/handled"))
    assert (silent.status_code, 'href="#note"' in silent.text) == (422, True)
    done = await send(http, form_of(shown, "/handled"), note="Called.")
    assert done.headers["location"] == f"/clinic/{world.slug}/courses?show=check_ins"
    assert "Dealt with" in (await http.get(here)).text
    path = f"/manage/{world.slug}/check-ins/{asked.id}"
    read = (await api.get(path, headers=world.bearer)).json()
    assert (read["note"], read["answer"]["fever"], read["handled_by"]) == ("Called.", True, "Owen Lind")
    assert [one["code"] for one in read["reasons"]] == ["fever"]
    assert read["look_by"] > read["answered_at"]
    assert read["escalated_at"] is None
    again = await api.post(f"{path}/handled", json={"note": "X"}, headers=world.bearer)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "nothing-to-handle")
    other = await live_clinic(database, name="Other Skin")
    foreign = await api.get(f"/manage/{other.slug}/check-ins/{asked.id}", headers=other.bearer)
    assert foreign.status_code == 404


async def test_check_ins_that_wait_are_paged_and_counted_all(
    http: httpx.AsyncClient,
    api: httpx.AsyncClient,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await live_clinic(database)
    booking_id = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        asked = [await followups.ask_check_in(work, booking_id, day) for day in (1, 3, 7)]
        for check_in_id in asked:
            assert check_in_id is not None
            answer = CheckInAnswer(downtime_days=1, discomfort=4, fever=True)
            await followups.answer_check_in(work, check_in_id, answer)
    path, bearer = f"/manage/{world.slug}/check-ins", world.bearer
    first = (await api.get(path, params={"limit": 2}, headers=bearer)).json()
    second = (await api.get(path, params={"limit": 2, "cursor": first["next"]}, headers=bearer)).json()
    assert (len(first["items"]), second["next"]) == (2, None)
    assert {one["id"] for page in (first, second) for one in page["items"]} == {str(one) for one in asked}
    for wrong in ({"limit": 101}, {"cursor": "x"}, {"cursor": encode_cursor("x", "y")}):
        assert (await api.get(path, params=wrong, headers=bearer)).status_code == 422
    monkeypatch.setattr("web.clinic.courses.A_PAGE", 2)
    await sign_in(http, database, world.owner.account_id)
    board = await http.get(f"/clinic/{world.slug}/courses", params={"show": "check_ins"})
    shown, more = _check_ins_of(board), _next_of(board)
    rest = await http.get(more)
    assert (len(shown), shown | _check_ins_of(rest)) == (2, {str(one) for one in asked})
    for tab in ("open", "check_ins"):
        page = (await http.get(f"/clinic/{world.slug}/courses", params={"show": tab})).text
        assert re.search(r"Check-ins\s*<[^>]*>\s*3\s*<", page), tab


def _check_ins_of(page: httpx.Response) -> set[str]:
    return set(re.findall(r"/check-ins/([0-9a-f-]{36})", page.text))


def _next_of(page: httpx.Response) -> str:
    (found,) = re.findall(r'href="([^"]+cursor=[^"]+)"', page.text)
    return unescape(found)


async def test_a_red_flag_that_nobody_can_read_any_more_leaves_the_board_when_it_is_looked_at(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, sessions=2)
    _, ids = await whole_course(database, world)
    await complete(database, clock, world, ids[0])
    await sent(database)
    await clock.advance(timedelta(days=1, minutes=5))
    await sent(database)
    async with database.begin(world.scope) as work:
        (asked,) = await followups.list_check_ins(work, ids[0])
        answer = CheckInAnswer(downtime_days=1, discomfort=4, fever=True)
        await followups.answer_check_in(work, asked.id, answer)
        await destroy_key(work, asked.client_id)
    await sign_in(http, database, world.owner.account_id)
    board = f"/clinic/{world.slug}/courses?show=check_ins"
    here = f"/clinic/{world.slug}/check-ins/{asked.id}"
    assert f'href="{here}"' in (await http.get(board)).text
    looked = await http.get(here)
    assert (looked.status_code, looked.headers["location"]) == (303, board)
    told = await http.get(board)
    assert "This was erased." in told.text
    assert f'href="{here}"' not in told.text
