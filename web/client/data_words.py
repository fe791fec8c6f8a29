"""What is held of a person, in words: the headings of tables, the labels of columns, and values as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.kernel.language import N_, money_words
from services.privacy.declaration import PERSONAL
from services.screening.wording import question_words
from web.audit_words import deed
from web.filters import day, language, moment
from web.locale import gettext

# What a person reads of each row; ids and workings are in the file alone. In the order in which they are shown.
LABELS: dict[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail address"),
    "new_email": N_("New address that waits for its proof"),
    "phone": N_("Phone"),
    "language": N_("Language"),
    "recipient": N_("Sent to"),
    "title": N_("Title"),
    "author": N_("Shown name"),
    "starts_at": N_("Begins"),
    "ends_at": N_("Ends"),
    "treatment": N_("Treatment"),
    "area": N_("Area"),
    "areas": N_("Areas"),
    "practitioner": N_("With"),
    "location": N_("Where"),
    "price": N_("Price"),
    "status": N_("State"),
    "state": N_("State"),
    "request_kind": N_("Asked for"),
    "reference": N_("Reference"),
    "texts_to": N_("Reminders as text messages to"),
    "sessions": N_("Sessions"),
    "purpose": N_("Purpose"),
    "decision": N_("Decision"),
    "text_version": N_("Version of the words"),
    "text": N_("Words"),
    "signed_name": N_("Signed with the name"),
    "question_set": N_("Version of the questions"),
    "answers": N_("Answers"),
    "outcome": N_("Outcome"),
    "depth_mm": N_("Depth in mm"),
    "depth_reason": N_("Why so deep"),
    "lot": N_("Cartridge lot"),
    "topicals": N_("On the skin"),
    "notes": N_("Notes"),
    "day": N_("Days after the session"),
    "downtime_days": N_("Days of downtime"),
    "discomfort": N_("Discomfort, of 10"),
    "red_flag": N_("Sign of a complication"),
    "result": N_("Result, of 5"),
    "comfort": N_("Comfort, of 5"),
    "cleanliness": N_("Cleanliness, of 5"),
    "explanation": N_("Explanation, of 5"),
    "value": N_("Value, of 5"),
    "concern": N_("Concern"),
    "stage": N_("Stage"),
    "body": N_("Words"),
    "text_body": N_("Words"),
    "reply": N_("Reply of the clinic"),
    "side": N_("Written by"),
    "written_by": N_("Written by"),
    "cancel_reason": N_("Reason for cancelling"),
    "detail": N_("Detail"),
    "message": N_("Answer of the moderators"),
    "role": N_("Role"),
    "bio": N_("About you"),
    "note": N_("Note"),
    "credential_kind": N_("Credential"),
    "number": N_("Number"),
    "issuer": N_("Issued by"),
    "jurisdiction": N_("Where it holds"),
    "issued_on": N_("Issued on"),
    "expires_on": N_("Valid until"),
    "filename": N_("File"),
    "alt": N_("What the picture shows"),
    "weekday": N_("Weekday, 0 is Monday"),
    "opens": N_("From"),
    "closes": N_("Until"),
    "first_on": N_("First day"),
    "last_on": N_("Last day"),
    "user_agent": N_("Browser"),
    "first_address": N_("First internet address"),
    "last_address": N_("Last internet address"),
    "action": N_("What was done"),
    "at": N_("When"),
    "created_at": N_("Made"),
    "asked_at": N_("Asked"),
    "answered_at": N_("Answered"),
    "signed_at": N_("Signed"),
    "written_at": N_("Written"),
    "recorded_at": N_("Recorded"),
    "sent_at": N_("Sent"),
    "invited_at": N_("Invited"),
    "email_verified_at": N_("Address proved"),
    "last_seen_at": N_("Last used"),
    "used_at": N_("Used"),
    "done_at": N_("Done"),
}
HEADINGS: dict[str, str] = {
    "account": N_("Account"),
    "sign_in": N_("Signed-in devices"),
    "recovery_code": N_("Recovery codes"),
    "privacy_request": N_("Requests about your data"),
    "client": N_("Client record"),
    "client_note": N_("Notes of the clinic"),
    "screening_answer": N_("Answers to the health questions"),
    "consent": N_("Consents"),
    "booking": N_("Bookings"),
    "course": N_("Courses"),
    "session_record": N_("Records of sessions"),
    "check_in": N_("Check-ins"),
    "clinical_photo": N_("Photos of the treated area"),
    "photo_release": N_("Your word on showing a photo"),
    "shown_result": N_("Photos shown on a clinic's page"),
    "review_invitation": N_("Invitations to review"),
    "visit_claim": N_("What you said of visits"),
    "review": N_("Reviews"),
    "question": N_("Questions"),
    "question_message": N_("Messages of a question"),
    "notice": N_("Messages sent to you"),
    "moderation_case": N_("Reports to the moderators"),
    "membership": N_("Teams you belong to"),
    "team_invitation": N_("Invitations to a team"),
    "practitioner": N_("You as a practitioner"),
    "practitioner_hours": N_("Your working hours"),
    "practitioner_exception": N_("Your days off"),
    "credential": N_("Your credentials"),
    "evidence": N_("Evidence of your credentials"),
    "picture": N_("Your portrait"),
    "held_edit": N_("Edits that wait for a moderator"),
    "blocked_time": N_("Times you blocked"),
    "audit_event": N_("What you did here"),
}
# The first to be read are those that matter; what a machine notes comes last.
_FIRST = (
    "account",
    "client",
    "booking",
    "course",
    "screening_answer",
    "consent",
    "session_record",
    "check_in",
)
_LAST = ("notice", "sign_in", "audit_event", "recovery_code", "privacy_request")
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
_CODES = frozenset(
    {
        *("area", "areas", "status", "state", "purpose", "decision", "outcome", "stage", "concern", "side"),
        *("role", "credential_kind", "request_kind"),
    }
)


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A heading with its rows, each as (label, value)."""

    name: str
    heading: str
    rows: list[list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class ShownPart:
    """What one clinic holds; without a name, what the platform holds."""

    name: str
    slug: str
    tables: list[ShownTable]


def heading_of(name: str) -> str:
    """A table's heading."""
    return gettext(HEADINGS.get(name, PERSONAL[name].what))


def in_order(rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts by table, those first that matter."""
    return sorted(rows.items(), key=lambda item: _place(item[0]))


def parts_of(document: Mapping[str, Any]) -> list[ShownPart]:
    """A document as people read it: the clinics first."""
    held = [ShownPart(one["name"], one["slug"], _tables(one["tables"])) for one in document["clinics"]]
    platform = _tables(document["platform"])
    return [*held, ShownPart("", "", platform)] if platform else held


def _tables(tables: Mapping[str, list[dict[str, Any]]]) -> list[ShownTable]:
    return [
        ShownTable(name, heading_of(name), [_row(name, row) for row in tables[name]])
        for name in sorted(tables, key=_place)
    ]


def _place(name: str) -> tuple[int, str]:
    if name in _FIRST:
        return _FIRST.index(name), ""
    return (100 + _LAST.index(name), "") if name in _LAST else (50, name)


def _row(table: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    questions = row.get("questions") or question_words(str(row.get("question_set", "")))
    shown = [
        (gettext(label), said(column, row[column], row, questions))
        for column, label in LABELS.items()
        if row.get(column) not in (None, "", [], {}) and (table, column) != ("notice", "title")
    ]
    if table == "notice":
        shown.insert(0, (gettext("Title"), str(row["title"])))
    return [(label, value) for label, value in shown if value] or [(gettext("Made"), "–")]


def said(column: str, value: Any, row: Mapping[str, Any], questions: Mapping[str, str]) -> str:
    """One value in words."""
    if isinstance(value, dict):
        pairs = (
            (questions.get(key, _words(key)), said("", one, row, questions)) for key, one in value.items()
        )
        return "\n".join(f"{key}: {one}" for key, one in pairs if one)
    if isinstance(value, list):
        return ", ".join(said(column, one, row, questions) for one in value)
    if column == "price" and row.get("currency"):
        return money_words(int(value), str(row["currency"]))
    return _plain(column, value)


def _plain(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    text = "" if value is None else str(value)
    if _INSTANT.match(text):
        return f"{moment(text, 'UTC')} UTC"
    if _DATE.match(text):
        return day(text)
    if column == "action":
        return deed(text)
    if column == "language":
        return language(text)
    return _words(text) if column in _CODES else text


def _words(code: str) -> str:
    return code.replace("_", " ").replace(".", ": ").capitalize()
