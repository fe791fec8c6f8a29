"""Use cases of sensitive edits: what clients rely on of a published clinic changes only when a moderator agrees.

Until then the approved version stays public. A held edit never changes: edited again, it gives way to a new one
that holds both, so that what a moderator approves is what they have read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from services.accounts.schemas import STORED
from services.clinics import rules
from services.clinics.edits_repository import EditRepository
from services.clinics.events import CHANGED, EDIT_HELD, EDIT_WITHDRAWN
from services.clinics.models import EditSubject
from services.clinics.repository import ClinicRepository, PlaceRepository
from services.clinics.schemas import ClinicPatch, DevicePatch, HeldEditView, LocationPatch
from services.kernel.errors import NotFound, WrongState
from services.kernel.ids import new_id
from services.kernel.work import ClinicWork


class EditGone(WrongState):
    code = "edit-gone"
    message = "The clinic has taken this edit back, or changed it: a new case holds what it wants now."


async def hold_sensitive(
    work: ClinicWork,
    kind: EditSubject,
    subject_id: UUID,
    present: object,
    changes: Mapping[str, Any],
    *,
    label: str,
) -> dict[str, Any]:
    """The changes that may be made at once; sensitive ones of a published clinic go to the moderators instead.

    `present` has the approved values as attributes, `label` names the subject for people.
    """
    at_once, sensitive = rules.split_sensitive(kind.value, present, changes)
    if not sensitive:
        return at_once
    clinic = await ClinicRepository(work).get(lock=True)
    if clinic is None or not rules.holds_edits(clinic.status):
        return {**at_once, **sensitive}
    edits, edit_id = EditRepository(work), new_id()
    earlier = await edits.remove_of(kind.value, subject_id)
    before = {name: getattr(present, name) for name in sensitive}
    await edits.add(
        id=edit_id,
        subject_kind=kind.value,
        subject_id=subject_id,
        label=label,
        before={**(earlier.before if earlier else {}), **to_jsonable_python(before)},
        after={**(earlier.after if earlier else {}), **to_jsonable_python(sensitive)},
        asked_by=work.scope.by.label,
    )
    if earlier is not None:
        work.announce(EDIT_WITHDRAWN(edit_id=earlier.id))
    work.audit("edit.hold", kind.value, subject_id, fields=sorted(sensitive))
    work.announce(EDIT_HELD(edit_id=edit_id))
    return at_once


async def list_held_edits(work: ClinicWork, subject_id: UUID | None = None) -> list[HeldEditView]:
    """What waits for a moderator, oldest first, of all the clinic or of one subject."""
    rows = await EditRepository(work).list_all()
    return [
        HeldEditView.model_validate(row) for row in rows if subject_id is None or row.subject_id == subject_id
    ]


async def find_held_edit(work: ClinicWork, edit_id: UUID) -> HeldEditView | None:
    """A held edit, or nothing."""
    row = await EditRepository(work).find(edit_id)
    return None if row is None else HeldEditView.model_validate(row)


async def withdraw_edit(work: ClinicWork, edit_id: UUID) -> None:
    """The clinic takes an edit back. Raises `NotFound`."""
    row = await EditRepository(work).remove(edit_id)
    if row is None:
        raise NotFound
    work.audit("edit.withdraw", row.subject_kind, row.subject_id)
    work.announce(EDIT_WITHDRAWN(edit_id=edit_id))


async def take_edit(work: ClinicWork, edit_id: UUID) -> HeldEditView:
    """The edit, which waits no longer: it is decided. Raises `EditGone`."""
    row = await EditRepository(work).remove(edit_id)
    if row is None:
        raise EditGone
    return HeldEditView.model_validate(row)


async def apply_edit(work: ClinicWork, edit: HeldEditView) -> None:
    """Makes what was approved public; for a subject of this slice."""
    match edit.subject_kind:
        case EditSubject.CLINIC:
            clinics, changes = (
                ClinicRepository(work),
                ClinicPatch.model_validate(edit.after, context=STORED).changes(),
            )
            await clinics.change(**changes)
            if "name" in changes:
                await clinics.change_slug(name=changes["name"])
        case EditSubject.LOCATION:
            changes = LocationPatch.model_validate(edit.after, context=STORED).changes()
            await PlaceRepository(work).change_location(edit.subject_id, **changes)
        case EditSubject.DEVICE:
            changes = DevicePatch.model_validate(edit.after, context=STORED).changes()
            await PlaceRepository(work).change_device(edit.subject_id, **changes)
        case EditSubject.PRACTITIONER | EditSubject.PROOF:
            raise ValueError(f"a {edit.subject_kind} is not changed here")
    work.audit("edit.apply", edit.subject_kind, edit.subject_id, fields=sorted(edit.after))
    work.announce(CHANGED(clinic_id=work.scope.clinic_id))
