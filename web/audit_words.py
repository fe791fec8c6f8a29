"""Audit events in words: `credential.add` as `Credential added`. What has no word of its own is said as it is kept."""

from __future__ import annotations

_DONE = {
    "accept": "accepted",
    "add": "added",
    "answer": "answered",
    "archive": "taken away",
    "arrive": "marked as arrived",
    "cancel": "cancelled",
    "change_password": "password changed",
    "claimed": "taken",
    "complete": "completed",
    "create": "created",
    "create_moderator": "made a moderator",
    "decline": "declined",
    "delete": "removed",
    "evidence_viewed": "evidence looked at",
    "expire": "expired",
    "lapse": "lapsed",
    "no_show": "marked as not come",
    "read": "looked at",
    "record": "recorded",
    "reject": "rejected",
    "remove": "removed",
    "rename": "renamed",
    "replay": "sent again",
    "reply": "answered",
    "request": "requested",
    "reschedule": "moved",
    "set_hours": "hours set",
    "set_password": "password set",
    "sign_in": "signed in",
    "sign_up": "signed up",
    "standing": "status changed",
    "trace": "traced",
    "update": "changed",
    "verify": "checked",
    "verify_email": "e-mail confirmed",
    "write": "written",
}


def deed(action: str) -> str:
    """What was done, for people: the subject, then the deed."""
    subject, _, verb = action.partition(".")
    what = {"team": "team member", "check_in": "check-in"}.get(subject, subject.replace("_", " "))
    return f"{what} {_DONE.get(verb, verb.replace('_', ' '))}".strip().capitalize()
