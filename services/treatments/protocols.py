"""Use cases of protocols: each change is a new version, and what began with one before keeps that (docs/adr/0016)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.kernel.work import ClinicWork
from services.treatments import protocol_rules as rules
from services.treatments.protocol_repository import ProtocolRepository
from services.treatments.protocol_schemas import ProtocolIn, ProtocolView
from services.treatments.schemas import CourseIn, TreatmentView


async def get_protocol(
    work: ClinicWork, treatment: TreatmentView, at: datetime | None = None
) -> ProtocolView:
    """The version in force, now or at an instant: what was booked then keeps it."""
    row = await ProtocolRepository(work).latest(treatment.id, at)
    return _usual(treatment) if row is None else _view(row)


async def list_protocols(work: ClinicWork, menu: Sequence[TreatmentView]) -> dict[UUID, list[ProtocolView]]:
    """All versions of each treatment's protocol, the latest first; at least what is usual."""
    found: dict[UUID, list[ProtocolView]] = {}
    for row in await ProtocolRepository(work).of_treatments([treatment.id for treatment in menu]):
        found.setdefault(row.treatment_id, []).append(_view(row))
    return {treatment.id: found.get(treatment.id) or [_usual(treatment)] for treatment in menu}


async def keep_protocol(
    work: ClinicWork, treatment_id: UUID, course: CourseIn, care: ProtocolIn, before: ProtocolView | None
) -> None:
    """Writes a new version where anything differs from the one before; the caller holds the treatment's lock."""
    content = {
        **course.model_dump(include={"sessions", "min_days", "target_days", "max_days"}),
        **care.model_dump(exclude={"aftercare"}),
        "aftercare": [[step.from_day, step.to_day, step.text] for step in care.aftercare],
    }
    if before is not None and before.content() == content:
        return
    version = before.version + 1 if before else 1
    await ProtocolRepository(work).add(
        treatment_id=treatment_id, version=version, written_by=work.scope.by.label, **content
    )
    if before is not None:
        work.audit("treatment.protocol", "treatment", treatment_id, version=version)


def care_of(view: ProtocolView) -> dict[str, Any]:
    """What follows each session as its input."""
    steps = [{"from_day": first, "to_day": last, "text": text} for first, last, text in view.aftercare]
    days = ("check_in_days", "photo_days", "review_days")
    return {"aftercare": steps, **{name: list(getattr(view, name)) for name in days}}


def _usual(treatment: TreatmentView) -> ProtocolView:
    return ProtocolView(
        version=0,
        sessions=treatment.course_sessions,
        min_days=treatment.min_days,
        target_days=treatment.target_days,
        max_days=treatment.max_days,
        aftercare=rules.AFTERCARE,
        check_in_days=rules.CHECK_IN_DAYS,
        photo_days=rules.PHOTO_DAYS,
        review_days=rules.REVIEW_DAYS,
        written_by="",
        written_at=None,
    )


def _view(row: Row[Any]) -> ProtocolView:
    return ProtocolView(
        version=row.version,
        sessions=row.sessions,
        min_days=row.min_days,
        target_days=row.target_days,
        max_days=row.max_days,
        aftercare=tuple((first, last, text) for first, last, text in row.aftercare),
        check_in_days=tuple(row.check_in_days),
        photo_days=tuple(row.photo_days),
        review_days=tuple(row.review_days),
        written_by=row.written_by,
        written_at=row.written_at,
    )
