"""Use cases: a clinic hears of a question, a person of its answer. Each reads the state again before it speaks."""

from __future__ import annotations

from uuid import UUID

from services.clinics import service as clinics
from services.kernel.language import speaking
from services.kernel.work import ClinicWork
from services.notices import service as notices
from services.notices.messages import question as messages
from services.notices.team import tell_address
from services.questions import service as questions


async def tell_clinic(work: ClinicWork, question_id: UUID, number: int) -> None:
    """A person has written; nothing is said where it was answered or closed meanwhile."""
    question = await questions.get_question(work, question_id)
    if question.state == "waiting":
        clinic = await clinics.get_clinic(work)
        base_url = work.tools.base_url
        await tell_address(work, clinic.email, lambda: messages.asked(clinic, question, number, base_url))


async def tell_person(work: ClinicWork, question_id: UUID, number: int) -> None:
    """The clinic has answered."""
    question = await questions.get_question(work, question_id)
    clinic = await clinics.get_clinic(work)
    with speaking(question.language):
        message = messages.answered(clinic, question, number, questions.thread_link(work, question_id))
    await notices.queue(work, message)
