"""Cases of sensitive edits: one opens when an edit is held, and closes when it is decided or taken back."""

from __future__ import annotations

from uuid import UUID

from services.clinics import proofs
from services.clinics import service as clinics
from services.clinics.models import EditSubject
from services.clinics.rules import SENSITIVE
from services.kernel.work import ClinicWork
from services.moderation.models import CaseKind, CaseState, Decision
from services.moderation.repository import CaseRepository
from services.moderation.service import open_case
from services.practitioners import service as practitioners


async def open_edit_case(work: ClinicWork, edit_id: UUID) -> None:
    """Opens the case of a held edit, once; nothing for one that was taken back meanwhile."""
    edit, cases = await clinics.find_held_edit(work, edit_id), CaseRepository(work)
    if edit is None or await cases.find_of_edit(edit_id) is not None:
        return
    fields = SENSITIVE[edit.subject_kind.value]
    changes = [
        {"field": fields[name], "before": edit.before[name], "after": edit.after[name]}
        for name in fields
        if name in edit.after
    ]
    shown = {"subject_kind": edit.subject_kind.value, "label": edit.label, "asked_by": edit.asked_by}
    clinic = await clinics.get_clinic(work)
    await open_case(work, clinic, CaseKind.SENSITIVE_EDIT, edit_id, {"edit": {**shown, "changes": changes}})


async def close_edit_case(work: ClinicWork, edit_id: UUID) -> None:
    """The clinic took the edit back: nothing is left to decide."""
    row = await CaseRepository(work).find_of_edit(edit_id)
    if row is None or row.state == CaseState.DECIDED:
        return
    await CaseRepository(work).change(
        row.id,
        state=CaseState.DECIDED,
        decision=Decision.DISMISS,
        reason="taken_back",
        message="",
        decided_at=work.now,
    )
    work.audit("case.closed", "case", row.id)


async def decide_edit(work: ClinicWork, edit_id: UUID, decision: Decision) -> None:
    """Makes the edit public where it is approved; it waits no longer either way. Raises `EditGone`, `ProofLapsed`."""
    edit = await clinics.take_edit(work, edit_id)
    if decision is not Decision.APPROVE:
        return
    if edit.subject_kind is EditSubject.PRACTITIONER:
        await practitioners.apply_edit(work, edit)
    elif edit.subject_kind is EditSubject.PROOF:
        await proofs.apply_proof_edit(work, edit)
    else:
        await clinics.apply_edit(work, edit)
