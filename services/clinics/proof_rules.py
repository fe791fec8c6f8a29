"""Decisions over a business's proofs from values alone: what is asked for, what is wrong, whether they are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from services.kernel.errors import FieldError
from services.kernel.expiry_rules import has_expired

REGISTRATION, PREMISES, INSURANCE = "registration", "premises", "insurance"
PROOF_NAMES: Mapping[str, str] = {
    REGISTRATION: "Registration of the business",
    PREMISES: "Licence of the premises",
    INSURANCE: "Insurance",
}
REQUIRED = (REGISTRATION, INSURANCE)


def proof_problems(kind: str, valid_until: date | None, today: date) -> list[FieldError]:
    """What is wrong with a proof's last day: insurance has one, and none of them may be over."""
    if valid_until is None and kind == INSURANCE:
        return [FieldError("valid_until", "missing", "Say until which day you are insured.")]
    if has_expired(valid_until, today):
        return [FieldError("valid_until", "in-past", "This day is over. Enter the renewed one.")]
    return []


def is_held(state: str) -> bool:
    """Whether a change of a proof waits for a moderator where the clinic is public: it was checked once."""
    return state in {"verified", "lapsed"}


def is_given(valid_until: date | None, files: int, today: date) -> bool:
    """Whether a moderator has something to look at: a file, of what has not run out."""
    return files > 0 and not has_expired(valid_until, today)


def checked_at(proofs: Iterable[tuple[str, str, datetime | None]]) -> datetime | None:
    """Since when business and insurance are checked, by (kind, state, checked at); nothing where one does not count.

    A licence that has run out or was refused counts against it; one that waits for its check does not.
    """
    stated = list(proofs)
    counting = {kind: at for kind, state, at in stated if state == "verified" and at is not None}
    if any(state in {"lapsed", "rejected"} for _, state, _ in stated):
        return None
    if not all(kind in counting for kind in REQUIRED):
        return None
    return max(counting[kind] for kind in REQUIRED)
