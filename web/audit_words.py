"""Audit events in words: `credential.add` as `Credential added`. What has no word of its own is said as it is kept."""

from __future__ import annotations

_DONE = {
    "accept": "accepted",
    "add": "added",
    "answer": "answered",
    "archive": "taken away",
    "ask_new_email": "new e-mail asked for",
    "arrive": "marked as arrived",
    "ask": "asked",
    "block": "blocked",
    "cancel": "cancelled",
    "change_details": "name or language changed",
    "change_email": "e-mail changed",
    "change_password": "password changed",
    "choose_messages": "messages chosen",
    "claim_bookings": "guest bookings claimed",
    "claimed": "taken",
    "close": "closed",
    "complete": "completed",
    "correct": "corrected",
    "create": "created",
    "create_moderator": "made a moderator",
    "decline": "declined",
    "delete": "removed",
    "drop_new_email": "new e-mail dropped",
    "drop_renewal": "renewal taken back",
    "end_other_sign_ins": "other devices signed out",
    "end_sign_in": "device signed out",
    "evidence_viewed": "evidence looked at",
    "expire": "expired",
    "gather": "late entries gathered",
    "lapse": "lapsed",
    "link_account": "linked to an account",
    "merge": "records merged",
    "no_show": "marked as not come",
    "put_back": "shown again",
    "read": "looked at",
    "recall": "called back",
    "record": "recorded",
    "reject": "rejected",
    "reject_renewal": "renewal rejected",
    "remove": "removed",
    "renew": "renewal entered",
    "replay": "sent again",
    "reply": "answered",
    "request": "requested",
    "reschedule": "moved",
    "second_factor": "second factor changed",
    "set_hours": "hours set",
    "set_password": "password set",
    "sign_in": "signed in",
    "sign_up": "signed up",
    "standing": "status changed",
    "strike": "struck out",
    "take_down": "taken down by a moderator",
    "trace": "traced",
    "unblock": "can be booked again",
    "undo": "taken back",
    "update": "changed",
    "verify": "checked",
    "verify_email": "e-mail confirmed",
    "write": "written",
}
_SUBJECTS = {"team": "team member", "check_in": "check-in", "proof": "business paper"}


def deed(action: str) -> str:
    """What was done, for people: the subject, then the deed."""
    subject, _, verb = action.partition(".")
    what = _SUBJECTS.get(subject, subject.replace("_", " "))
    return f"{what} {_DONE.get(verb, verb.replace('_', ' '))}".strip().capitalize()
