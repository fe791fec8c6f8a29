"""What seeded clinics prove of their business: checked with their listing, without files, lapsing by time."""

from __future__ import annotations

from datetime import timedelta

from infra.ops.seed.making import Making
from infra.ops.seed.sheets import Values
from services.clinics.events import PROOF_LAPSES
from services.clinics.models import BusinessProof, ProofKind, ProofState
from services.kernel.expiry_rules import lapses_at
from services.kernel.models import Timer

_CHECKED_SHARE = 0.8


def add_proofs(making: Making, clinic: Values) -> None:
    """Registration and insurance, for those that have been asked; the others came before it was."""
    chance, at = making.chance, clinic["created_at"]
    if not chance.happens(_CHECKED_SHARE):
        return
    insured_until = (making.now + timedelta(days=chance.randint(10, 360))).date()
    for kind, issuer, until in (
        (ProofKind.REGISTRATION, "The register of companies", None),
        (ProofKind.INSURANCE, "Harbour Mutual", insured_until),
    ):
        proof = making.add(
            BusinessProof,
            id=chance.id_at(at),
            kind=kind,
            number=f"{kind[:3].upper()}-{chance.randint(100_000, 999_999)}",
            issuer=issuer,
            valid_until=until,
            state=ProofState.VERIFIED,
            verified_at=clinic["published_at"],
            created_at=at,
        )
        if until is not None:
            event = PROOF_LAPSES(proof_id=proof["id"])
            making.add(
                Timer,
                id=chance.id_at(at),
                kind=event.name,
                subject_id=proof["id"],
                version=until.toordinal(),
                payload=event.payload,
                due_at=lapses_at(until),
            )
