"""A case with everything that it is about: facts, proofs, people and credentials, menu, checklist, history."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from services.clinics import pictures, places, proofs
from services.clinics import service as clinics
from services.clinics.picture_schemas import PictureView
from services.clinics.proof_schemas import ProofView
from services.clinics.schemas import AuditView, ClinicView, DeviceView, LocationView
from services.courses import photo_results
from services.courses.photo_schemas import SeenResult
from services.kernel.work import ClinicWork
from services.marketplace.checklist import get_checklist
from services.moderation import rules
from services.moderation.schemas import CaseView
from services.moderation.service import (
    get_case,
    is_own_clinic,
    list_case_events,
    list_changes,
    list_clinic_cases,
    moderator_of,
)
from services.practitioners import service as practitioners
from services.practitioners.schemas import PractitionerView
from services.reviews import service as reviews
from services.treatments import service as treatments
from services.treatments.schemas import TreatmentView


class CheckShown(BaseModel):
    """A point of the checklist."""

    code: str
    title: str
    done: bool


class CasePage(CaseView):
    """A case on one page. `possible` are the decisions that fit now; none where the reader may not decide.

    `changed` is what the clinic changed since the case before this one was decided.
    """

    possible: list[str]
    own_clinic: bool
    own_decision: bool
    review_text: str | None
    clinic: ClinicView
    locations: list[LocationView]
    devices: list[DeviceView]
    pictures: list[PictureView]
    results: list[SeenResult]
    practitioners: list[PractitionerView]
    treatments: list[TreatmentView]
    proofs: list[ProofView]
    checklist: list[CheckShown]
    other_cases: list[CaseView]
    history: list[AuditView]
    changed: list[AuditView]


async def get_case_page(work: ClinicWork, case_id: UUID) -> CasePage:
    """The case and its clinic as they stand now. Raises `NotFound`."""
    case = await get_case(work, case_id)
    clinic = await clinics.get_clinic(work)
    own = await is_own_clinic(work)
    matter = rules.matter_of(case.kind, case.detail)
    own_decision = rules.decided_it_before(case.detail, moderator_of(work))
    possible = rules.possible_decisions(matter, clinic.status)
    return CasePage(
        **case.model_dump(),
        possible=[] if own or own_decision or case.decision is not None else list(possible),
        own_clinic=own,
        own_decision=own_decision,
        review_text=None
        if matter.review_id is None
        else (await reviews.get_review(work, matter.review_id)).text,
        clinic=clinic,
        locations=await places.list_locations(work),
        devices=await places.list_devices(work),
        pictures=await pictures.list_all_pictures(work),
        results=[SeenResult.model_validate(one) for one in await photo_results.list_chosen(work)],
        practitioners=await practitioners.list_practitioners(work),
        treatments=await treatments.list_treatments(work),
        proofs=await proofs.list_proofs(work),
        checklist=[
            CheckShown(code=item.code, title=item.title, done=item.done) for item in await get_checklist(work)
        ],
        other_cases=[other for other in await list_clinic_cases(work) if other.id != case_id],
        history=await list_case_events(work),
        changed=await list_changes(work, case_id),
    )
