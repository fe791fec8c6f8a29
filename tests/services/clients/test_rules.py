"""What makes two records alike, and what is kept of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from services.clients.rules import alike, kept_values, two_accounts


@dataclass(frozen=True)
class Card:
    """A record and its keys."""

    name: str = "Ana Torres"
    email: str = "ana@example.test"
    phone: str = ""
    account_id: UUID | None = None
    name_key: str = "ana torres"
    email_key: str = "ana@example.test"
    phone_key: str = ""


ANA = Card()


def test_records_are_alike_in_what_is_the_same_and_never_in_what_is_empty() -> None:
    assert alike(ANA, ANA) == ("email", "name")
    assert alike(replace(ANA, phone_key="512"), replace(ANA, phone_key="512")) == ("email", "phone", "name")
    assert alike(ANA, replace(ANA, email_key="b", name_key="b", phone_key="512")) == ()
    assert alike(replace(ANA, name_key=""), replace(ANA, name_key="", email_key="b")) == ()


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({}, ("Ana Torres", "ana@example.test", "+2")),
        ({"name": "this", "email": "this", "phone": "this"}, ("Ana Torres", "ana@example.test", "+2")),
        ({"name": "other"}, ("A. Torres", "ana@example.test", "+2")),
        ({"email": "other", "phone": "other"}, ("Ana Torres", "a.torres@example.test", "+2")),
    ],
)
def test_each_field_is_kept_from_the_side_that_was_chosen(
    chosen: dict[str, str], kept: tuple[str, str, str]
) -> None:
    other = Card(name="A. Torres", email="a.torres@example.test", phone="+2")
    assert tuple(kept_values(ANA, other, chosen).values()) == kept


def test_an_empty_field_is_filled_from_either_side() -> None:
    known = replace(ANA, phone="+1")
    assert kept_values(known, ANA, {"phone": "other"})["phone"] == "+1"
    assert kept_values(ANA, known, {"phone": "this"})["phone"] == "+1"
    assert kept_values(known, replace(ANA, phone="+2"), {})["phone"] == "+1"


def test_two_accounts_are_two_that_differ() -> None:
    mine, theirs = uuid4(), uuid4()
    assert not two_accounts(ANA, ANA)
    assert not two_accounts(replace(ANA, account_id=mine), ANA)
    assert not two_accounts(replace(ANA, account_id=mine), replace(ANA, account_id=mine))
    assert two_accounts(replace(ANA, account_id=mine), replace(ANA, account_id=theirs))
