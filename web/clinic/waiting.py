"""What waits for somebody of the team, counted once a page, for the numbers in the workspace's navigation."""

from __future__ import annotations

from dataclasses import replace

from services.courses import followups
from services.kernel.scope import ClinicScope
from services.questions import service as questions
from web.context import AppRequest, provide_visitor, site_of


async def count_waiting(request: AppRequest) -> None:
    """Before a page of a clinic's workspace: the visitor carries the counts of the clinic that they look at."""
    visitor = await provide_visitor(request)
    slug = request.path_params.get("slug")
    member = next((one for one in visitor.clinics if one.slug == slug), None)
    if member is None:
        return
    async with site_of(request).database.begin(ClinicScope(member.clinic_id, visitor.actor)) as work:
        waiting = {
            "questions": await questions.count_waiting(work),
            "courses": await followups.count_waiting(work),
        }
    request.scope["visitor"] = replace(visitor, waiting=waiting)  # type: ignore[typeddict-unknown-key]
