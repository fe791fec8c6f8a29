"""Kinds of credentials, read from packaged data: which codes there are, their names, where each can be checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """A kind of credential, the registers it can be checked with, and where that was found and when."""

    code: str
    name: str
    register: str
    source: str
    dated_on: date


@lru_cache(maxsize=1)
def credential_kinds() -> tuple[CredentialKind, ...]:
    """All kinds, in the order in which they are offered."""
    data = tomllib.loads(files(__package__).joinpath("kinds.toml").read_text(encoding="utf-8"))
    return tuple(CredentialKind(**item, dated_on=data["dated_on"]) for item in data["kinds"])


@lru_cache(maxsize=1)
def kind_codes() -> frozenset[str]:
    """The codes of all kinds."""
    return frozenset(kind.code for kind in credential_kinds())
