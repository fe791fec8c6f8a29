"""What cannot be read of a request is named field by field; an address that cannot be is simply not there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.kernel.work import Database
from tests.factories import booking_body, live_clinic
from tests.services.moderation.drafts import moderator

DAY = "from=2026-11-30&to=2026-11-30"
SLOTS = "/clinics/{slug}/treatments/{treatment}/slots"
DESK = "/manage/{slug}/bookings"


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        (SLOTS, "to=2026-11-30", ("from", "missing", "Fill this in.")),
        (
            SLOTS,
            "from=30.11.2026&to=2026-11-30",
            ("from", "wrong-type", "This must be a date, such as 2026-11-30."),
        ),
        (SLOTS, f"{DAY}&practitioner_id=nina", ("practitioner_id", "wrong-type", "This is not an id.")),
        (DESK, f"{DAY}&limit=0", ("limit", "out-of-range", "This must be at least 1.")),
        (DESK, f"{DAY}&limit=101", ("limit", "out-of-range", "This must be at most 100.")),
        (DESK, f"{DAY}&limit=all", ("limit", "wrong-type", "This must be a whole number.")),
        ("/search", "lat=north", ("lat", "wrong-type", "This must be a number.")),
        (
            "/admin/cases",
            "state=asleep",
            ("state", "unknown-code", "This is none of the values that are known here."),
        ),
        ("/manage/{slug}/clients", "q=" + "a" * 201, ("q", "too-long", "Use at most 200 characters.")),
    ],
)
async def test_a_query_that_cannot_be_read_names_its_field(
    api: httpx.AsyncClient, database: Database, path: str, query: str, error: tuple[str, str, str]
) -> None:
    world = await live_clinic(database)
    address = path.format(slug=world.slug, treatment=world.treatment_id)
    answer = await api.get(f"{address}?{query}", headers=world.bearer)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"].endswith("/invalid-fields")
    found = [(one["field"], one["code"], one["message"]) for one in answer.json()["errors"]]
    assert found == [error]


async def test_every_bad_part_of_a_query_is_named_at_once(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    query = {"from": "soon", "to": "later", "limit": "0"}
    answer = await api.get(f"/manage/{world.slug}/bookings", params=query, headers=world.bearer)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["from", "to", "limit"]


async def test_a_bad_id_in_the_address_is_not_found(api: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    for path in (
        f"/clinics/{world.slug}/treatments/first/slots?{DAY}",
        f"/manage/{world.slug}/rooms/7",
        f"/manage/{world.slug}/practitioners/nina/credentials",
    ):
        answer = await api.get(path, headers=world.bearer)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "not-found"), path


async def test_signs_that_no_column_takes_are_refused_wherever_they_stand(
    api: httpx.AsyncClient, http: httpx.AsyncClient, database: Database
) -> None:
    world, someone = await live_clinic(database), await moderator(database)
    answer = await api.get("/admin/audit?actor=a%00b&subject=%07&to=9999-12-31", headers=someone.bearer)
    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json()["errors"]) == ["actor", "subject"]
    last = await api.get("/admin/audit?to=9999-12-31&from=0001-01-01", headers=someone.bearer)
    assert last.status_code == 200
    assert (await api.get(f"/manage/{world.slug}/clients?q=%00", headers=world.bearer)).status_code == 422
    assert (await api.get("/clinics/a%00b")).status_code == 404
    assert (await http.get("/c/a%00b")).status_code == 404
    assert (await http.get("/search?place=a%00b")).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "fields"),
    [
        ("POST", "/bookings", {"client": {"name": "A\x00b", "email": "a@example.test"}}, {"client.name"}),
        ("POST", "/bookings", {"screening": {"version": "1\x00", "answers": {}}}, {"screening.version"}),
        ("PUT", "/manage/{slug}/letter-words", {"signature": "Bye\x07"}, {"signature"}),
        (
            "PUT",
            "/manage/{slug}/letter-words",
            {"paragraphs": {"aftercare": "\x00 a", "booking.reminder": "b" * 601}},
            {"paragraphs.aftercare", "paragraphs.booking.reminder"},
        ),
        (
            "PUT",
            "/manage/{slug}/letter-words",
            {"paragraphs": {"booking.reminder": "See elsewhere.com"}},
            {"paragraphs.booking.reminder"},
        ),
        ("POST", "/manage/clinics", {"name": "Aurum\nBcc: x@y.example"}, {"name"}),
    ],
)
async def test_a_body_is_refused_at_the_text_that_no_column_or_letter_takes(
    api: httpx.AsyncClient, database: Database, method: str, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    world = await live_clinic(database)
    whole = {"/bookings": booking_body(world, datetime(2027, 1, 4, 16, tzinfo=UTC))}
    whole["/manage/clinics"] = {"name": "Aurum", "country": "ES", "currency": "EUR"}
    answer = await api.request(
        method,
        path.format(slug=world.slug),
        json=whole.get(path, {}) | body,
        headers={**world.bearer, "Idempotency-Key": "k"},
    )
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == fields
