"""Which messages go, go again after a crash, or come too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notices.rules import KINDS, Step, next_step

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY_KNOWS = "the sender stopped while sending, and this kind is not sent twice"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_sent_when_it_was_just_queued(kind: str) -> None:
    assert next_step(kind, "queued", NOW, NOW) == (Step.SEND, "")


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_what_is_over_stays_so(state: str) -> None:
    assert next_step("aftercare", state, NOW, NOW) == (Step.NOTHING, "")


def test_a_kind_without_a_rule_is_not_sent() -> None:
    with pytest.raises(KeyError):
        next_step("gossip", "queued", NOW, NOW)


@pytest.mark.parametrize(
    ("kind", "longest"),
    [
        ("account.verify_email", timedelta(days=3)),
        ("booking.reminder", timedelta(hours=20)),
        ("aftercare", timedelta(days=2)),
        ("check_in.asked", timedelta(days=7)),
        ("review.invited", timedelta(days=30)),
    ],
)
def test_some_kinds_make_sense_for_a_time(kind: str, longest: timedelta) -> None:
    assert next_step(kind, "queued", NOW, NOW + longest) == (Step.SEND, "")
    late = next_step(kind, "queued", NOW, NOW + longest + timedelta(seconds=1))
    assert late == (Step.FAIL, "its time has passed")


def test_only_a_reminder_is_not_repeated_after_a_crash() -> None:
    steps = {kind: next_step(kind, "inflight", NOW, NOW) for kind in KINDS}
    assert steps.pop("booking.reminder") == (Step.FAIL, NOBODY_KNOWS)
    assert set(steps.values()) == {(Step.SEND, "")}
    years_later = NOW + timedelta(days=900)
    assert next_step("booking.confirmed.client", "inflight", NOW, years_later) == (Step.SEND, "")
