"""Appeals: whoever a decision harms can ask, by the link in the message, that another moderator looks again."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Row

from services.clinics import service as clinics
from services.kernel.errors import NotFound
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.work import AnyWork, ClinicWork
from services.moderation import rules
from services.moderation.errors import AlreadyAppealed, NoAppeal
from services.moderation.models import CaseKind
from services.moderation.repository import CaseRepository
from services.moderation.schemas import Appeal, AppealPage, CaseView
from services.moderation.service import case_view, open_case

APPEAL_LINK = "appeal"
_ABOUT = ("review_id", "credential_id", "proof_id", "picture_id", "picture", "result_id", "result")


async def find_appeal_link(work: ClinicWork, case_id: UUID) -> str | None:
    """The address at which a decision can be appealed, for the message; nothing where there is no appeal.

    Raises `NotFound`.
    """
    row = await _case(work, case_id)
    matter = rules.matter_of(row.case_kind, row.detail)
    if not rules.may_appeal(matter, row.decision, row.decided_at, work.now):
        return None
    token = work.tools.links.sign(
        APPEAL_LINK,
        case_id,
        clinic_id=work.scope.clinic_id,
        expires_at=row.decided_at + rules.APPEAL_TIME,
    )
    return page_address(work.tools.base_url, f"/appeals/{token}")


def read_link(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """The clinic and the case that a token leads to. Raises `LinkInvalid` or `LinkExpired`."""
    link = work.tools.links.read(APPEAL_LINK, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link.subject_id


async def get_appeal_page(work: ClinicWork, case_id: UUID) -> AppealPage:
    """What was decided, and what became of the appeal. Raises `NotFound`."""
    case = case_view(await _case(work, case_id), work.now)
    found = await CaseRepository(work).find_appeal(case_id)
    return AppealPage(case=case, appeal=None if found is None else case_view(found, work.now))


async def appeal(work: ClinicWork, case_id: UUID, given: Appeal) -> CaseView:
    """Opens the appeal against a decision, once. Raises `NotFound`, `NoAppeal`, `AlreadyAppealed`."""
    row = await _case(work, case_id, lock=True)
    matter = rules.matter_of(row.case_kind, row.detail)
    if not rules.may_appeal(matter, row.decision, row.decided_at, work.now):
        raise NoAppeal
    if await CaseRepository(work).find_appeal(case_id) is not None:
        raise AlreadyAppealed
    things = () if row.case_kind in rules.LAPSES else _ABOUT
    about = {key: row.detail[key] for key in things if key in row.detail}
    detail = {
        "text": given.text,
        "appeals": str(case_id),
        "undoes": row.decision,
        "decided_by": str(row.decided_by),
        "about_kind": row.case_kind,
        **about,
    }
    return await open_case(work, await clinics.get_clinic(work), CaseKind.APPEAL, case_id, detail)


async def _case(work: ClinicWork, case_id: UUID, *, lock: bool = False) -> Row[object]:
    row = await CaseRepository(work).find(case_id, lock=lock)
    if row is None:
        raise NotFound
    return row
