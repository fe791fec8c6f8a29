"""Use cases: owners hear that a paper of their business runs out, or has. Each reads the state again."""

from __future__ import annotations

from uuid import UUID

from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import ProofState
from services.clinics.proof_schemas import ProofView
from services.kernel.work import ClinicWork
from services.notices.messages import proof as messages
from services.notices.team import tell_owners


async def remind_of_proof(work: ClinicWork, proof_id: UUID, days: int) -> None:
    """A checked proof has at most so many days left; nothing where it was renewed, or another reminder fits."""
    proof = await proofs.find_expiring_proof(work, proof_id, days)
    if proof is not None:
        await _tell(work, proof, days)


async def tell_of_lapsed_proof(work: ClinicWork, proof_id: UUID) -> None:
    """A proof has run out, and what that means on the clinic's page."""
    proof = await proofs.find_proof(work, proof_id)
    if proof is not None and proof.state is ProofState.LAPSED:
        await _tell(work, proof, 0)


async def _tell(work: ClinicWork, proof: ProofView, days: int) -> None:
    """To each owner; no days left means that it is over."""
    clinic = await clinics.get_clinic(work)
    write, base_url = messages.expires_soon if days else messages.lapsed, work.tools.base_url
    await tell_owners(work, lambda email: write(clinic, proof, days, email, base_url))
