"""Decisions about clients from values alone: what makes two records alike, and what is kept when they are merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

FIELDS = ("name", "email", "phone")
THIS, OTHER = "this", "other"


class Keyed(Protocol):
    """A record, as far as others may be like it. An empty key is like nothing."""

    @property
    def phone_key(self) -> str: ...

    @property
    def email_key(self) -> str: ...

    @property
    def name_key(self) -> str: ...


class Record(Protocol):
    """A record, as far as merging asks."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def phone(self) -> str: ...

    @property
    def account_id(self) -> UUID | None: ...


def alike(one: Keyed, other: Keyed) -> tuple[str, ...]:
    """In what two records are the same, the strongest sign first: `email`, `phone`, `name`."""
    pairs = {
        "email": (one.email_key, other.email_key),
        "phone": (one.phone_key, other.phone_key),
        "name": (one.name_key, other.name_key),
    }
    return tuple(field for field, (mine, theirs) in pairs.items() if mine and mine == theirs)


def kept_values(this: Record, other: Record, chosen: Mapping[str, str]) -> dict[str, str]:
    """Each field of the record that stays: from the side that was chosen, or from the other where that is empty."""
    kept = {}
    for field in FIELDS:
        sides = (getattr(this, field), getattr(other, field))
        first, second = sides if chosen.get(field, THIS) == THIS else sides[::-1]
        kept[field] = first or second
    return kept


def two_accounts(this: Record, other: Record) -> bool:
    """Whether each belongs to an account of its own."""
    accounts = {this.account_id, other.account_id} - {None}
    return len(accounts) > 1
