"""What happens to a message that may or may not have gone out, and until when one still makes sense.

A worker can die between handing a message over and noting it. Then nobody knows whether it went. Rule by kind
(docs/notices.md): nearly all are sent again under the same Message-ID, so that a mail program shows one; a
message whose time has passed is failed instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_SECONDS_A_MINUTE = 60
QUEUED, INFLIGHT = "queued", "inflight"


@dataclass(frozen=True, slots=True)
class KindRule:
    """After a crash: send again, or not. `makes_sense_for`: how long after it was queued it may still go."""

    again_after_crash: bool = True
    makes_sense_for: timedelta | None = None


KINDS: dict[str, KindRule] = {
    "account.verify_email": KindRule(makes_sense_for=timedelta(days=3)),
    "account.reset_password": KindRule(makes_sense_for=timedelta(hours=1)),
    "account.password_changed": KindRule(),
    "account.new_email": KindRule(makes_sense_for=timedelta(hours=1)),
    "account.new_email_asked": KindRule(),
    "account.second_factor_changed": KindRule(),
    "booking.confirmed.client": KindRule(),
    "booking.confirmed.clinic": KindRule(),
    "booking.requested.client": KindRule(),
    "booking.requested.clinic": KindRule(),
    "booking.rescheduled.client": KindRule(),
    "booking.rescheduled.clinic": KindRule(),
    "booking.cancelled.client": KindRule(),
    "booking.cancelled.clinic": KindRule(),
    "booking.declined.client": KindRule(),
    "booking.expired.client": KindRule(),
    "booking.lost_links": KindRule(makes_sense_for=timedelta(hours=1)),
    "booking.reminder": KindRule(again_after_crash=False, makes_sense_for=timedelta(hours=20)),
    "aftercare": KindRule(makes_sense_for=timedelta(days=2)),
    "check_in.asked": KindRule(makes_sense_for=timedelta(days=7)),
    "check_in.red_flag": KindRule(),
    "review.invited": KindRule(makes_sense_for=timedelta(days=30)),
    "waitlist.prove": KindRule(makes_sense_for=timedelta(days=2)),
    # Kept for an hour or a few, a night apart: later nothing is kept any more, and an offer that is gone is taken back.
    "waitlist.offered": KindRule(makes_sense_for=timedelta(hours=12)),
    "waitlist.over": KindRule(makes_sense_for=timedelta(days=7)),
    "question.asked": KindRule(),
    "question.answered": KindRule(),
    "clinic.closed": KindRule(),
    "team.invited": KindRule(makes_sense_for=timedelta(days=7)),
    "credential.expires_soon": KindRule(makes_sense_for=timedelta(days=7)),
    "credential.lapsed": KindRule(),
    "proof.expires_soon": KindRule(makes_sense_for=timedelta(days=7)),
    "proof.lapsed": KindRule(),
    "clinic.submitted": KindRule(),
    "moderation.decided": KindRule(),
    "moderation.report_answered": KindRule(),
}


class Step(StrEnum):
    """What to do with a notice that an actor was asked to send."""

    SEND = "send"
    FAIL = "fail"
    NOTHING = "nothing"


TOO_LATE = "its time has passed"
NOBODY_KNOWS = "the sender stopped while sending, and this kind is not sent twice"


def next_step(kind: str, state: str, queued_at: datetime, now: datetime) -> tuple[Step, str]:
    """The step, and for `FAIL` the reason. Raises `KeyError` for a kind that is not in the table."""
    rule = KINDS[kind]
    if state not in {QUEUED, INFLIGHT}:
        return Step.NOTHING, ""
    if state == INFLIGHT and not rule.again_after_crash:
        return Step.FAIL, NOBODY_KNOWS
    if rule.makes_sense_for is not None and now - queued_at > rule.makes_sense_for:
        return Step.FAIL, TOO_LATE
    return Step.SEND, ""


def once_a_minute(now: datetime) -> int:
    """A version that lets a message go once a minute, however often it is asked for."""
    return int(now.timestamp()) // _SECONDS_A_MINUTE
