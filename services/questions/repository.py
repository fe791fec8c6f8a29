"""SQL of questions and their messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, select, tuple_, update

from services.kernel.ids import new_id
from services.kernel.statements import Prepared, given
from services.kernel.tables import table
from services.kernel.work import ClinicWork
from services.questions.models import Question, QuestionMessage, QuestionState
from services.treatments.models import Treatment

_QUESTION, _MESSAGE, _TREATMENT = table(Question), table(QuestionMessage), table(Treatment)


_COUNT_WAITING = Prepared(
    select(func.count().label("waiting"))
    .select_from(_QUESTION)
    .where(_QUESTION.c.clinic_id == given(_QUESTION.c.clinic_id), _QUESTION.c.state == QuestionState.WAITING)
)


class QuestionRepository:
    """Questions to one clinic."""

    def __init__(self, work: ClinicWork) -> None:
        self._work = work
        self._clinic = work.scope.clinic_id

    async def add(self, **values: Any) -> UUID:
        question_id = new_id()
        now = self._work.now
        await self._work.execute(
            insert(_QUESTION).values(
                clinic_id=self._clinic, id=question_id, asked_at=now, changed_at=now, **values
            )
        )
        return question_id

    async def find(self, question_id: UUID) -> Row[Any] | None:
        """With the name of the treatment it is about."""
        return await self._work.row(self._named(_QUESTION.c.id == question_id))

    async def lock(self, question_id: UUID) -> Row[Any] | None:
        return await self._work.row(
            select(_QUESTION)
            .where(_QUESTION.c.clinic_id == self._clinic, _QUESTION.c.id == question_id)
            .with_for_update()
        )

    async def set_state(self, question_id: UUID, state: str) -> None:
        await self._work.execute(
            update(_QUESTION)
            .where(_QUESTION.c.clinic_id == self._clinic, _QUESTION.c.id == question_id)
            .values(state=state, changed_at=self._work.now)
        )

    async def list_page(
        self, state: str | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Row[Any]]:
        """The latest change first."""
        conditions: list[ColumnElement[bool]] = []
        if state is not None:
            conditions.append(_QUESTION.c.state == state)
        if after is not None:
            conditions.append(tuple_(_QUESTION.c.changed_at, _QUESTION.c.id) < tuple_(*after))
        order = (_QUESTION.c.changed_at.desc(), _QUESTION.c.id.desc())
        return await self._work.rows(self._named(*conditions).order_by(*order).limit(limit))

    async def list_of_email(self, email: str, limit: int) -> list[Row[Any]]:
        """The latest first."""
        mine = func.lower(_QUESTION.c.email) == email.lower()
        return await self._work.rows(
            self._named(mine).order_by(_QUESTION.c.changed_at.desc(), _QUESTION.c.id.desc()).limit(limit)
        )

    async def count_waiting(self) -> int:
        (row,) = await self._work.fetch(_COUNT_WAITING, clinic_id=self._clinic)
        return int(row.waiting)

    async def add_message(self, question_id: UUID, **values: Any) -> int:
        """The message's number in its thread, whose row is locked."""
        number: int = await self._work.scalar(
            select(func.coalesce(func.max(_MESSAGE.c.number), 0) + 1).where(*self._of(question_id))
        )
        await self._work.execute(
            insert(_MESSAGE).values(
                clinic_id=self._clinic,
                id=new_id(),
                question_id=question_id,
                number=number,
                written_at=self._work.now,
                **values,
            )
        )
        return number

    async def messages(self, question_id: UUID) -> list[Row[Any]]:
        """In order."""
        return await self._work.rows(
            select(_MESSAGE).where(*self._of(question_id)).order_by(_MESSAGE.c.number)
        )

    def _of(self, question_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return _MESSAGE.c.clinic_id == self._clinic, _MESSAGE.c.question_id == question_id

    def _named(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        about = and_(
            _TREATMENT.c.clinic_id == _QUESTION.c.clinic_id, _TREATMENT.c.id == _QUESTION.c.treatment_id
        )
        return (
            select(_QUESTION, _TREATMENT.c.name.label("treatment_name"))
            .outerjoin(_TREATMENT, about)
            .where(_QUESTION.c.clinic_id == self._clinic, *conditions)
        )
