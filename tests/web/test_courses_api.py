"""A program pauses, goes on with and stops a course."""

from __future__ import annotations

import httpx

from services.kernel.work import Database
from tests.factories import book_one, live_clinic


async def test_a_program_reads_courses_page_by_page_and_misses_none(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database, sessions=2)
    booked = [
        await book_one(database, world, email=f"{name}@example.test", whole_course=True) for name in "abc"
    ]
    path, bearer = f"/manage/{world.slug}/courses", world.bearer
    first = (await api.get(path, params={"limit": 2}, headers=bearer)).json()
    second = (await api.get(path, params={"limit": 2, "cursor": first["next"]}, headers=bearer)).json()
    assert (len(first["items"]), second["next"]) == (2, None)
    read = [one["id"] for page in (first, second) for one in page["items"]]
    assert read == [str(one.course_id) for one in reversed(booked)]
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}):
        refused = await api.get(path, params=wrong, headers=bearer)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, next(iter(wrong)))


async def test_a_program_pauses_goes_on_with_and_stops_a_course(
    api: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database, sessions=2)
    booked = await book_one(database, world, whole_course=True)
    base, bearer = f"/manage/{world.slug}/courses/{booked.course_id}", world.bearer
    (listed,) = (await api.get(f"/manage/{world.slug}/courses", headers=bearer)).json()["items"]
    assert (listed["state"], listed["status"], listed["protocol_version"]) == ("active", "booked", 1)
    past = await api.post(f"{base}/pause", json={"until": "2020-01-01"}, headers=bearer)
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "until")
    until = booked.sessions[0].starts_at.date().isoformat()
    paused = await api.post(f"{base}/pause", json={"until": until}, headers=bearer)
    assert (paused.status_code, paused.json()["state"], paused.json()["paused_until"]) == (
        200,
        "paused",
        until,
    )
    assert (await api.post(f"{base}/resume", headers=bearer)).json()["state"] == "active"
    again = await api.post(f"{base}/resume", headers=bearer)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "not-paused")
    unsaid = await api.post(f"{base}/stop", json={"reason": "bored"}, headers=bearer)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "reason")
    unsaid = await api.post(f"{base}/stop", json={"reason": "client_wish"}, headers=bearer)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "cancel_booked")
    body = {"reason": "client_wish", "cancel_booked": True}
    stopped = (await api.post(f"{base}/stop", json=body, headers=bearer)).json()
    assert (stopped["state"], stopped["stop_reason"], stopped["status"]) == (
        "stopped",
        "client_wish",
        "cancelled",
    )
    assert {one["status"] for one in stopped["bookings"]} == {"cancelled"}
    assert (await api.post(f"{base}/stop", json=body, headers=bearer)).status_code == 409
