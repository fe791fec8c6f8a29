"""What happens to a message that may or may not have gone out, and until when one still makes sense.

A worker can die between handing a message over and noting it. Then nobody knows whether it went. Rule by kind
(docs/notices.md): nearly all are sent again under the same Message-ID, so that a mail program shows one; a
message whose time has passed is failed instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

SECONDS_A_MINUTE = 60
AFTERCARE_HELPS = timedelta(days=2)
QUEUED, INFLIGHT = "queued", "inflight"


@dataclass(frozen=True, slots=True)
class KindRule:
    """After a crash: send again, or not. `makes_sense_for`: how long after it was queued it may still go.

    `urgent`: it goes at any hour, because it was asked for just now, or is an alarm, or about security. `essential`: it
    is tried even where the address took none before. `marketing`: it is about no visit, and needs the client's word.
    `of_visits`: it goes only while what it says of visits is so.
    """

    again_after_crash: bool = True
    makes_sense_for: timedelta | None = None
    urgent: bool = False
    essential: bool = True
    marketing: bool = False
    of_visits: bool = False


KINDS: dict[str, KindRule] = {
    "account.verify_email": KindRule(urgent=True, makes_sense_for=timedelta(days=3)),
    "account.reset_password": KindRule(urgent=True, makes_sense_for=timedelta(hours=1)),
    "account.password_changed": KindRule(urgent=True),
    "account.new_email": KindRule(urgent=True, makes_sense_for=timedelta(hours=1)),
    "account.new_email_asked": KindRule(urgent=True),
    "account.second_factor_changed": KindRule(urgent=True),
    "booking.confirmed.client": KindRule(of_visits=True),
    "booking.confirmed.clinic": KindRule(of_visits=True),
    "booking.requested.client": KindRule(of_visits=True),
    "booking.requested.clinic": KindRule(of_visits=True),
    "booking.rescheduled.client": KindRule(of_visits=True),
    "booking.rescheduled.clinic": KindRule(of_visits=True),
    "booking.cancelled.client": KindRule(of_visits=True),
    "booking.cancelled.clinic": KindRule(of_visits=True),
    "booking.declined.client": KindRule(of_visits=True),
    "booking.expired.client": KindRule(of_visits=True),
    "booking.move_asked.client": KindRule(),
    "booking.move_asked.clinic": KindRule(),
    "booking.move_declined.client": KindRule(),
    "booking.move_expired.client": KindRule(),
    "booking.lost_links": KindRule(urgent=True, makes_sense_for=timedelta(hours=1)),
    "booking.reminder": KindRule(
        of_visits=True, essential=False, again_after_crash=False, makes_sense_for=timedelta(hours=20)
    ),
    "booking.reminder.text": KindRule(
        of_visits=True, essential=False, again_after_crash=False, makes_sense_for=timedelta(hours=20)
    ),
    # How long after the visit as well: a visit that is noted later than that gets none.
    "aftercare": KindRule(of_visits=True, essential=False, makes_sense_for=AFTERCARE_HELPS),
    "check_in.asked": KindRule(of_visits=True, essential=False, makes_sense_for=timedelta(days=7)),
    "check_in.red_flag": KindRule(urgent=True),
    "check_in.unseen": KindRule(urgent=True),
    "visit.asserted": KindRule(),
    "visit.judged.client": KindRule(),
    "visit.judged.clinic": KindRule(),
    "review.invited": KindRule(of_visits=True, essential=False, makes_sense_for=timedelta(days=30)),
    "course.upkeep": KindRule(essential=False, marketing=True, makes_sense_for=timedelta(days=14)),
    "waitlist.prove": KindRule(urgent=True, makes_sense_for=timedelta(days=2)),
    # Kept for an hour or a few, a night apart: later nothing is kept any more, and an offer that is gone is taken back.
    "waitlist.offered": KindRule(urgent=True, makes_sense_for=timedelta(hours=12)),
    "waitlist.over": KindRule(essential=False, makes_sense_for=timedelta(days=7)),
    "question.asked": KindRule(),
    "question.answered": KindRule(),
    "course.stopped": KindRule(of_visits=True),
    "lot.recalled.client": KindRule(urgent=True),
    "lot.recalled.clinic": KindRule(urgent=True),
    "clinic.closed": KindRule(urgent=True),
    "team.invited": KindRule(makes_sense_for=timedelta(days=7)),
    "credential.expires_soon": KindRule(makes_sense_for=timedelta(days=7)),
    "credential.lapsed": KindRule(),
    "proof.expires_soon": KindRule(makes_sense_for=timedelta(days=7)),
    "proof.lapsed": KindRule(),
    "clinic.submitted": KindRule(urgent=True),
    "moderation.decided": KindRule(),
    "moderation.report_answered": KindRule(),
    "consent.withdrawn": KindRule(),
    "privacy.link": KindRule(makes_sense_for=timedelta(hours=24)),
    "privacy.export_ready": KindRule(makes_sense_for=timedelta(days=7)),
    "privacy.erased": KindRule(makes_sense_for=timedelta(days=1)),
    "privacy.client_erased": KindRule(),
}


LARGEST_VERSION = 0x7FFFFFFF
SETTLING = timedelta(minutes=2)
SOON = timedelta(hours=2)
FIRST_KINDS = ("booking.confirmed.client", "booking.requested.client")
STOPPED = "course.stopped"
RED_FLAG = "check_in.red_flag"
RECALLED = "lot.recalled.client"
_TO_CLIENTS = frozenset(
    {
        STOPPED,
        "booking.reminder",
        "booking.reminder.text",
        "course.upkeep",
        "aftercare",
        "check_in.asked",
        "review.invited",
    }
)


class Step(StrEnum):
    """What to do with a notice that an actor was asked to send."""

    SEND = "send"
    FAIL = "fail"
    NOTHING = "nothing"


TOO_LATE = "its time has passed"
NOT_TRUE = "it was not true any more"
CAME_BACK = "what it was about was taken back before anybody was told"
# Kinds that tell the present state of a visit: a later one takes the place of one that has not gone.
STATE_KINDS = ("booking.confirmed.", "booking.requested.", "booking.rescheduled.")
SAID_ANEW = "another message says what is true now"
ADDRESS_DEAD = "the address takes no mail"
NUMBER_DEAD = "the number takes no text messages"
NO_TEXTS = "the client wants no text messages"
NOT_ALLOWED = "the client does not want it"
NOT_OF_THE_TEAM = "nobody of the team has this address any more"
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


class Change(StrEnum):
    """What there is to tell of a visit, compared with what was last told."""

    NOTHING = "nothing"
    CONFIRMED = "confirmed"
    REQUESTED = "requested"
    MOVED = "moved"
    CANCELLED = "cancelled"


def change_to_tell(status: str, last: str | None, *, same: bool, moved: bool, untold: bool) -> Change:
    """What to tell of a visit with that status. `last` is the status that was last told; none: nothing is noted.

    Then `untold` says that it never was told; otherwise it is known from before what was told was noted. `same`:
    nothing differs from what was told. `moved`: it has had another time before.
    """
    if same:
        return Change.NOTHING
    known = last is not None or not untold
    if status == "cancelled":
        return Change.CANCELLED if known else Change.NOTHING
    first = {"confirmed": Change.CONFIRMED, "requested": Change.REQUESTED}.get(status, Change.NOTHING)
    new = not known or (last is None and not moved) or (last == "requested" and status == "confirmed")
    return first if new or first is Change.NOTHING else Change.MOVED


def is_told_anew(*, same: bool, known: bool, waits: bool, settled: bool) -> bool:
    """Whether a visit is told to an address that its client has in the place of another one.

    `same`: they were told just what is so now. Else nothing is said where a message `waits` to be sent or written,
    which then goes to the new address; nor of a change that is not `settled` of what is `known`: it is told by itself.
    """
    return same or (not waits and (settled or not known))


def audience_of(kind: str) -> str:
    """Whom a kind of message about a visit is for: `client` or `team`; else `person`."""
    if kind.startswith("booking.") and kind.endswith(".clinic"):
        return "team"
    return "client" if kind in _TO_CLIENTS or kind.endswith(".client") else "person"


def tells_outcome(kind: str) -> bool:
    """Whether a kind tells what becomes of visits: what it said of them is what is known from then on."""
    return kind.startswith("booking.") or kind == STOPPED


def one_each(thing_id: UUID, recipient: str) -> UUID:
    """The subject of a message about a thing that goes to several people, to each once."""
    return uuid5(NAMESPACE_URL, f"{thing_id}/{recipient}")


def day_of(last_day: date | None) -> int:
    """A last day as it is kept in the version of what is told of it; 0 where there is none."""
    return last_day.toordinal() if last_day else 0


def stop_version(stopped_at: datetime) -> int:
    """The version of what is said of a course that was stopped then: a later stop is another one."""
    return int(stopped_at.timestamp())


def is_number(recipient: str) -> bool:
    """Whether a recipient is a telephone number (E.164) instead of an address."""
    return recipient.startswith("+") and "@" not in recipient


def digest_of(address: str) -> str:
    """An address as it is known again, in any case of letters."""
    return hashlib.sha256(address.strip().casefold().encode()).hexdigest()


def refusal_words(said: str) -> str:
    """What a server's last answer was, by its numbers alone: its words may name the address."""
    found = re.match(r"\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?", said)
    return f"refused: {found[0]}" if found else "refused"


def is_quiet_over(morning: datetime, visits: Collection[datetime]) -> bool:
    """Whether a message that would wait until the morning cannot: one of its visits begins before, or soon after."""
    return any(starts_at < morning + SOON for starts_at in visits)


def once_a_minute(now: datetime) -> int:
    """A version that lets a message go once a minute, however often it is asked for."""
    return int(now.timestamp()) // SECONDS_A_MINUTE
