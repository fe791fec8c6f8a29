"""What may be decided, by whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.moderation import rules
from services.moderation.models import Decision
from services.moderation.schemas import DECISIONS, REASONS, Decide, decision_name, reason_of

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_decision_is_promised_within_two_days() -> None:
    assert rules.promised_by(AT) == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "status", "possible"),
    [
        ("new_listing", "submitted", ("approve", "request_changes", "reject")),
        ("new_listing", "live", ()),
        ("new_listing", "draft", ()),
        ("public_report", "live", ("dismiss", "suspend", "remove")),
        ("public_report", "suspended", ("dismiss", "restore", "remove")),
        ("public_report", "draft", ("dismiss",)),
        ("public_report", "submitted", ("dismiss",)),
        ("public_report", "changes_requested", ("dismiss",)),
        ("public_report", "rejected", ("dismiss",)),
        ("public_report", "removed", ("dismiss",)),
    ],
)
def test_decisions_fit_the_case_and_the_clinics_status(
    kind: str, status: str, possible: tuple[str, ...]
) -> None:
    assert rules.possible_decisions(kind, status) == possible


def test_a_review_is_left_or_removed_whatever_becomes_of_its_clinic() -> None:
    for status in ("live", "suspended", "removed"):
        assert rules.possible_decisions("public_report", status, about_review=True) == ("dismiss", "remove")


def test_whoever_took_a_case_decides_it() -> None:
    me, other = uuid4(), uuid4()
    assert rules.may_decide(None, me)
    assert rules.may_decide(me, me)
    assert not rules.may_decide(other, me)


def test_what_is_missing_is_named_in_order() -> None:
    assert rules.still_missing([("a", True), ("b", False), ("c", True), ("d", False)]) == ["b", "d"]
    assert rules.still_missing([("a", True)]) == []


def test_a_case_names_its_review_or_none() -> None:
    review_id = uuid4()
    assert rules.review_of({"review_id": str(review_id)}) == review_id
    assert rules.review_of({}) is None
    assert rules.review_of({"review_id": ""}) is None


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [
        ([], None),
        ([3600], 1.0),
        ([7200, 3600], 1.5),
        ([3600, 36000, 7200], 2.0),
        ([1800, 1800, 900, 90000], 0.5),
        ([4000], 1.1),
        ([12_960_000], 3600.0),
    ],
)
def test_the_median_is_in_hours(seconds: list[float], hours: float | None) -> None:
    assert rules.median_hours(seconds) == hours


def test_every_decision_has_a_name_and_every_reason_a_decision() -> None:
    assert {entry.code for entry in DECISIONS} == set(Decision)
    assert decision_name("approve") == "approved"
    for entry in Decision:
        assert any(entry in reason.decisions for reason in REASONS)
    assert len({reason.code for reason in REASONS}) == len(REASONS)


def test_requested_changes_without_points_become_one_at_the_reasons_field() -> None:
    given = Decide(decision=Decision.REQUEST_CHANGES, reason="promises_result", message="Drop the promise.")
    assert given.points == [{"field": reason_of("promises_result").field, "message": "Drop the promise."}]
    assert given.points[0]["field"] == "description"


def test_own_points_stay_as_they_are() -> None:
    points = [{"field": "devices", "message": "Say the clearance."}]
    given = Decide.model_validate({"decision": "request_changes", "reason": "other", "changes": points})
    assert given.points == points


@pytest.mark.parametrize("decision", ["request_changes", "reject", "suspend", "remove"])
def test_what_hurts_needs_words(decision: str) -> None:
    with pytest.raises(ValueError, match="what is wrong"):
        Decide.model_validate({"decision": decision, "reason": "other", "message": "  "})


@pytest.mark.parametrize("decision", ["approve", "restore", "dismiss"])
def test_what_helps_needs_none(decision: str) -> None:
    assert Decide.model_validate({"decision": decision, "reason": "other"}).message == ""


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="reason"):
        Decide.model_validate({"decision": "approve", "reason": "because"})
    with pytest.raises(ValueError, match="decision"):
        Decide.model_validate({"decision": "bless", "reason": "other"})


def test_two_days_are_exact() -> None:
    assert timedelta(days=2) == rules.PROMISE
