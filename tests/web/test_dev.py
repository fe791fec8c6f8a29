"""The mailbox of what was sent, and the clock of all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.platform.mail import MailboxOnly
from services.kernel.ids import new_id
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.schemas import Attachment, Message
from tests.fixtures import MovableClock
from workers.inline import drain


def message(to: str, title: str) -> Message:
    calendar = Attachment("visit.ics", "text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR\r\n")
    return Message(
        "booking.reminder", new_id(), 0, to, title, f"About {title}", f"<p>{title}</p>", (calendar,)
    )


async def _send(database: Database, *messages: Message) -> None:
    for one in messages:
        async with database.begin(PublicScope()) as work:
            await notices.queue(work, one)
        await drain(database, MailboxOnly())


async def test_the_mailbox_lists_what_was_sent_newest_first(
    http: httpx.AsyncClient, database: Database
) -> None:
    await _send(database, message("ana@example.test", "One"), message("ben@example.test", "Two"))
    async with database.begin(PublicScope()) as work:
        await notices.queue(work, message("ana@example.test", "Not sent yet"))
    found = (await http.get("/dev/mailbox.json")).json()["items"]
    assert [(one["to"], one["subject"]) for one in found] == [
        ("ben@example.test", "Two"),
        ("ana@example.test", "One"),
    ]
    assert set(found[0]) == {
        "to",
        "subject",
        "kind",
        "channel",
        "language",
        "sent_at",
        "text",
        "html",
        "attachments",
    }
    assert found[0]["kind"] == "booking.reminder"
    assert datetime.fromisoformat(found[0]["sent_at"]).tzinfo is not None
    assert found[0]["attachments"] == [
        {
            "filename": "visit.ics",
            "content_type": "text/calendar; method=REQUEST; charset=utf-8",
            "content": "BEGIN:VCALENDAR\r\n",
        }
    ]


async def test_the_mailbox_can_be_read_for_one_address(http: httpx.AsyncClient, database: Database) -> None:
    await _send(database, message("ana@example.test", "One"), message("ben@example.test", "Two"))
    found = (await http.get("/dev/mailbox.json", params={"to": "Ana@example.test"})).json()["items"]
    assert [one["subject"] for one in found] == ["One"]
    page = await http.get("/dev/mailbox", params={"to": "ben@example.test"})
    assert page.status_code == 200
    assert "About Two" in page.text
    assert "About One" not in page.text


async def test_an_empty_mailbox_says_what_will_appear(http: httpx.AsyncClient) -> None:
    assert "Nothing was sent yet" in (await http.get("/dev/mailbox")).text


async def test_the_clock_is_advanced_for_all(http: httpx.AsyncClient, clock: MovableClock) -> None:
    before = await clock.now()
    answer = await http.post("/dev/clock", json={"advance_seconds": 3600})
    assert answer.status_code == 200
    after = await clock.now()
    assert timedelta(hours=1) <= after - before < timedelta(hours=1, minutes=1)
    assert abs(datetime.fromisoformat(answer.json()["now"]) - after) < timedelta(minutes=1)


async def test_the_clock_is_set_to_a_moment_or_just_after(
    http: httpx.AsyncClient, clock: MovableClock
) -> None:
    wanted = (await clock.now() + timedelta(days=40)).replace(microsecond=0)
    assert (await http.post("/dev/clock", json={"now": wanted.isoformat()})).status_code == 200
    assert wanted <= await clock.now() < wanted + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"advance_seconds": -1}, "advance_seconds", "backwards"),
        ({"now": datetime(2020, 1, 1, tzinfo=UTC).isoformat()}, "now", "backwards"),
        ({"advance_seconds": 10**12}, "advance_seconds", "too-far"),
        ({"now": "2030-01-01T00:00:00"}, "now", "wrong-type"),
        ({}, "", "invalid"),
        ({"advance_seconds": 1, "now": "2030-01-01T00:00:00Z"}, "", "invalid"),
        ({"advance": 1}, "advance", "unknown-field"),
    ],
)
async def test_the_clock_goes_forward_only_and_says_why_not(
    http: httpx.AsyncClient, body: dict[str, object], field: str, code: str
) -> None:
    answer = await http.post("/dev/clock", json=body)
    assert answer.status_code == 422
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]


async def test_the_clock_refuses_what_is_not_json(http: httpx.AsyncClient) -> None:
    answer = await http.post("/dev/clock", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_the_clock_page_moves_it_without_a_script(http: httpx.AsyncClient, clock: MovableClock) -> None:
    before = await clock.now()
    answer = await http.post("/dev/clock", data={"advance_seconds": "86400"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/dev/clock")
    assert await clock.now() - before >= timedelta(days=1)
    wrong = await http.post("/dev/clock", data={"now": "2020-01-01T09:00"})
    assert wrong.status_code == 422
    assert "The clock only goes forward." in wrong.text
    assert "2020-01-01T09:00" in wrong.text
    assert (await http.get("/dev/clock")).status_code == 200


async def test_the_components_are_shown(http: httpx.AsyncClient) -> None:
    assert (await http.get("/dev/components")).status_code == 200
