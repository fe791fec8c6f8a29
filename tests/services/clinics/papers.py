"""A business with its papers, made through the services."""

from __future__ import annotations

from datetime import timedelta

from services.clinics import proofs
from services.clinics.models import ProofKind
from services.clinics.proof_schemas import ProofIn
from services.kernel.work import ClinicWork
from tests.services.practitioners.papers import pdf

STATED = {
    ProofKind.REGISTRATION: ProofIn(number="0803512345", issuer="Texas Secretary of State"),
    ProofKind.INSURANCE: ProofIn(number="POL-88-1", issuer="Lone Star Mutual"),
}


async def prove_business(work: ClinicWork, *, insured_days: int = 365) -> None:
    """Registration and insurance with a file each; insured for so many days from today."""
    until = work.now.date() + timedelta(days=insured_days)
    for kind, given in STATED.items():
        insured = {"valid_until": until} if kind is ProofKind.INSURANCE else {}
        await proofs.save_proof(work, kind, given.model_copy(update=insured))
        await proofs.add_proof_evidence(work, kind, f"{kind}.pdf", pdf())
