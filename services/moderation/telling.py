"""Who hears of a decision: the clinic or a review's author with the way to appeal, and who reported something."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.clinics.models import EditSubject
from services.kernel.language import DEFAULT, speaking
from services.kernel.language import gettext as _
from services.kernel.work import ClinicWork
from services.moderation import rules
from services.moderation.appeals import find_appeal_link
from services.moderation.models import CaseKind, Decision
from services.moderation.schemas import CaseView, decision_name, reason_of
from services.moderation.service import get_case
from services.notices import service as notices
from services.notices.attendance import tell_of_judgement
from services.notices.messages import moderation as messages
from services.notices.messages.moderation import Verdict
from services.reviews import service as reviews


async def send_decision(work: ClinicWork, case_id: UUID) -> None:
    """Tells whom a decision concerns; nobody where it concerns nobody. Raises `NotFound`."""
    case = await get_case(work, case_id)
    if case.decision is None or case.reason is None:
        return
    matter = rules.matter_of(case.kind, case.detail)
    whom = rules.is_told(matter, case.decision)
    clinic = await clinics.get_clinic(work)
    if whom == "both" and matter.booking_id is not None:
        stands = case.decision is Decision.DISMISS
        words = case.message or ""
        await tell_of_judgement(work, matter.booking_id, stands=stands, message=words)
    elif whom == "clinic":
        with speaking(await clinics.find_language(work, clinic.email)):
            verdict = await _verdict(work, case)
            message = messages.decided(clinic, case.id, work.tools.base_url, verdict)
        await notices.queue(work, message)
    elif whom == "author" and matter.review_id is not None:
        author = await reviews.find_author(work, matter.review_id)
        if author is not None:
            with speaking(author.language):
                verdict = await _verdict(work, case)
                message = messages.decided_review(clinic.name, case.id, author, verdict)
            await notices.queue(work, message)


def _points(case: CaseView) -> tuple[str, ...]:
    """What the decision asks to be changed; nothing that the moderator's own words say already."""
    asked = (str(point["message"]) for point in case.detail.get("changes", ()))
    return tuple(point for point in asked if point != case.message)


async def _verdict(work: ClinicWork, case: CaseView) -> Verdict:
    return Verdict(
        decision=decision_name(case.decision or "", case.kind),
        reason=reason_of(case.reason or "").name,
        message=case.message or "",
        appeal_url=await find_appeal_link(work, case.id),
        on_appeal=case.kind is CaseKind.APPEAL,
        about=_about(case),
        points=_points(case),
    )


def _about(case: CaseView) -> str:
    """Whom or what of a clinic a case is about, where it is not the whole."""
    detail = case.detail
    if "picture_id" in detail:
        shown = detail.get("picture")
        return _("Your picture: {words}", words=shown) if shown else _("One of your pictures")
    if "result_id" in detail:
        return _("A pair of your results: {words}", words=detail["result"])
    edit = detail.get("edit", {})
    paper = detail.get("proof") or (edit["label"] if edit.get("subject_kind") == EditSubject.PROOF else "")
    return _(str(paper)) if paper else str(detail.get("practitioner") or edit.get("label", ""))


async def answer_report(work: ClinicWork, case_id: UUID) -> None:
    """Tells who reported something and left an address that it was looked at. Raises `NotFound`."""
    case = await get_case(work, case_id)
    email = str(case.detail.get("email", ""))
    if case.decision is None or not email or case.kind is CaseKind.APPEAL:
        return
    clinic = await clinics.get_clinic(work)
    acted = case.decision is not Decision.DISMISS
    with speaking(str(case.detail.get("language", DEFAULT))):
        message = messages.report_answered(clinic.name, case.id, email, acted=acted)
    await notices.queue(work, message)
