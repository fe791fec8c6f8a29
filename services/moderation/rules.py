"""Pure decisions of moderation: which decision fits, when an answer is promised, who may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

PROMISE = timedelta(days=2)

_FROM: dict[str, frozenset[str]] = {
    "approve": frozenset({"submitted"}),
    "request_changes": frozenset({"submitted"}),
    "reject": frozenset({"submitted"}),
    "suspend": frozenset({"live"}),
    "restore": frozenset({"suspended"}),
    "remove": frozenset({"live", "suspended"}),
    "dismiss": frozenset(
        {"draft", "submitted", "changes_requested", "live", "rejected", "suspended", "removed"}
    ),
}
_OF_KIND: dict[str, tuple[str, ...]] = {
    "new_listing": ("approve", "request_changes", "reject"),
    "public_report": ("dismiss", "suspend", "restore", "remove"),
}


def promised_by(opened_at: datetime) -> datetime:
    """Until when a decision is promised: two days after the case was opened."""
    return opened_at + PROMISE


def review_of(detail: Mapping[str, Any]) -> UUID | None:
    """The review that a case is about, where it is about one."""
    found = detail.get("review_id")
    return UUID(str(found)) if found else None


def possible_decisions(case_kind: str, clinic_status: str, *, about_review: bool = False) -> tuple[str, ...]:
    """The decisions that fit a kind of case and the clinic's present status.

    A review is left or removed, whatever becomes of its clinic.
    """
    if about_review:
        return ("dismiss", "remove")
    return tuple(code for code in _OF_KIND[case_kind] if clinic_status in _FROM[code])


def may_decide(claimed_by: UUID | None, moderator: UUID) -> bool:
    """Whoever has taken the case decides; one that nobody has taken is taken by deciding."""
    return claimed_by is None or claimed_by == moderator


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
