"""Sensitive edits on the clinic's pages: what waits for the moderators, what they refused, taking one back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.clinics import service as clinics
from services.clinics.rules import SENSITIVE
from services.clinics.schemas import HeldEditView
from services.kernel.work import ClinicWork, Database
from services.moderation import service as moderation
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import reason_of
from web.context import Visitor, clinic_access
from web.pages import go_to

SHOWN_AFTER_REFUSAL = timedelta(days=30)


class HeldEditPages(Controller):
    path = "/clinic/{slug:str}/held-edits/{edit_id:uuid}"

    @post("/withdraw", status_code=303)
    async def withdraw(
        self,
        slug: FromPath[str],
        edit_id: FromPath[UUID],
        database: NamedDependency[Database],
        visitor: NamedDependency[Visitor],
    ) -> Response[Any]:
        async with database.begin(clinic_access(visitor, slug, "clinic:manage").scope) as work:
            await clinics.withdraw_edit(work, edit_id)
        return go_to(f"/clinic/{slug}", flash="The change is taken back. What is public stays.")


async def held_for(work: ClinicWork, subject_id: UUID | None = None) -> list[dict[str, Any]]:
    """What waits, of all the clinic or of one subject, with each field's name and its values."""
    return [_shown(edit) for edit in await clinics.list_held_edits(work, subject_id)]


def _shown(edit: HeldEditView) -> dict[str, Any]:
    names = SENSITIVE[edit.subject_kind.value]
    changes = [
        {"field": names[field], "before": edit.before[field], "after": edit.after[field]}
        for field in names
        if field in edit.after
    ]
    return {"id": edit.id, "label": edit.label, "asked_at": edit.asked_at, "changes": changes}


async def refused_lately(work: ClinicWork) -> list[dict[str, Any]]:
    """Edits that the moderators refused in the last month, newest first, with the reason and their words."""
    return [
        {
            "label": case.detail["edit"]["label"],
            "reason": reason_of(case.reason).name,
            "message": case.message,
        }
        for case in await moderation.list_clinic_cases(work)
        if case.kind is CaseKind.SENSITIVE_EDIT
        and case.decision is Decision.REJECT
        and case.reason
        and case.decided_at
        and work.now - case.decided_at < SHOWN_AFTER_REFUSAL
    ]


async def saved_words(work: ClinicWork, subject_id: UUID) -> str:
    """What to say after an edit was saved."""
    if not await clinics.list_held_edits(work, subject_id):
        return "Saved."
    return "Saved. What clients rely on is with our moderators; until they agree, the approved version stays public."
