"""The clinic's own bookings by the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx

from services.kernel.work import Database
from tests.factories import add_practitioner, live_clinic
from tests.fixtures import MovableClock
from tests.web.booking_api import book, days, times


async def test_late_changes_are_the_clinics_alone(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    booked = (await book(api, world, items[0]["starts_at"])).json()
    starts = datetime.fromisoformat(items[0]["starts_at"])
    await clock.advance(starts - await clock.now() - timedelta(hours=20))
    headers, path = {"X-Manage-Token": booked["manage_token"]}, f"/bookings/{booked['reference']}"
    refused = await api.post(f"{path}/cancel", headers=headers)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "too-late")
    assert (await api.get(path, headers=headers)).json()["client_may_change"] is False
    desk = f"/manage/{world.slug}/bookings/{booked['reference']}"
    moved = await api.patch(desk, json={"starts_at": items[5]["starts_at"]}, headers=world.bearer)
    assert moved.status_code == 200, moved.text
    assert (await api.delete(desk, headers=world.bearer)).status_code == 204
    assert (await api.get(desk, headers=world.bearer)).json()["cancelled_by"] == "clinic"


async def test_a_visit_arrives_and_is_completed_with_its_record(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    booked = (await book(api, world, items[0]["starts_at"], whole_course=True)).json()
    desk = f"/manage/{world.slug}/bookings/{booked['reference']}"
    record = {
        "areas": ["face"],
        "depth_mm": 1.5,
        "lot": "LOT-2291",
        "topicals": ["hyaluronic acid"],
        "notes": "fine",
    }
    early = await api.post(f"{desk}/complete", json=record, headers=world.bearer)
    assert (early.status_code, early.json()["type"].rpartition("/")[2]) == (409, "not-started")
    await clock.advance(datetime.fromisoformat(items[0]["ends_at"]) - await clock.now())
    assert (await api.post(f"{desk}/arrive", headers=world.bearer)).json()["status"] == "arrived"
    for change, field in (
        ({"depth_mm": 1.3}, "depth_mm"),
        ({"areas": ["moon"]}, "areas.0"),
        ({"lot": " "}, "lot"),
    ):
        bad = await api.post(f"{desk}/complete", json=record | change, headers=world.bearer)
        assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, field)
    done = await api.post(f"{desk}/complete", json=record, headers=world.bearer)
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    courses = (await api.get(f"/manage/{world.slug}/courses", headers=world.bearer)).json()["items"]
    assert (courses[0]["status"], courses[0]["done"]) == ("in_progress", 1)
    assert (await api.post(f"{desk}/no-show", headers=world.bearer)).status_code == 409


async def test_a_no_show_is_marked_after_the_start(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    booked = (await book(api, world, items[0]["starts_at"])).json()
    desk = f"/manage/{world.slug}/bookings/{booked['reference']}"
    assert (await api.post(f"{desk}/no-show", headers=world.bearer)).status_code == 409
    await clock.advance(datetime.fromisoformat(items[0]["ends_at"]) - await clock.now())
    assert (await api.post(f"{desk}/no-show", headers=world.bearer)).json()["status"] == "no_show"
    assert (await api.post(f"{desk}/undo", headers=world.bearer)).json()["status"] == "confirmed"
    assert (await api.post(f"{desk}/undo", headers=world.bearer)).status_code == 409
    for step, status in (("no-show", "no_show"), ("arrive", "arrived")):
        assert (await api.post(f"{desk}/{step}", headers=world.bearer)).json()["status"] == status


async def test_the_desk_books_lists_and_finds_clients(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    await add_practitioner(database, world)
    items = await times(api, clock, world)
    desk = f"/manage/{world.slug}"
    body = {
        "treatment_id": str(world.treatment_id),
        "starts_at": items[0]["starts_at"],
        "client": {"name": "Eva Long", "email": "Eva@Example.test", "phone": "+1 512 555 0199"},
    }
    made = await api.post(f"{desk}/bookings", json=body, headers=world.bearer)
    assert (made.status_code, made.json()["status"]) == (201, "confirmed")
    listed = await api.get(f"{desk}/bookings", params=await days(clock, 7, 7), headers=world.bearer)
    (shown,) = listed.json()["items"]
    assert (shown["reference"], shown["client"]["email"]) == (made.json()["reference"], "eva@example.test")
    assert (await api.get(f"{desk}/bookings/{shown['id']}", headers=world.bearer)).json() == shown
    found = (await api.get(f"{desk}/clients", params={"q": "long"}, headers=world.bearer)).json()["items"]
    assert [one["name"] for one in found] == ["Eva Long"]
    client = (await api.get(f"{desk}/clients/{found[0]['id']}", headers=world.bearer)).json()
    assert [one["reference"] for one in client["bookings"]] == [shown["reference"]]
    assert (await api.get(f"{desk}/clients", params={"q": "nobody"}, headers=world.bearer)).json()[
        "items"
    ] == []


async def test_the_desk_books_in_the_room_it_names(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    desk, at = f"/manage/{world.slug}", (await times(api, clock, world))[0]["starts_at"]
    new = {"location_id": str(world.location_id), "name": "Room 2"}
    room = (await api.post(f"{desk}/rooms", json=new, headers=world.bearer)).json()
    body = {
        "treatment_id": str(world.treatment_id),
        "starts_at": at,
        "client": {"name": "Eva Long", "email": "eva@example.test"},
    }
    for field in ("room_id", "device_id"):
        wrong = body | {field: str(world.location_id)}
        refused = await api.post(f"{desk}/bookings", json=wrong, headers=world.bearer)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    named = body | {"room_id": room["id"], "device_id": str(world.device_id)}
    made = (await api.post(f"{desk}/bookings", json=named, headers=world.bearer)).json()
    shown = await api.get(f"{desk}/bookings/{made['reference']}", headers=world.bearer)
    assert shown.json()["room"]["name"] == "Room 2"


async def test_bookings_are_listed_page_by_page(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database)
    items = await times(api, clock, world)
    made = [(await book(api, world, items[at]["starts_at"])).json()["reference"] for at in (0, 8, 16)]
    query: dict[str, str] = {**(await days(clock, 7, 7)), "limit": "2"}
    path = f"/manage/{world.slug}/bookings"
    first = (await api.get(path, params=query, headers=world.bearer)).json()
    second = (await api.get(path, params=query | {"cursor": first["next"]}, headers=world.bearer)).json()
    assert [one["reference"] for one in first["items"] + second["items"]] == made
    assert second["next"] is None
    bad = await api.get(path, params=query | {"cursor": "x"}, headers=world.bearer)
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "cursor")


async def test_another_clinics_bookings_clients_and_courses_are_not_found(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, other = await live_clinic(database), await live_clinic(database, name="Other Skin")
    booked = (
        await book(api, world, (await times(api, clock, world))[0]["starts_at"], whole_course=True)
    ).json()
    shown = (
        await api.get(f"/manage/{world.slug}/bookings/{booked['reference']}", headers=world.bearer)
    ).json()
    for path in (
        f"/manage/{other.slug}/bookings/{booked['reference']}",
        f"/manage/{other.slug}/bookings/{shown['id']}",
        f"/manage/{other.slug}/clients/{shown['client']['id']}",
        f"/manage/{other.slug}/courses/{booked['course_id']}",
        f"/manage/{world.slug}/bookings/{booked['reference']}",
    ):
        assert (await api.get(path, headers=other.bearer)).status_code == 404, path


async def test_today_is_the_day_at_the_clinic(
    api: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world = await live_clinic(database, time_zone="Pacific/Honolulu")
    last = (await times(api, clock, world))[-1]["starts_at"]  # in the afternoon there, tomorrow in UTC
    booked = (await book(api, world, last)).json()
    await clock.advance(datetime.fromisoformat(last) - await clock.now() - timedelta(minutes=5))
    listed = await api.get(f"/manage/{world.slug}/bookings", headers=world.bearer)
    assert [item["reference"] for item in listed.json()["items"]] == [booked["reference"]]
