"""Scopes: on whose behalf a unit of work reads and writes. No scope, no rows.

`ClinicScope` is the first of the three locks of tenancy: repositories of a clinic's tables take a unit of
work of that scope and nothing else. The second lock is the database's row-level security, set from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, for the audit: an account, a guest with a signed link, a job, or an operator."""

    kind: Literal["account", "guest", "job", "operator"]
    account_id: UUID | None = None
    label: str = ""


GUEST = Actor("guest")


@dataclass(frozen=True, slots=True)
class ClinicScope:
    """One clinic's rows, and nothing of any other clinic's."""

    clinic_id: UUID
    by: Actor = GUEST


@dataclass(frozen=True, slots=True)
class AccountScope:
    """A person's own rows over all clinics (read only), and the tables that belong to no clinic."""

    account_id: UUID
    by: Actor = GUEST


@dataclass(frozen=True, slots=True)
class PublicScope:
    """Only what belongs to no clinic: accounts, directories, the public listing."""

    by: Actor = GUEST


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """Every clinic's rows: relay, projections, moderation. Each use names its reason."""

    reason: str
    by: Actor = Actor("job", label="platform")


Scope = ClinicScope | AccountScope | PublicScope | PlatformScope
