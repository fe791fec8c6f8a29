"""The API of free times and bookings, as its contract says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.platform.mail import MailboxOnly
from services.kernel.work import Database
from services.treatments.models import BookingMode
from tests.factories import booking_body, live_clinic, person
from tests.fixtures import MovableClock
from tests.web.booking_api import book, days, key, times
from workers.inline import drain


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-12:00", "1999-12-31T10:00:00Z", "0001-01-01T00:00:00+12:00"]
)
async def test_a_time_at_the_end_of_days_is_a_field_error(
    api: httpx.AsyncClient, database: Database, at: str
) -> None:
    world = await live_clinic(database)
    body = booking_body(world, datetime.now(UTC)) | {"starts_at": at}
    answer = await api.post("/bookings", json=body, headers=key())
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["starts_at"]


async def test_slots_are_in_order_and_in_the_locations_offset(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    assert [item["starts_at"] for item in items] == sorted(item["starts_at"] for item in items)
    assert set(items[0]) == {"starts_at", "ends_at", "practitioner_id", "location_id"}
    first = datetime.fromisoformat(items[0]["starts_at"])
    assert (first.hour, first.minute) == (9, 0)
    assert first.utcoffset() in {timedelta(hours=-5), timedelta(hours=-6)}
    assert datetime.fromisoformat(items[0]["ends_at"]) - first == timedelta(hours=1)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"from": "2026-11-30", "to": "2026-11-29"}, 422, "to"),
        ({"from": "2026-11-01", "to": "2026-12-03"}, 422, "to"),
        ({"from": "soon", "to": "2026-12-03"}, 422, "from"),
        ({"from": "2026-11-30"}, 422, "to"),
        ({"from": "2026-11-30", "to": "2026-11-30", "area": "moon"}, 422, "area"),
        ({"from": "2026-11-30", "to": "2026-11-30", "location_id": "here"}, 422, "location_id"),
        ({"from": "2026-11-30", "to": "2026-11-30", "location_id": str(uuid4())}, 404, None),
        ({"from": "2026-11-30", "to": "2026-11-30", "practitioner_id": str(uuid4())}, 404, None),
    ],
)
async def test_slots_refuse_what_makes_no_sense(
    api: httpx.AsyncClient, database: Database, query: dict[str, str], status: int, field: str | None
) -> None:
    world = await live_clinic(database)
    answer = await api.get(f"/clinics/{world.slug}/treatments/{world.treatment_id}/slots", params=query)
    assert answer.status_code == status, answer.text
    if field:
        assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_slots_of_an_unknown_clinic_or_treatment_are_not_found(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, query = await live_clinic(database), await days(clock, 1, 2)
    for path in (
        f"/clinics/nobody/treatments/{world.treatment_id}",
        f"/clinics/{world.slug}/treatments/{uuid4()}",
    ):
        assert (await api.get(f"{path}/slots", params=query)).status_code == 404
        assert (await api.get(f"{path}/screening")).status_code == 404


async def test_a_visit_is_booked_read_moved_and_cancelled_by_its_token(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    made = await book(api, world, items[0]["starts_at"])
    assert made.status_code == 201, made.text
    booked = made.json()
    assert booked["status"] == "confirmed"
    assert booked["course_id"] is None
    assert booked["sessions"] == [
        {
            "reference": booked["reference"],
            "starts_at": items[0]["starts_at"],
            "ends_at": items[0]["ends_at"],
            "departs": [],
        }
    ]
    by_token = {"X-Manage-Token": booked["manage_token"]}
    path = f"/bookings/{booked['reference']}"
    shown = (await api.get(path, headers=by_token)).json()
    assert (shown["status"], shown["starts_at"]) == ("confirmed", items[0]["starts_at"])
    assert shown["price"] == {"amount": 20000, "currency": "USD"}
    moved = await api.post(f"{path}/reschedule", json={"starts_at": items[-1]["starts_at"]}, headers=by_token)
    assert moved.status_code == 200, moved.text
    assert moved.json()["starts_at"] == items[-1]["starts_at"]
    cancelled = await api.post(f"{path}/cancel", json={"reason": "ill"}, headers=by_token)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = await api.post(f"{path}/cancel", headers=by_token)
    assert again.status_code == 409
    assert again.json()["type"].endswith("/wrong-state")


async def test_a_booking_is_hidden_without_its_token(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    first, second = [(await book(api, world, item["starts_at"])).json() for item in (items[0], items[-1])]
    for headers in ({}, {"X-Manage-Token": "x"}, {"X-Manage-Token": second["manage_token"]}):
        answer = await api.get(f"/bookings/{first['reference']}", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)
    answer = await api.get("/bookings/AAAAAAAAAA", headers={"X-Manage-Token": first["manage_token"]})
    assert answer.status_code == 404


async def test_the_account_that_booked_needs_no_token(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    _, token = await person(database)
    _, other = await person(database)
    mine, theirs = ({"Authorization": f"Bearer {one}"} for one in (token, other))
    booked = (await book(api, world, (await times(api, clock, world))[0]["starts_at"], mine)).json()
    assert (await api.get(f"/bookings/{booked['reference']}", headers=mine)).status_code == 200
    assert (await api.get(f"/bookings/{booked['reference']}", headers=theirs)).status_code == 404


async def test_a_guests_booking_opens_with_the_token_of_the_account_that_proves_the_address(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    starts_at = (await times(api, clock, world))[0]["starts_at"]
    reference = (await book(api, world, starts_at, email="ana@example.test")).json()["reference"]
    mine, theirs = [
        {"Authorization": f"Bearer {(await person(database, email=email))[1]}"}
        for email in ("ANA@example.test", "eva@example.test")
    ]
    await drain(database, MailboxOnly())
    assert (await api.get(f"/bookings/{reference}", headers=theirs)).status_code == 404
    assert (await api.get(f"/bookings/{reference}", headers=mine)).json()["status"] == "confirmed"
    cancelled = await api.post(f"/bookings/{reference}/cancel", headers=mine)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


async def test_a_taken_time_is_refused_with_the_nearest_free_ones(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    await book(api, world, items[10]["starts_at"])
    answer = await book(api, world, items[10]["starts_at"], email="eva@example.test")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].endswith("/slot-taken")
    free = [item["starts_at"] for item in await times(api, clock, world)]
    assert len(body["alternatives"]) == 5
    assert {one["starts_at"] for one in body["alternatives"]} <= set(free)
    assert set(body["alternatives"][0]) == {"starts_at", "ends_at", "practitioner_id", "location_id"}


async def test_one_key_books_once_and_gives_the_same_answer(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    body = booking_body(world, datetime.fromisoformat(items[0]["starts_at"]))
    headers = key()
    first = await api.post("/bookings", json=body, headers=headers)
    second = await api.post("/bookings", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = await api.post("/bookings", json=body | {"whole_course": True}, headers=headers)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    assert (await api.post("/bookings", json=body)).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": "2026-12-01T10:00:00"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"client": {"name": "", "email": "ana@example.test"}}, "client.name"),
        ({"client": {"name": "Ana", "email": "nobody"}}, "client.email"),
        ({"consent": {"version": "1900-01", "signed_name": "Ana"}}, "consent.version"),
        ({"consent": {"version": "2026-11", "signed_name": " "}}, "consent.signed_name"),
        ({"area": "moon"}, "area"),
        ({"whole_course": "yes"}, "whole_course"),
        ({"whole_course": True, "preferences": {"weekdays": []}}, "preferences.weekdays"),
        ({"whole_course": True, "preferences": {"weekdays": [7]}}, "preferences.weekdays.0"),
        (
            {"whole_course": True, "preferences": {"from_time": "12:00", "until_time": "11:00"}},
            "preferences.until_time",
        ),
        ({"preferences": {"weekdays": [0]}}, "preferences"),
        ({"treatment_id": "x"}, "treatment_id"),
    ],
)
async def test_bad_fields_are_named(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, change: dict[str, Any], field: str
) -> None:
    world = await live_clinic(database)
    body = booking_body(world, datetime.fromisoformat((await times(api, clock, world))[0]["starts_at"]))
    answer = await api.post("/bookings", json=body | change, headers=key())
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_an_unanswered_and_an_unknown_question_are_named(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    body = booking_body(world, datetime.fromisoformat((await times(api, clock, world))[0]["starts_at"]))
    del body["screening"]["answers"]["isotretinoin"]
    body["screening"]["answers"]["favourite_colour"] = True
    answer = await api.post("/bookings", json=body, headers=key())
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("screening.answers.isotretinoin", "missing"),
        ("screening.answers.favourite_colour", "unknown-code"),
    ]


@pytest.mark.parametrize(
    "moved", [timedelta(days=-30), timedelta(minutes=5), timedelta(hours=12), timedelta(days=200)]
)
async def test_times_that_are_not_offered_are_bad_fields(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, moved: timedelta
) -> None:
    world = await live_clinic(database)
    free = datetime.fromisoformat((await times(api, clock, world))[0]["starts_at"])
    answer = await book(api, world, (free + moved).isoformat())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "starts_at")


async def test_not_now_keeps_nothing(
    api: httpx.AsyncClient, database: Database, clock: MovableClock, superuser: AsyncEngine
) -> None:
    world = await live_clinic(database)
    starts_at = (await times(api, clock, world))[0]["starts_at"]
    answer = await book(api, world, starts_at, yes=("sunburn",))
    assert answer.status_code == 403
    body = answer.json()
    assert body["type"].endswith("/screening-not-now")
    assert datetime.fromisoformat(body["ask_again_on"]).date() >= (await clock.now()).date() + timedelta(
        days=13
    )
    answer = await book(api, world, starts_at, yes=("sunburn", "pregnant_or_nursing"))
    assert answer.status_code == 403
    assert "ask_again_on" not in answer.json()
    async with superuser.connect() as connection:
        for name in ("client", "screening_answer", "consent", "booking", "person_key"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0


async def test_ask_the_clinician_holds_the_time_until_the_clinic_answers(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    asked = [
        (
            await book(api, world, items[at]["starts_at"], yes=("isotretinoin",), email=f"c{at}@example.test")
        ).json()
        for at in (0, 20)
    ]
    assert [one["status"] for one in asked] == ["requested", "requested"]
    assert items[0]["starts_at"] not in [item["starts_at"] for item in await times(api, clock, world)]
    desk = f"/manage/{world.slug}/bookings"
    accepted = await api.post(f"{desk}/{asked[0]['reference']}/accept", headers=world.bearer)
    assert (accepted.status_code, accepted.json()["status"]) == (200, "confirmed")
    declined = await api.post(f"{desk}/{asked[1]['reference']}/decline", headers=world.bearer)
    assert declined.json()["status"] == "declined"
    assert items[20]["starts_at"] in [item["starts_at"] for item in await times(api, clock, world)]
    assert (await api.post(f"{desk}/{asked[0]['reference']}/accept", headers=world.bearer)).status_code == 409


async def test_a_treatment_on_request_is_requested(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, booking_mode=BookingMode.REQUEST)
    booked = await book(api, world, (await times(api, clock, world))[0]["starts_at"])
    assert booked.json()["status"] == "requested"


async def test_a_whole_course_is_booked_at_once_under_one_token(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, course_price=70001)
    starts_at = (await times(api, clock, world))[4]["starts_at"]
    booked = (await book(api, world, starts_at, whole_course=True)).json()
    assert len(booked["sessions"]) == 4
    starts = [datetime.fromisoformat(one["starts_at"]) for one in booked["sessions"]]
    assert [(b.date() - a.date()).days for a, b in pairwise(starts)] == [28, 28, 28]
    assert {one.time() for one in starts} == {starts[0].time()}
    headers = {"X-Manage-Token": booked["manage_token"]}
    prices = []
    for session in booked["sessions"]:
        shown = (await api.get(f"/bookings/{session['reference']}", headers=headers)).json()
        assert shown["course_id"] == booked["course_id"]
        prices.append(shown["price"]["amount"])
    assert sum(prices) == 70001
    third = booked["sessions"][2]["reference"]
    outside = await api.post(
        f"/bookings/{third}/reschedule",
        json={"starts_at": (starts[2] - timedelta(days=1)).isoformat()},
        headers=headers,
    )
    assert (outside.status_code, outside.json()["type"].rpartition("/")[2]) == (409, "outside-course-window")
    courses = (await api.get(f"/manage/{world.slug}/courses", headers=world.bearer)).json()["items"]
    assert [(one["id"], one["status"], one["sessions"], one["done"]) for one in courses] == [
        (booked["course_id"], "booked", 4, 0)
    ]
    detail = await api.get(f"/manage/{world.slug}/courses/{booked['course_id']}", headers=world.bearer)
    assert len(detail.json()["bookings"]) == 4


async def test_wishes_for_the_later_sessions_are_kept_and_what_departs_is_said(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    wishes = {"weekdays": [2], "from_time": "13:00", "until_time": "14:00", "same_practitioner": False}
    body = booking_body(world, datetime.fromisoformat(items[0]["starts_at"]), whole_course=True)
    headers = key()
    answer = await api.post("/bookings", json=body | {"preferences": wishes}, headers=headers)
    assert answer.status_code == 201, answer.text
    later = answer.json()["sessions"][1:]
    starts = [datetime.fromisoformat(one["starts_at"]) for one in later]
    assert [(one.weekday(), one.hour, one.minute) for one in starts] == [(2, 13, 0)] * 3
    assert [one["departs"] for one in later] == [[], [], []]
    again = await api.post("/bookings", json=body | {"preferences": wishes}, headers=headers)
    assert again.json() == answer.json()
    other = await api.post(
        "/bookings", json=body | {"preferences": wishes | {"weekdays": [3]}}, headers=headers
    )
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    late = booking_body(world, datetime.fromisoformat(items[-1]["starts_at"]), whole_course=True)
    departing = await api.post(
        "/bookings", json=late | {"preferences": {"from_time": "21:00"}}, headers=key()
    )
    assert [one["departs"] for one in departing.json()["sessions"]] == [[], *[["time_of_day"]] * 3]


async def test_a_course_is_planned_first_and_booked_as_it_was_planned(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    path = f"/clinics/{world.slug}/treatments/{world.treatment_id}/plan"
    asked = {"starts_at": items[0]["starts_at"], "preferences": {"weekdays": [4], "until_time": "08:00"}}
    planned = (await api.post(path, json=asked)).json()
    assert set(planned["sessions"][0]) == {"starts_at", "ends_at", "practitioner_id", "departs"}
    assert [one["departs"] for one in planned["sessions"]] == [[], *[["time_of_day"]] * 3]
    other = await book(api, world, planned["sessions"][1]["starts_at"])
    assert other.status_code == 201, other.text
    body = booking_body(world, datetime.fromisoformat(asked["starts_at"]), whole_course=True)
    body["preferences"] = asked["preferences"]
    gone = await api.post("/bookings", json=body | {"plan": planned["plan"]}, headers=key())
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (409, "plan-changed")
    again = (await api.post(path, json=asked)).json()
    booked = await api.post("/bookings", json=body | {"plan": again["plan"]}, headers=key())
    assert booked.status_code == 201, booked.text
    for session, plan in zip(booked.json()["sessions"], again["sessions"], strict=True):
        assert {**session, "reference": None} == {
            "reference": None,
            **{name: plan[name] for name in ("starts_at", "ends_at", "departs")},
        }


async def test_a_plan_of_nonsense_is_refused_at_its_field(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    starts_at = (await times(api, clock, world))[0]["starts_at"]
    path = f"/clinics/{world.slug}/treatments/{world.treatment_id}/plan"
    for change, field in (
        ({"preferences": {"from_time": "12:00", "until_time": "11:00"}}, "preferences.until_time"),
        ({"preferences": {"weekdays": []}}, "preferences.weekdays"),
        ({"starts_at": starts_at.replace(":00:00-", ":01:00-")}, "starts_at"),
    ):
        answer = await api.post(path, json={"starts_at": starts_at} | change)
        assert answer.status_code == 422, answer.text
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def decoded(event: Any, name: str) -> str:
    return str(event.decoded(name).isoformat())


async def test_the_calendar_file_is_published_then_cancelled(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    booked = (
        await book(api, world, (await times(api, clock, world))[0]["starts_at"], whole_course=True)
    ).json()
    path, token = f"/bookings/{booked['reference']}", booked["manage_token"]
    answer = await api.get(f"{path}/calendar.ics", params={"token": token})
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar: Any = Calendar.from_ical(answer.text)
    events = list(calendar.walk("VEVENT"))
    assert (str(calendar["METHOD"]), len(events)) == ("PUBLISH", 4)
    first: Any = next(one for one in events if decoded(one, "DTSTART") == booked["sessions"][0]["starts_at"])
    await api.post(f"{path}/cancel", headers={"X-Manage-Token": token})
    answer = await api.get(f"{path}/calendar.ics", params={"token": token})
    calendar = Calendar.from_ical(answer.text)
    gone: Any = calendar.walk("VEVENT")[0]
    assert len(calendar.walk("VEVENT")) == 1
    assert str(calendar["METHOD"]) == "CANCEL"
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (
        first["UID"],
        first["SEQUENCE"] + 1,
        "CANCELLED",
    )
    assert (await api.get(f"{path}/calendar.ics", params={"token": "x"})).status_code == 404
