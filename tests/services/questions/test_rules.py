"""Whose turn it is in a conversation, and when a message may invite."""

from __future__ import annotations

from services.questions import rules
from services.questions.models import QuestionState, Side


def test_a_thread_is_written_in_until_it_is_closed_and_waits_after_the_person_alone() -> None:
    assert [rules.may_write(state.value) for state in QuestionState] == [True, True, False]
    assert rules.state_after(Side.PERSON) == QuestionState.WAITING
    assert rules.state_after(Side.CLINIC) == QuestionState.ANSWERED


def test_the_clinic_alone_invites_and_to_a_treatment_alone() -> None:
    assert rules.may_invite(Side.CLINIC, "a treatment")
    assert not rules.may_invite(Side.CLINIC, None)
    assert not rules.may_invite(Side.PERSON, "a treatment")
