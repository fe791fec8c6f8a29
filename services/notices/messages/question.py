"""Messages about a question and its answer. What was written is read after the link, not in an e-mail."""

from __future__ import annotations

from services.clinics.schemas import ClinicView
from services.kernel.language import gettext as _
from services.kernel.language import page_address
from services.notices.messages.booking import hello
from services.notices.messages.letter import Letter, write
from services.notices.messages.why import as_address
from services.notices.schemas import Message
from services.questions.schemas import QuestionView


def asked(clinic: ClinicView, question: QuestionView, number: int, base_url: str) -> Message:
    """To the clinic: somebody has written."""
    letter = Letter(
        title=_("A question has come in") if number == 1 else _("Somebody has written again"),
        greeting=hello(clinic.name),
        opening=(_("Somebody who thinks about booking has written to you, and waits for your answer."),),
        facts=((_("Written by"), question.name),),
        action=(
            _("Read and answer"),
            page_address(base_url, f"/clinic/{clinic.slug}/questions/{question.id}"),
        ),
        why=as_address(),
    )
    text, html = write(letter)
    return Message("question.asked", question.id, number, clinic.email, letter.title, text, html)


def answered(clinic: ClinicView, question: QuestionView, number: int, url: str) -> Message:
    """To the person: the clinic has answered; the link opens the conversation."""
    letter = Letter(
        title=_("{clinic} has answered you", clinic=clinic.name),
        greeting=hello(question.name),
        opening=(
            _(
                "{clinic} has answered your question. You can read it, and write again, behind this link.",
                clinic=clinic.name,
            ),
        ),
        action=(_("Read the answer"), url),
        closing=(_("Whoever has the link can read the conversation, so keep this message to yourself."),),
        why=_(
            "You get this because somebody asked {clinic} a question at Needlewise with this address.",
            clinic=clinic.name,
        ),
    )
    text, html = write(letter)
    return Message("question.answered", question.id, number, question.email, letter.title, text, html)
