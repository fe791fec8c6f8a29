"""Use cases of a business's proofs: stated by the clinic with files, checked by a moderator, lapsed by time.

What was checked changes on a public clinic only when a moderator agrees, as its other sensitive edits do; until then,
and while it has not run out, the checked one counts.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.schemas import STORED
from services.clinics import proof_rules as rules
from services.clinics.edits_repository import EditRepository
from services.clinics.events import (
    CHANGED,
    EDIT_WITHDRAWN,
    PROOF_CLAIMED,
    PROOF_EVIDENCE_REMOVED,
    PROOF_EXPIRES_SOON,
    PROOF_LAPSED,
    PROOF_LAPSES,
)
from services.clinics.held_edits import hold_sensitive
from services.clinics.models import EditSubject, ProofEvidence, ProofKind, ProofState
from services.clinics.proof_schemas import ProofEvidenceView, ProofIn, ProofView
from services.clinics.proofs_repository import ProofRepository
from services.clinics.schemas import HeldEditView
from services.kernel import expiry_rules as expiry
from services.kernel.errors import InvalidFields, NotFound, Refusal
from services.kernel.events import Event
from services.kernel.expiry import set_expiry_timers
from services.kernel.ids import new_id
from services.kernel.private_files import PrivateFiles
from services.kernel.work import ClinicWork

_UNCHECKED = {"state": ProofState.UNVERIFIED, "verified_by": None, "verified_at": None}


class ProofLapsed(Refusal):
    """A proof past its last day can be neither verified nor counted on."""

    code = "proof-lapsed"
    message = "This paper has run out. The clinic has to enter the renewed one."


def kind_of(text: str) -> ProofKind:
    """The kind that an address names. Raises `NotFound`."""
    try:
        return ProofKind(text)
    except ValueError as error:
        raise NotFound from error


def proof_files(work: ClinicWork) -> PrivateFiles:
    """The files that prove what the clinic says of its business."""
    return PrivateFiles(work, ProofEvidence, "proof_id")


async def list_proofs(work: ClinicWork) -> list[ProofView]:
    """What the clinic proves of its business, with its files, in the order in which it is asked for."""
    order = list(ProofKind)
    views = await _views(work, await ProofRepository(work).list_all())
    return sorted(views, key=lambda view: order.index(view.kind))


async def get_proof(work: ClinicWork, kind: ProofKind) -> ProofView:
    """The proof of a kind. Raises `NotFound`."""
    row = await ProofRepository(work).find_kind(kind)
    if row is None:
        raise NotFound
    return (await _views(work, [row]))[0]


async def find_proof(work: ClinicWork, proof_id: UUID) -> ProofView | None:
    """A proof, or nothing."""
    row = await ProofRepository(work).find(proof_id)
    return None if row is None else (await _views(work, [row]))[0]


async def _views(work: ClinicWork, rows: list[Row[Any]]) -> list[ProofView]:
    """Rows with their files; one whose last day is over is shown as lapsed even before its timer ran."""
    files: dict[UUID, list[ProofEvidenceView]] = {row.id: [] for row in rows}
    for found in await proof_files(work).list_of(list(files)) if rows else []:
        files[found.proof_id].append(ProofEvidenceView.model_validate(found))
    today = work.now.date()
    return [
        ProofView(
            id=row.id,
            kind=row.kind,
            number=row.number,
            issuer=row.issuer,
            valid_until=row.valid_until,
            state=ProofState(expiry.state_on(row.state, row.valid_until, today)),
            verified_at=row.verified_at,
            evidence=files[row.id],
        )
        for row in rows
    ]


async def business_checked_at(work: ClinicWork) -> datetime | None:
    """Since when registration and insurance are checked and count; nothing where one of them does not."""
    proofs = await list_proofs(work)
    return rules.checked_at((proof.kind, proof.state, proof.verified_at) for proof in proofs)


async def save_proof(work: ClinicWork, kind: ProofKind, given: ProofIn) -> ProofView:
    """States a proof, or changes it; a changed one is unchecked, or is held where the clinic is public.

    Raises `InvalidFields` for a last day that is missing or over.
    """
    errors = rules.proof_problems(kind, given.valid_until, work.now.date())
    if errors:
        raise InvalidFields(errors)
    proofs, values = ProofRepository(work), given.model_dump()
    added = await proofs.add(id=new_id(), kind=kind, **values, **_UNCHECKED)
    row = await _locked(work, kind)
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changes and rules.is_held(row.state):
        label = rules.PROOF_NAMES[kind]
        changes = await hold_sensitive(work, EditSubject.PROOF, row.id, row, changes, label=label)
    if changes:
        await proofs.change(row.id, **changes, **_UNCHECKED)
    if added or changes:
        fields = sorted(values if added else changes)
        _changed(work, "proof.add" if added else "proof.update", row, fields=fields)
        work.announce(PROOF_CLAIMED(proof_id=row.id))
    return await get_proof(work, kind)


async def delete_proof(work: ClinicWork, kind: ProofKind) -> None:
    """Removes a proof and what waits of it; its files are erased after the commit. Raises `NotFound`."""
    row = await _locked(work, kind)
    for found in await proof_files(work).list_of([row.id]):
        work.announce(PROOF_EVIDENCE_REMOVED(evidence_id=found.id))
    held = await EditRepository(work).remove_of(EditSubject.PROOF, row.id)
    if held is not None:
        work.announce(EDIT_WITHDRAWN(edit_id=held.id))
    await ProofRepository(work).remove(row.id)
    _changed(work, "proof.delete", row, was=row.state)


async def add_proof_evidence(
    work: ClinicWork, kind: ProofKind, filename: str, content: bytes
) -> ProofEvidenceView:
    """Keeps a file with a proof. Raises `NotFound`, `TooMuchEvidence`, `InvalidFields` for what is no such file."""
    row, files = await _locked(work, kind), proof_files(work)
    evidence_id = await files.keep(row.id, filename, content)
    work.announce(PROOF_CLAIMED(proof_id=row.id))
    return ProofEvidenceView.model_validate(await files.get(evidence_id))


async def read_proof_evidence(work: ClinicWork, evidence_id: UUID) -> tuple[ProofEvidenceView, bytes]:
    """A file with its content; the look is an audit event. Raises `NotFound`."""
    row, content = await proof_files(work).read(evidence_id)
    return ProofEvidenceView.model_validate(row), content


async def read_own_evidence(
    work: ClinicWork, kind: ProofKind, evidence_id: UUID
) -> tuple[ProofEvidenceView, bytes]:
    """A file of the proof of that kind, read as above. Raises `NotFound`."""
    if evidence_id not in {file.id for file in (await get_proof(work, kind)).evidence}:
        raise NotFound
    return await read_proof_evidence(work, evidence_id)


async def delete_proof_evidence(work: ClinicWork, kind: ProofKind, evidence_id: UUID) -> None:
    """Removes a file of a proof; its content is erased after the commit. Raises `NotFound`."""
    row, files = await _locked(work, kind), proof_files(work)
    if (await files.get(evidence_id)).proof_id != row.id:
        raise NotFound
    await files.remove(evidence_id)
    work.announce(PROOF_EVIDENCE_REMOVED(evidence_id=evidence_id))


async def erase_proof_file(work: ClinicWork, evidence_id: UUID) -> None:
    """Erases the content of a file whose row is gone; leaves that of one which is still there."""
    await proof_files(work).erase(evidence_id)


async def apply_proof_edit(work: ClinicWork, edit: HeldEditView) -> None:
    """A moderator agreed to a held change: the proof holds it, and counts as checked now.

    Raises `NotFound`, or `ProofLapsed` where its last day is over meanwhile.
    """
    row = await _locked_by_id(work, edit.subject_id)
    present = {name: getattr(row, name) for name in ProofIn.model_fields}
    after = ProofIn.model_validate({**present, **edit.after}, context=STORED)
    await ProofRepository(work).change(row.id, **after.model_dump())
    work.audit("edit.apply", edit.subject_kind, row.id, fields=sorted(edit.after))
    await verify_proof(work, row.id)


async def verify_proof(work: ClinicWork, proof_id: UUID) -> None:
    """A moderator found the proof to be true. It counts through its last day. Raises `NotFound`, `ProofLapsed`."""
    row, proofs = await _locked_by_id(work, proof_id), ProofRepository(work)
    if expiry.has_expired(row.valid_until, work.now.date()):
        raise ProofLapsed
    checked = {"verified_by": work.scope.by.account_id, "verified_at": work.now}
    await proofs.change(proof_id, state=ProofState.VERIFIED, **checked)
    if row.valid_until is not None:
        await _set_timers(work, proof_id, row.valid_until)
    _changed(work, "proof.verify", row)


async def reject_proof(work: ClinicWork, proof_id: UUID) -> None:
    """A moderator found the proof not to be true. Raises `NotFound`."""
    row = await _locked_by_id(work, proof_id)
    checked = {"verified_by": work.scope.by.account_id, "verified_at": None}
    await ProofRepository(work).change(proof_id, state=ProofState.REJECTED, **checked)
    _changed(work, "proof.reject", row)


async def lapse_proof(work: ClinicWork, proof_id: UUID) -> bool:
    """Marks a verified proof as lapsed once its last day is over; gives whether it did. Safe to repeat."""
    row = await ProofRepository(work).find(proof_id, lock=True)
    if row is None or row.state != ProofState.VERIFIED:
        return False
    if not expiry.has_expired(row.valid_until, work.now.date()):
        return False
    await ProofRepository(work).change(proof_id, state=ProofState.LAPSED)
    _changed(work, "proof.lapse", row)
    work.announce(PROOF_LAPSED(proof_id=proof_id))
    return True


async def find_expiring_proof(work: ClinicWork, proof_id: UUID, days: int) -> ProofView | None:
    """The proof, where it still counts and that reminder is the one that fits today; otherwise nothing."""
    found = await find_proof(work, proof_id)
    if found is None or found.state is not ProofState.VERIFIED:
        return None
    return found if expiry.reminder_due(found.valid_until, work.now.date()) == days else None


async def _set_timers(work: ClinicWork, proof_id: UUID, valid_until: date) -> None:
    def soon(days: int) -> Event:
        return PROOF_EXPIRES_SOON(proof_id=proof_id, days=str(days))

    set_expiry_timers(work, proof_id, valid_until, PROOF_LAPSES(proof_id=proof_id), soon)


async def _locked(work: ClinicWork, kind: ProofKind) -> Row[Any]:
    row = await ProofRepository(work).find_kind(kind, lock=True)
    if row is None:
        raise NotFound
    return row


async def _locked_by_id(work: ClinicWork, proof_id: UUID) -> Row[Any]:
    row = await ProofRepository(work).find(proof_id, lock=True)
    if row is None:
        raise NotFound
    return row


def _changed(work: ClinicWork, action: str, row: Row[Any], **detail: Any) -> None:
    work.audit(action, "proof", row.id, kind=row.kind, **detail)
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))
