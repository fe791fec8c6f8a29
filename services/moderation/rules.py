"""Pure decisions of moderation: which decision fits, when an answer is promised, who may decide, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

PROMISES: dict[str, timedelta] = {
    "new_listing": timedelta(days=2),
    "credential": timedelta(days=2),
    "credential_lapsing": timedelta(days=5),
    "proof": timedelta(days=2),
    "proof_lapsed": timedelta(days=2),
    "review_flagged": timedelta(days=2),
    "public_report": timedelta(days=2),
    "sensitive_edit": timedelta(days=2),
    "visit_contested": timedelta(days=5),
    "appeal": timedelta(days=5),
}
URGENT = timedelta(days=1)
URGENT_REASONS = frozenset({"unsafe", "not_sterile"})
APPEAL_TIME = timedelta(days=30)
LAPSING_DAYS = 7
# Cases about what runs out by itself: their decisions are about the clinic.
LAPSES = frozenset({"credential_lapsing", "proof_lapsed"})

_FROM: dict[str, frozenset[str]] = {
    "approve": frozenset({"submitted"}),
    "request_changes": frozenset({"submitted"}),
    "reject": frozenset({"submitted"}),
    "suspend": frozenset({"live"}),
    "restore": frozenset({"suspended", "closed"}),
    "remove": frozenset({"live", "suspended"}),
    "dismiss": frozenset(
        {"draft", "submitted", "changes_requested", "live", "rejected", "suspended", "removed", "closed"}
    ),
}
_OF_KIND: dict[str, tuple[str, ...]] = {
    "new_listing": ("approve", "request_changes", "reject"),
    "public_report": ("dismiss", "suspend", "restore", "remove"),
}
_OF_A_PAPER = ("approve", "request_changes", "reject", "dismiss")
_OF_ONE_THING = ("dismiss", "remove")  # a review, a picture, a result or a visit
_OF_AN_EDIT = ("approve", "reject")
# What a decision made of the clinic; an appeal can be granted while that still stands.
_LEFT_BY: dict[str, str] = {
    "request_changes": "changes_requested",
    "reject": "rejected",
    "suspend": "suspended",
    "remove": "removed",
}
APPEALABLE = frozenset(_LEFT_BY)
LEFT_BY_A_DECISION = frozenset(_LEFT_BY.values())
_TOLD = frozenset({"approve", "restore", *APPEALABLE})


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case is about. `undoes` is the decision that an appeal is against, empty for every other kind."""

    kind: str
    review_id: UUID | None = None
    credential_id: UUID | None = None
    proof_id: UUID | None = None
    picture_id: UUID | None = None
    result_id: UUID | None = None
    booking_id: UUID | None = None
    undoes: str = ""
    source: str = ""

    @property
    def is_of_one_thing(self) -> bool:
        """Whether it is about one thing of the clinic that is judged whatever becomes of the whole."""
        things = (self.review_id, self.credential_id, self.proof_id, self.picture_id, self.result_id)
        return any(one is not None for one in things)


def matter_of(case_kind: str, detail: Mapping[str, Any]) -> Matter:
    """What a case is about, from its kind and detail."""
    return Matter(
        kind=case_kind,
        review_id=_id_of(detail.get("review_id")),
        credential_id=_id_of(detail.get("credential_id")),
        proof_id=_id_of(detail.get("proof_id")),
        picture_id=_id_of(detail.get("picture_id")),
        result_id=_id_of(detail.get("result_id")),
        booking_id=_id_of(detail.get("booking_id")),
        undoes=str(detail.get("undoes", "")),
        source=str(detail.get("source", "")),
    )


def _id_of(found: Any) -> UUID | None:
    return UUID(str(found)) if found else None


def id_or_none(text: str) -> UUID | None:
    """The text as an id, where it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def promised_by(case_kind: str, opened_at: datetime, reason: str = "") -> datetime:
    """Until when a decision is promised: by kind, and within a day where a report says that somebody is in danger."""
    urgent = case_kind == "public_report" and reason in URGENT_REASONS
    return opened_at + (URGENT if urgent else PROMISES[case_kind])


def possible_decisions(matter: Matter, clinic_status: str) -> tuple[str, ...]:
    """The decisions that fit what a case is about and the clinic's present status.

    A review, a picture, a result, a credential, a proof or an edit is judged whatever becomes of its clinic. An
    appeal is granted (`approve`) while what it is against still stands, or turned down (`reject`).
    """
    if matter.kind == "appeal":
        stands = matter.is_of_one_thing or _LEFT_BY[matter.undoes] == clinic_status
        return ("approve", "reject") if stands else ("reject",)
    if matter.review_id or matter.picture_id or matter.result_id or matter.booking_id:
        return _OF_ONE_THING
    if matter.kind in {"credential", "proof"}:
        return _OF_A_PAPER
    if matter.kind == "sensitive_edit":
        return _OF_AN_EDIT
    if matter.kind in LAPSES:
        return ("dismiss", "request_changes", "suspend") if clinic_status == "live" else ("dismiss",)
    return tuple(code for code in _OF_KIND[matter.kind] if clinic_status in _FROM[code])


def may_decide(claimed_by: UUID | None, moderator: UUID) -> bool:
    """Whoever has taken the case decides; one that nobody has taken is taken by deciding."""
    return claimed_by is None or claimed_by == moderator


def decided_it_before(detail: Mapping[str, Any], moderator: UUID) -> bool:
    """Whether an appeal is against that moderator's own decision."""
    return detail.get("decided_by") == str(moderator)


def is_told(matter: Matter, decision: str) -> str:
    """Who hears of a decision: the `clinic`, the `author` of a review, `both` sides of a visit, or nobody."""
    if matter.kind == "visit_contested":
        return "both"
    if matter.review_id is not None and (decision == "remove" or matter.kind == "appeal"):
        return "author"
    if matter.review_id is not None:
        return "clinic" if matter.source == "clinic" else ""
    return "clinic" if decision in _TOLD else ""


def may_appeal(matter: Matter, decision: str | None, decided_at: datetime | None, now: datetime) -> bool:
    """Whether the person concerned may appeal: against what was decided to their disadvantage, for thirty days.

    An edit that was refused is asked for again instead; of a contested visit both sides were heard.
    """
    if (
        matter.kind in {"appeal", "sensitive_edit", "visit_contested"}
        or decision is None
        or decided_at is None
    ):
        return False
    return decision in APPEALABLE and now <= decided_at + APPEAL_TIME


def left_standing_at(matter: Matter, decision: str, clinic_status: str) -> bool:
    """Whether this decision is one that puts a whole clinic where it stands, off the market or before it."""
    of_the_clinic = matter.kind in {"new_listing", *LAPSES} or (
        matter.kind == "public_report" and not matter.is_of_one_thing
    )
    return of_the_clinic and _LEFT_BY.get(decision) == clinic_status


def still_missing(done_by_code: Iterable[tuple[str, bool]]) -> list[str]:
    """The codes of a checklist's items that are not done, in order."""
    return [code for code, done in done_by_code if not done]


def median_hours(seconds: Sequence[float]) -> float | None:
    """The median of durations, in hours with one decimal; nothing for none."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    middle = len(ordered) // 2
    value = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return round(value / 3600, 1)
