"""Input and output of a business's proofs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.accounts.schemas import Input, Line
from services.clinics.models import ProofKind, ProofState
from services.clinics.schemas import Name, View
from services.kernel.private_files import PrivateFileView


class ProofIn(Input):
    """A proof as the clinic states it; a moderator compares it with the files."""

    number: Annotated[str, Line(min_length=1, max_length=60)] = Field(
        description="Of the register, the licence or the policy.", examples=["0803512345"]
    )
    issuer: Name = Field(description="Register, authority or insurer.", examples=["Texas Secretary of State"])
    valid_until: date | None = Field(
        default=None, description="It counts through this day; insurance has one.", examples=["2027-06-30"]
    )


class ProofEvidenceView(PrivateFileView):
    """A private file that proves what a clinic says of its business; its content is read on its own."""

    proof_id: UUID


class ProofView(View):
    """A proof, what was found when it was checked, and its files."""

    id: UUID
    kind: ProofKind
    number: str
    issuer: str
    valid_until: date | None
    state: ProofState
    verified_at: datetime | None
    evidence: list[ProofEvidenceView] = Field(default_factory=list)
