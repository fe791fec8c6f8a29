"""The words in which a table declares its personal data: how its rows lead to a person, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Lead:
    """How a row leads to a person, by one column.

    `follows`: rows of other tables that point to this one are the person's as well. `shown`: the row is in their
    export. `leaves`: what this lead alone has erased, where that is less than the table's own `leaves`.
    """

    column: str
    follows: bool = field(default=True, kw_only=True)
    shown: bool = field(default=True, kw_only=True)
    leaves: Mapping[str, Any] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Account(Lead):
    """The column names the person's account."""


@dataclass(frozen=True, slots=True)
class Email(Lead):
    """The column is the person's proven address; not where the column `unless` names another account."""

    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Of(Lead):
    """The column names a row of another table that is the person's (by its column `target`)."""

    table: str
    target: str = "id"


@dataclass(frozen=True, slots=True)
class MergedInto(Lead):
    """The record was merged into, or kept instead of, one that is the person's, of the same table."""


@dataclass(frozen=True, slots=True)
class StaffName(Lead):
    """The column is the person's name, as one of the clinic's team wrote it."""


@dataclass(frozen=True, slots=True)
class JsonStaffName(Lead):
    """The JSON column has the person's name at `path`, as one of the clinic's team wrote it."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mentions(Lead):
    """The text contains what only one row of the person's has, of each (table, column)."""

    of: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class JsonEmail(Lead):
    """The JSON column's `key` is the person's proven address."""

    key: str = "email"


@dataclass(frozen=True, slots=True)
class JsonOf(Lead):
    """The JSON column's `key` names a row of another table that is the person's."""

    key: str
    table: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A value made of the row's own id, so that unique columns stay unique; `{id}` is the id, `{tail}` its end."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A JSON column with these keys overwritten."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AtPath:
    """A JSON column with this text at a path that is there."""

    path: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Personal:
    """A table with personal data.

    `what`: its heading for people. `leaves`: the columns that erasure overwrites; nothing means that the rows go.
    `seals`: columns sealed with a key of the person's, opened in the export, unreadable once the key is destroyed.
    `hides`: secrets and workings that no export shows. `stays`: columns of text that are no text of the person, in
    one line. `kept`: the law (`law.py`) for which rows stay. `holds_key`: a row's id names a key (vault).
    `unless_kept`: columns of `leaves` that stay where the person chose to leave their reviews.
    """

    what: str
    leads: tuple[Lead, ...]
    leaves: Mapping[str, Any] | None = None
    seals: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    stays: str = ""
    kept: str = ""
    holds_key: bool = False
    unless_kept: tuple[str, ...] = ()

    @property
    def goes(self) -> bool:
        """Whether erasure deletes the rows."""
        return self.leaves is None
