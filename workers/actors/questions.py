"""What follows a question to a clinic, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.kernel.work import ClinicWork
from services.notices import questions
from workers.actor import actor


@actor(scope="clinic")
async def tell_of_question(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The clinic hears that somebody has written."""
    await questions.tell_clinic(work, UUID(ids["question_id"]), int(ids["number"]))


@actor(scope="clinic")
async def tell_of_answer(work: ClinicWork, ids: Mapping[str, str]) -> None:
    """The person hears that the clinic has answered."""
    await questions.tell_person(work, UUID(ids["question_id"]), int(ids["number"]))
