"""Two steps and a rule per kind: what a crash in the middle of sending does to a message."""

from __future__ import annotations

import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from infra.platform.mail import MailboxOnly, MailRefused, MailUnanswered, SenderRefused
from services.kernel.ids import new_id
from services.kernel.scope import PlatformScope, PublicScope
from services.kernel.tables import table
from services.kernel.work import Database
from services.notices import rules, sending
from services.notices import service as notices
from services.notices.events import QUEUED
from services.notices.models import Notice
from services.notices.schemas import Attachment, Message
from tests.fixtures import MovableClock
from workers.inline import drain

NOTICES = table(Notice)
FROM = "Needlewise <hello@needlewise.test>"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Outbox:
    """A transport that keeps what it gets, and may fail first."""

    refused: type[Exception] = MailRefused
    unanswered: type[Exception] = MailUnanswered

    def __init__(self, *errors: Exception) -> None:
        self.messages: list[EmailMessage] = []
        self._errors = list(errors)

    async def send(self, message: EmailMessage) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.messages.append(message)


def message(kind: str = "booking.confirmed.client", **changes: Any) -> Message:
    values: dict[str, Any] = {
        "kind": kind,
        "subject_id": new_id(),
        "version": 0,
        "recipient": "ana@example.test",
        "title": "Confirmed: your appointment at Müller",
        "text": "Hello",
        "html": "<p>Hello</p>",
        "attachments": (
            Attachment("visit.ics", "text/calendar; method=REQUEST; charset=utf-8", "BEGIN:V\r\n"),
        ),
    }
    return Message(**{**values, **changes})


async def queue(database: Database, one: Message) -> UUID | None:
    async with database.begin(PublicScope()) as work:
        return next(iter(await notices.queue(work, one)), None)


async def rows(database: Database) -> list[Row[Any]]:
    async with database.begin(PlatformScope("a test looks at notices")) as work:
        return await work.rows(select(NOTICES).order_by(NOTICES.c.id))


async def test_a_message_is_said_once_whoever_queues_it(database: Database) -> None:
    one = message()
    assert await queue(database, one) is not None
    assert await queue(database, one) is None
    transport = Outbox()
    await drain(database, transport)
    assert len(transport.messages) == 1


async def test_another_version_is_another_message(database: Database) -> None:
    one = message()
    await queue(database, one)
    await queue(database, message(subject_id=one.subject_id, version=1))
    transport = Outbox()
    await drain(database, transport)
    assert len(transport.messages) == 2


async def test_a_title_that_breaks_goes_out_as_one_line(database: Database) -> None:
    await queue(database, message(title="Confirmed: Aurum\nBcc: x@y.example\u2028 Skin"))
    transport = Outbox()
    await drain(database, transport)
    (mail,) = transport.messages
    assert (mail["Subject"], mail["Bcc"]) == ("Confirmed: Aurum Bcc: x@y.example Skin", None)


async def test_a_kind_without_a_rule_is_refused(database: Database) -> None:
    with pytest.raises(LookupError, match="has no rule"):
        await queue(database, message("no.such.kind"))


async def test_the_mail_is_text_and_html_with_the_calendar(database: Database) -> None:
    notice_id = await queue(database, message())
    assert notice_id is not None
    transport = Outbox()
    await drain(database, transport)
    (sent,) = transport.messages
    read = email.message_from_bytes(sent.as_bytes(), policy=email.policy.default)
    assert read["Message-ID"] == f"<notice-{notice_id.hex}@needlewise.test>"
    assert read["From"] == "Needlewise <hello@needlewise.test>"
    assert read["To"] == "ana@example.test"
    assert read["Subject"] == "Confirmed: your appointment at Müller"
    assert isinstance(read, EmailMessage)
    text, html = read.get_body(("plain",)), read.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "Hello"
    (calendar,) = read.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_filename() == "visit.ics"


async def test_a_failure_is_tried_again_with_the_same_message_id(
    database: Database, clock: MovableClock
) -> None:
    await queue(database, message())
    transport = Outbox(ConnectionError("away"))
    await drain(database, transport, strict=False)
    (row,) = await rows(database)
    assert (row.state, row.attempts, row.error) == ("queued", 1, "ConnectionError")
    await clock.advance(timedelta(seconds=5))
    await drain(database, transport)
    (row,) = await rows(database)
    assert (row.state, row.attempts, row.error) == ("sent", 2, None)
    assert len(transport.messages) == 1


async def test_an_hour_of_wrong_settings_loses_no_message(database: Database, clock: MovableClock) -> None:
    await queue(database, message())
    await drain(database, Outbox(SenderRefused("530 5.7.0 sign in, ana@example.test")), strict=False)
    (row,) = await rows(database)
    assert (row.state, row.attempts, row.error) == ("queued", 1, "SenderRefused")
    await clock.advance(timedelta(hours=1))
    transport = Outbox()
    await drain(database, transport)
    (row,) = await rows(database)
    assert (row.state, len(transport.messages)) == ("sent", 1)


async def test_what_the_other_side_refuses_is_failed_and_not_tried_again(
    database: Database, clock: MovableClock
) -> None:
    await queue(database, message())
    await drain(database, Outbox(MailRefused("550 no such user")))
    (row,) = await rows(database)
    assert (row.state, row.error) == ("failed", "refused: 550")
    await clock.advance(timedelta(days=1))
    transport = Outbox()
    await drain(database, transport)
    assert transport.messages == []


async def _crash_while_sending(database: Database, one: Message) -> UUID:
    """The notice is in flight, and whoever sent it is gone."""
    notice_id = await queue(database, one)
    assert notice_id is not None
    async with database.begin(PublicScope()) as work:
        taking = await sending.open_for_sending(work, [notice_id])
        assert await taking.take(notice_id, FROM) is not None
        await taking.finish()
    return notice_id


class Picky(Outbox):
    """Answers as the recipient's name says."""

    async def send(self, message: EmailMessage) -> None:
        errors = {
            "refused@example.test": MailRefused("550 5.1.1 nobody", dead_address=True),
            "silent@example.test": MailUnanswered("TimeoutError"),
            "later@example.test": ConnectionError("451"),
        }
        if message["To"] in errors:
            raise errors[message["To"]]
        await super().send(message)


async def test_of_several_that_go_together_each_ends_in_its_own_way(database: Database) -> None:
    names = ("ana", "refused", "silent", "later", "ben", "cleo")
    for name in names:
        await queue(database, message(recipient=f"{name}@example.test"))
    outbox = Picky()
    await drain(database, outbox, strict=False)
    assert sorted(one["To"] for one in outbox.messages) == [
        f"{n}@example.test" for n in ("ana", "ben", "cleo")
    ]
    states = {row.recipient.partition("@")[0]: row.state for row in await rows(database)}
    assert states == dict.fromkeys(("ana", "ben", "cleo"), "sent") | {
        "refused": "failed",
        "silent": "inflight",
        "later": "queued",
    }
    tried = {row.recipient.partition("@")[0]: row.attempts for row in await rows(database)}
    assert tried == dict.fromkeys(names, 1)


async def test_a_notice_that_two_deliveries_are_for_goes_once(database: Database) -> None:
    notice_id = await queue(database, message())
    assert notice_id is not None
    async with database.begin(PublicScope()) as work:
        work.announce(
            QUEUED(notice_id=notice_id)
        )  # as a timer does in the morning, beside what is tried again
    outbox = Outbox()
    assert await drain(database, outbox) == 2
    assert len(outbox.messages) == 1


async def test_one_that_cannot_be_looked_at_fails_alone(database: Database) -> None:
    for name in ("ana", "ben", "cleo"):
        await queue(database, message(recipient=f"{name}@example.test"))
    async with database.begin(PlatformScope("a test writes what a newer version knows")) as work:
        await work.execute(
            NOTICES.update().where(NOTICES.c.recipient == "ben@example.test").values(notice_kind="unheard.of")
        )
    outbox = Outbox()
    await drain(database, outbox, strict=False)
    assert sorted(one["To"] for one in outbox.messages) == ["ana@example.test", "cleo@example.test"]
    assert [row.state for row in await rows(database)] == ["sent", "queued", "sent"]


async def test_what_goes_wrong_with_noting_one_keeps_nobody_from_being_noted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_given: object, **_named: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(sending, "note_refused", fail)
    for name in ("ana", "refused", "ben"):
        await queue(database, message(recipient=f"{name}@example.test"))
    outbox = Picky()
    await drain(database, outbox, strict=False)
    assert [row.state for row in await rows(database)] == ["sent", "inflight", "sent"]


async def test_after_a_crash_a_confirmation_is_sent_again_under_its_id(database: Database) -> None:
    notice_id = await _crash_while_sending(database, message())
    transport = Outbox()
    await drain(database, transport)
    assert [one["Message-ID"] for one in transport.messages] == [f"<notice-{notice_id.hex}@needlewise.test>"]


async def test_after_a_crash_a_reminder_is_not_sent_twice(database: Database) -> None:
    await _crash_while_sending(database, message("booking.reminder"))
    transport = Outbox()
    await drain(database, transport)
    (row,) = await rows(database)
    assert (row.state, row.error, transport.messages) == ("failed", rules.NOBODY_KNOWS, [])


async def test_a_message_whose_time_has_passed_is_failed(database: Database, clock: MovableClock) -> None:
    await queue(database, message("booking.reminder"))
    await clock.advance(timedelta(hours=21))
    await drain(database, MailboxOnly())
    (row,) = await rows(database)
    assert (row.state, row.error) == ("failed", rules.TOO_LATE)
