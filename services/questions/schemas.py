"""What questions take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.accounts.schemas import Email, Input, Language, PersonName

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NewQuestion(Input):
    """A question to a clinic, before anything is booked."""

    name: PersonName = Field(examples=["Ana Torres"])
    email: Email = Field(description="The answer's link goes here.", examples=["ana@example.com"])
    text: Words = Field(examples=["I take isotretinoin until June. When could a course begin?"])
    treatment_id: UUID | None = Field(default=None, description="Left out: a question in general.")
    language: Language = Field(default="en", description="What the answer's message is written in.")


class NewMessage(Input):
    """One more message of the person who asked."""

    text: Words


class NewAnswer(Input):
    """The clinic's answer."""

    text: Words
    invite: bool = Field(
        default=False,
        description="Holds a link that books the treatment within 14 days, also one to ask about first.",
    )


class MessageView(BaseModel):
    """One message. `side` is person or clinic."""

    number: int
    side: str
    written_by: str
    written_at: datetime
    text: str
    invites: bool


class QuestionView(BaseModel):
    """A question without its words. `state` is waiting (for the clinic), answered or closed."""

    id: UUID
    name: str
    email: str
    treatment_id: UUID | None
    treatment_name: str | None
    state: str
    asked_at: datetime
    changed_at: datetime
    language: str = "en"


class Thread(QuestionView):
    """A question with all that was written."""

    messages: list[MessageView]
