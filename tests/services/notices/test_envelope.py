"""A letter as it goes by mail: what any program reads from its bytes is what was written."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.notices.envelope import letter

FROM = "Clínica & Co <hola@needlewise.test>"
LONG = "palabra " * 60 + "fin"
WORDS = f"Hola, Begoña:\n\n{LONG}\n.\n  = 100 %\n\u2028 y nada más\n"
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:Cita en Müller\r\nEND:VCALENDAR\r\n"


def row(**more: Any) -> Any:
    file = {
        "filename": "visit.ics",
        "content_type": "text/calendar; method=REQUEST; charset=utf-8",
        "content": ICS,
    }
    values = {
        "id": UUID(int=7),
        "created_at": datetime(2026, 11, 27, 12, tzinfo=UTC),
        "recipient": "ana@example.test",
        "title": "Confirmada: tu cita en Müller",
        "text_body": WORDS,
        "html_body": f"<p>{LONG}</p>",
        "attachments": [file],
    }
    return SimpleNamespace(**{**values, **more})


def read(given: Any, **extra: str) -> EmailMessage:
    """As whoever gets it reads it."""
    sent = letter(given, FROM, extra).as_bytes(policy=email.policy.SMTP)
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))  # RFC 5322, 2.1.1
    found = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def body(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_domain_in_other_letters_is_written_as_every_server_takes_it() -> None:
    assert read(row(recipient="ana@müller.test"))["To"] == "ana@xn--mller-kva.test"


def test_words_names_and_the_file_arrive_as_they_were_written() -> None:
    found = read(row())
    assert (found["Subject"], found["To"]) == ("Confirmada: tu cita en Müller", "ana@example.test")
    assert (found["From"], found["Message-ID"]) == (FROM, f"<notice-{UUID(int=7).hex}@needlewise.test>")
    assert (found["Date"].datetime, found["Auto-Submitted"]) == (row().created_at, "auto-generated")
    assert (body(found, "plain"), body(found, "html").strip()) == (WORDS, f"<p>{LONG}</p>")
    (file,) = found.iter_attachments()
    assert (file.get_content_type(), file.get_param("method"), file.get_filename()) == (
        *("text/calendar", "REQUEST", "visit.ics"),
    )
    assert file.get_content() == ICS


def test_a_letter_without_a_file_is_its_two_bodies() -> None:
    found = read(row(attachments=[]))
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]


def test_a_letter_has_headers_of_its_own_and_leaves_the_next_as_it_is() -> None:
    assert (
        read(row(), **{"List-Unsubscribe": "<https://x.test/u>"})["List-Unsubscribe"] == "<https://x.test/u>"
    )
    later = read(row(title="Otra"))
    assert (later["List-Unsubscribe"], later["Subject"]) == (None, "Otra")


@pytest.mark.parametrize("name", ["title", "recipient"])
def test_no_line_break_gets_into_a_header(name: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        letter(row(**{name: "a@example.test\r\nBcc: b@example.test"}), FROM, {})


def test_a_name_of_a_file_stays_a_name() -> None:
    odd = {"filename": 'a"; x="b.ics', "content_type": "text/calendar", "content": ICS}
    (file,) = read(row(attachments=[odd])).iter_attachments()
    assert (file.get_filename(), file.get_content_disposition()) == ('a"; x="b.ics', "attachment")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="image"):
        letter(row(attachments=[{"filename": "a.png", "content_type": "image/png", "content": ""}]), FROM, {})
