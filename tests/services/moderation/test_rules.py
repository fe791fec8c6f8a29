"""What may be decided, by whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.moderation import rules
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import DECISIONS, REASONS, Decide, decision_name, reason_of, reasons_of

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ONE = UUID("01a20b7c-fa97-7048-99b4-4e0806a9db01")


@pytest.mark.parametrize(
    ("kind", "reason", "days"),
    [
        ("new_listing", "", 2),
        ("credential", "", 2),
        ("credential_lapsing", "", 5),
        ("review_flagged", "unsafe", 2),
        ("public_report", "price_differs", 2),
        ("public_report", "unsafe", 1),
        ("public_report", "not_sterile", 1),
        ("appeal", "", 5),
    ],
)
def test_a_decision_is_promised_by_kind_and_sooner_where_somebody_is_in_danger(
    kind: str, reason: str, days: int
) -> None:
    assert rules.promised_by(kind, AT, reason) == AT + timedelta(days=days)


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
        ("public_report", "closed", ("dismiss", "restore")),
        ("credential", "live", ("approve", "request_changes", "reject", "dismiss")),
        ("credential", "suspended", ("approve", "request_changes", "reject", "dismiss")),
        ("credential_lapsing", "live", ("dismiss", "request_changes", "suspend")),
        ("credential_lapsing", "suspended", ("dismiss",)),
    ],
)
def test_decisions_fit_the_case_and_the_clinics_status(
    kind: str, status: str, possible: tuple[str, ...]
) -> None:
    assert rules.possible_decisions(rules.matter_of(kind, {}), status) == possible


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("review_flagged", "review_id"),
        *(("public_report", one) for one in ("review_id", "picture_id", "result_id")),
    ],
)
def test_a_review_or_a_picture_is_left_or_removed_whatever_becomes_of_its_clinic(
    kind: str, about: str
) -> None:
    matter = rules.matter_of(kind, {about: str(uuid4())})
    for status in ("live", "suspended", "removed"):
        assert rules.possible_decisions(matter, status) == ("dismiss", "remove")


@pytest.mark.parametrize(
    ("undoes", "stands"),
    [
        ("request_changes", "changes_requested"),
        ("reject", "rejected"),
        ("suspend", "suspended"),
        ("remove", "removed"),
    ],
)
def test_an_appeal_is_granted_while_what_it_is_against_stands(undoes: str, stands: str) -> None:
    matter = rules.matter_of("appeal", {"undoes": undoes})
    assert rules.possible_decisions(matter, stands) == ("approve", "reject")
    assert rules.possible_decisions(matter, "live") == ("reject",)
    for of_its_own in ("review_id", "credential_id", "proof_id", "picture_id", "result_id"):
        about = rules.matter_of("appeal", {"undoes": undoes, of_its_own: str(uuid4())})
        assert rules.possible_decisions(about, "live") == ("approve", "reject")


@pytest.mark.parametrize(
    ("kind", "detail", "decision", "whom"),
    [
        ("new_listing", {}, "approve", "clinic"),
        ("new_listing", {}, "request_changes", "clinic"),
        ("public_report", {}, "suspend", "clinic"),
        ("public_report", {}, "restore", "clinic"),
        ("public_report", {}, "dismiss", ""),
        ("credential_lapsing", {}, "dismiss", ""),
        ("review_flagged", {"review_id": str(ONE)}, "remove", "author"),
        ("review_flagged", {"review_id": str(ONE), "source": "public"}, "dismiss", ""),
        ("review_flagged", {"review_id": str(ONE), "source": "clinic"}, "dismiss", "clinic"),
        ("appeal", {"review_id": str(ONE)}, "approve", "author"),
        ("appeal", {"review_id": str(ONE)}, "reject", "author"),
        ("appeal", {"credential_id": str(ONE)}, "reject", "clinic"),
        ("public_report", {"picture_id": str(ONE)}, "remove", "clinic"),
        ("public_report", {"picture_id": str(ONE)}, "dismiss", ""),
        ("appeal", {"picture_id": str(ONE)}, "approve", "clinic"),
        ("public_report", {"result_id": str(ONE)}, "remove", "clinic"),
    ],
)
def test_whom_a_decision_concerns_hears_of_it(
    kind: str, detail: dict[str, str], decision: str, whom: str
) -> None:
    assert rules.is_told(rules.matter_of(kind, detail), decision) == whom


def test_what_harms_can_be_appealed_for_thirty_days_and_an_appeal_cannot() -> None:
    matter, last = rules.matter_of("public_report", {}), AT + timedelta(days=30)
    for decision in ("request_changes", "reject", "suspend", "remove"):
        assert rules.may_appeal(matter, decision, AT, last)
        assert not rules.may_appeal(matter, decision, AT, last + timedelta(seconds=1))
        assert not rules.may_appeal(rules.matter_of("appeal", {}), decision, AT, AT)
        assert not rules.may_appeal(rules.matter_of("sensitive_edit", {}), decision, AT, AT)
    for decision in ("approve", "restore", "dismiss"):
        assert not rules.may_appeal(matter, decision, AT, AT)
    assert not rules.may_appeal(matter, None, None, AT)


def test_nobody_decides_about_their_own_decision() -> None:
    me = uuid4()
    assert rules.decided_it_before({"decided_by": str(me)}, me)
    assert not rules.decided_it_before({"decided_by": str(uuid4())}, me)
    assert not rules.decided_it_before({}, me)


def test_whoever_took_a_case_decides_it() -> None:
    me, other = uuid4(), uuid4()
    assert rules.may_decide(None, me)
    assert rules.may_decide(me, me)
    assert not rules.may_decide(other, me)


def test_what_is_missing_is_named_in_order() -> None:
    assert rules.still_missing([("a", True), ("b", False), ("c", True), ("d", False)]) == ["b", "d"]
    assert rules.still_missing([("a", True)]) == []


def test_a_case_names_what_it_is_about() -> None:
    named = rules.matter_of("review_flagged", {"review_id": str(ONE), "source": "clinic"})
    assert (named.review_id, named.credential_id, named.source) == (ONE, None, "clinic")
    assert rules.matter_of("credential", {"credential_id": str(ONE)}).credential_id == ONE
    assert rules.matter_of("public_report", {"review_id": ""}).review_id is None


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


@pytest.mark.parametrize("status", ["live", "suspended", "removed"])
def test_an_edit_is_approved_or_rejected_whatever_became_of_the_clinic(status: str) -> None:
    assert rules.possible_decisions(rules.matter_of("sensitive_edit", {}), status) == ("approve", "reject")
    assert rules.promised_by("sensitive_edit", AT) == AT + timedelta(days=2)


def test_a_contested_visit_took_place_or_did_not_and_both_sides_hear_of_it_for_good() -> None:
    matter = rules.matter_of("visit_contested", {"booking_id": str(ONE)})
    assert matter.booking_id == ONE
    for status in ("live", "suspended", "removed"):
        assert rules.possible_decisions(matter, status) == ("dismiss", "remove")
    assert {rules.is_told(matter, decision) for decision in ("dismiss", "remove")} == {"both"}
    assert rules.promised_by("visit_contested", AT) == AT + timedelta(days=5)
    assert not rules.may_appeal(matter, "remove", AT, AT)
    assert {reason.code for reason in reasons_of(CaseKind.VISIT_CONTESTED)} == {
        "visit_took_place",
        "visit_not_shown",
        "other",
    }


def test_a_text_is_an_id_or_is_none() -> None:
    assert rules.id_or_none(str(ONE)) == ONE
    assert rules.id_or_none("case") is None
    assert rules.id_or_none("") is None


def test_a_review_is_removed_for_what_reviews_can_be_and_nothing_else_for_that() -> None:
    offered = {reason.code for reason in reasons_of(CaseKind.REVIEW_FLAGGED) if "remove" in reason.decisions}
    assert offered == {"fake_reviews", "review_not_fitting", "other"}
    for kind in set(CaseKind) - {CaseKind.REVIEW_FLAGGED}:
        assert "review_not_fitting" not in {reason.code for reason in reasons_of(kind)}


@pytest.mark.parametrize(
    ("matter", "decision", "status", "stands"),
    [
        ({"kind": "new_listing"}, "reject", "rejected", True),
        ({"kind": "new_listing"}, "reject", "live", False),
        ({"kind": "new_listing"}, "approve", "live", False),
        ({"kind": "credential_lapsing"}, "suspend", "suspended", True),
        ({"kind": "public_report"}, "suspend", "suspended", True),
        ({"kind": "public_report", "review_id": ONE}, "remove", "removed", False),
        ({"kind": "public_report", "picture_id": ONE}, "remove", "removed", False),
        ({"kind": "public_report", "result_id": ONE}, "remove", "removed", False),
        ({"kind": "credential"}, "reject", "rejected", False),
    ],
)
def test_a_decision_leaves_a_whole_clinic_where_it_stands_or_it_does_not(
    matter: dict[str, Any], decision: str, status: str, *, stands: bool
) -> None:
    assert rules.left_standing_at(rules.Matter(**matter), decision, status) is stands
