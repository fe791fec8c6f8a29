"""Actors of moderation: cases that open by themselves, and who hears of a case and of its decision."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.clinics import service as clinics
from services.kernel.work import ClinicWork
from services.moderation import edits, telling, watching
from services.moderation import service as moderation
from services.moderation.models import CaseKind
from services.notices.messages import moderation as messages
from services.notices.team import tell_address
from workers.actor import actor


@actor(scope="clinic")
async def confirm_submission(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells the clinic that its listing is with the moderators; a report from the public is not told."""
    case = await moderation.get_case(work, UUID(ids["case_id"]))
    if case.kind is CaseKind.NEW_LISTING:
        clinic = await clinics.get_clinic(work)
        base_url = work.tools.base_url
        await tell_address(work, clinic.email, lambda: messages.submitted(clinic, case.id, base_url))


@actor(scope="clinic")
async def open_edit_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A sensitive edit waits: the moderators get a case."""
    await edits.open_edit_case(work, UUID(ids["edit_id"]))


@actor(scope="clinic")
async def close_edit_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic took an edit back."""
    await edits.close_edit_case(work, UUID(ids["edit_id"]))


@actor(scope="clinic")
async def open_credential_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A credential was claimed, or its evidence given: a moderator checks it."""
    await watching.open_credential_case(work, UUID(ids["credential_id"]))


@actor(scope="clinic")
async def open_lapsing_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A credential expires within a week."""
    await watching.open_lapsing_case(work, UUID(ids["credential_id"]), int(ids["days"]))


@actor(scope="clinic")
async def open_proof_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A business paper was stated, changed or uploaded: a moderator checks it."""
    await watching.open_proof_case(work, UUID(ids["proof_id"]))


@actor(scope="clinic")
async def open_proof_lapsed_case(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """A checked business paper has run out."""
    await watching.open_proof_lapsed_case(work, UUID(ids["proof_id"]))


@actor(scope="clinic")
async def send_decision(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells whom it concerns what was decided, why, and how to appeal."""
    await telling.send_decision(work, UUID(ids["case_id"]))


@actor(scope="clinic")
async def answer_report(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """Tells who reported something, where they left an address, that it was looked at."""
    await telling.answer_report(work, UUID(ids["case_id"]))
