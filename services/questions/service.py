"""Use cases of questions: asked without an account, answered by the clinic, read by a signed link, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.accounts.rules import network_of
from services.clinics import service as clinics
from services.clinics.rules import is_public
from services.kernel.errors import InvalidFields, NotFound, TooManyRequests
from services.kernel.language import page_address
from services.kernel.links import LinkInvalid
from services.kernel.paging import Page, decode_cursor, page_of
from services.kernel.vault import open_for, seal_for
from services.kernel.work import AnyWork, ClinicWork
from services.questions import rules
from services.questions.errors import QuestionClosed
from services.questions.events import ANSWERED, ASKED
from services.questions.models import QuestionState, Side
from services.questions.repository import QuestionRepository
from services.questions.schemas import (
    MessageView,
    NewAnswer,
    NewMessage,
    NewQuestion,
    QuestionView,
    Thread,
)
from services.treatments import service as treatments

THREAD_LINK = "question"
_AN_HOUR, _OF_ONE_PERSON = 3600, 20


async def ask(work: ClinicWork, new: NewQuestion, *, address: str = "") -> Thread:
    """Opens a thread; the clinic hears of it. `address` is the caller's, which may ask so often an hour.

    Raises `TooManyRequests`, and a field error for a treatment that is not on the menu.
    """
    await _throttle(work, f"question:{network_of(address)}", rules.QUESTIONS_AN_HOUR)
    if new.treatment_id is not None:
        await _on_the_menu(work, new.treatment_id)
    question_id = await QuestionRepository(work).add(
        treatment_id=new.treatment_id,
        name=new.name,
        email=new.email,
        language=new.language,
        state=QuestionState.WAITING,
    )
    work.audit("question.ask", "question", question_id)
    await _write(work, question_id, Side.PERSON, new.name, new.text)
    return await get_thread(work, question_id)


async def write_more(work: ClinicWork, question_id: UUID, new: NewMessage) -> Thread:
    """One more message of the person who asked. Raises `QuestionClosed`, `NotFound`, `TooManyRequests`."""
    await _throttle(work, f"question:{question_id}", rules.MESSAGES_AN_HOUR)
    row = await _open(work, question_id)
    if not is_public((await clinics.get_clinic(work)).status):
        raise QuestionClosed
    await _write(work, question_id, Side.PERSON, row.name, new.text)
    return await get_thread(work, question_id)


async def answer(work: ClinicWork, question_id: UUID, new: NewAnswer) -> Thread:
    """The clinic's answer; the person gets the thread's link by mail. Raises `QuestionClosed`, `NotFound`.

    An answer that invites to book has to be about a treatment of the menu: else it is a field error.
    """
    row = await _open(work, question_id)
    if new.invite:
        if not rules.may_invite(rules.CLINIC, row.treatment_id):
            raise InvalidFields.one(
                "invite", "invalid", "This question is about no treatment that could be booked."
            )
        await _on_the_menu(work, row.treatment_id, "invite")
    work.audit("question.answer", "question", question_id, invites=new.invite)
    await _write(work, question_id, Side.CLINIC, work.scope.by.label, new.text, invites=new.invite)
    return await get_thread(work, question_id)


async def close(work: ClinicWork, question_id: UUID) -> QuestionView:
    """Ends a thread: it can be read, and nobody writes in it any more. Raises `QuestionClosed`, `NotFound`."""
    await _open(work, question_id)
    await QuestionRepository(work).set_state(question_id, QuestionState.CLOSED)
    work.audit("question.close", "question", question_id)
    return await get_question(work, question_id)


async def get_question(work: ClinicWork, question_id: UUID) -> QuestionView:
    """A question without its words. Raises `NotFound`."""
    return QuestionView(**_fields(await _found(work, question_id)))


async def get_thread(work: ClinicWork, question_id: UUID) -> Thread:
    """A question with all that was written. Raises `NotFound`, `Erased`."""
    row = await _found(work, question_id)
    messages = [
        MessageView(
            number=one.number,
            side=one.side,
            written_by=one.written_by,
            written_at=one.written_at,
            text=(await open_for(work, question_id, one.body)).decode(),
            invites=one.invites,
        )
        for one in await QuestionRepository(work).messages(question_id)
    ]
    return Thread(**_fields(row), messages=messages)


async def read_thread(work: ClinicWork, question_id: UUID) -> Thread:
    """The same for somebody of the team: the look is recorded."""
    thread = await get_thread(work, question_id)
    work.audit("question.read", "question", question_id)
    return thread


async def list_questions(
    work: ClinicWork, state: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[QuestionView]:
    """Questions of a state or of all, the latest change first."""
    after: tuple[datetime, UUID] | None = None
    if cursor:
        keys = decode_cursor(cursor, 2)
        try:
            after = datetime.fromisoformat(str(keys[0])), UUID(str(keys[1]))
        except ValueError as error:
            raise InvalidFields.one("cursor", "invalid", "This cursor is not one of ours.") from error
    rows = await QuestionRepository(work).list_page(state, after, limit + 1)
    found = [QuestionView(**_fields(row)) for row in rows]
    return page_of(found, limit, lambda one: (one.changed_at.isoformat(), one.id))


async def list_of_email(work: ClinicWork, email: str) -> list[QuestionView]:
    """What was asked from an address, the latest first."""
    rows = await QuestionRepository(work).list_of_email(email, _OF_ONE_PERSON)
    return [QuestionView(**_fields(row)) for row in rows]


async def count_waiting(work: ClinicWork) -> int:
    """How many questions wait for the clinic."""
    return await QuestionRepository(work).count_waiting()


def thread_token(work: ClinicWork, question_id: UUID) -> str:
    """The token that opens the thread, and nothing else."""
    return work.tools.links.sign(THREAD_LINK, question_id, clinic_id=work.scope.clinic_id)


def thread_link(work: ClinicWork, question_id: UUID) -> str:
    """The address for the message."""
    return page_address(work.tools.base_url, f"/questions/{thread_token(work, question_id)}")


def read_link(work: AnyWork, token: str) -> tuple[UUID, UUID]:
    """The clinic and the question a token leads to. Raises `LinkInvalid`."""
    link = work.tools.links.read(THREAD_LINK, token, work.now)
    if link.clinic_id is None:
        raise LinkInvalid
    return link.clinic_id, link.subject_id


async def _write(
    work: ClinicWork, question_id: UUID, side: Side, written_by: str, text: str, *, invites: bool = False
) -> None:
    questions = QuestionRepository(work)
    number = await questions.add_message(
        question_id,
        side=side,
        written_by=written_by,
        body=await seal_for(work, question_id, text.encode()),
        invites=invites,
    )
    await questions.set_state(question_id, rules.state_after(side))
    event = ASKED if side == Side.PERSON else ANSWERED
    work.announce(event(question_id=question_id, number=str(number)))


async def _open(work: ClinicWork, question_id: UUID) -> Row[Any]:
    """The question, with its row locked, while it can be written in."""
    row = await QuestionRepository(work).lock(question_id)
    if row is None:
        raise NotFound
    if not rules.may_write(row.state):
        raise QuestionClosed
    return row


async def _found(work: ClinicWork, question_id: UUID) -> Row[Any]:
    row = await QuestionRepository(work).find(question_id)
    if row is None:
        raise NotFound
    return row


async def _on_the_menu(work: ClinicWork, treatment_id: UUID, field: str = "treatment_id") -> None:
    try:
        await treatments.get_treatment(work, treatment_id)
    except NotFound as error:
        words = "This treatment is not on the clinic's menu."
        raise InvalidFields.one(field, "unknown-code", words) from error


async def _throttle(work: ClinicWork, key: str, most: int) -> None:
    wait = await work.tools.throttle.hit(key, most, _AN_HOUR)
    if wait is not None:
        raise TooManyRequests(wait)


def _fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "treatment_id": row.treatment_id,
        "treatment_name": row.treatment_name,
        "state": row.state,
        "asked_at": row.asked_at,
        "changed_at": row.changed_at,
        "language": row.language,
    }
