"""What clients take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.accounts.schemas import Email, Input, Language, PersonName
from services.kernel.vault import is_nobodys

Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9+()./ -]*$")]
NoteText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Side = Literal["this", "other"]


class ClientIn(Input):
    """A person who books, or whom the desk writes down."""

    name: PersonName = Field(description="As the clinic should call them.", examples=["Ana Torres"])
    email: Email = Field(description="Where messages about the visit go.", examples=["ana@example.com"])
    phone: Phone = Field(
        default="",
        description="As it is written in the clinic's country, or with + and the country.",
        examples=["+1 212 555 0100"],
    )
    language: Language | None = Field(
        default=None, description="What messages are written in; left out: as before, or the account's."
    )


class ClientPatch(Input):
    """What to change of a client; what is left out stays."""

    name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = Field(default=None, description="Empty text takes the phone away.")
    language: Language | None = Field(default=None, description="What messages are written in.")


class NewNote(Input):
    """A note of the team on a client."""

    text: NoteText = Field(examples=["Prefers mornings. Nervous about needles: explain each step."])


class Merge(Input):
    """Which record goes, and from which of the two each field is kept; an empty one is filled from the other."""

    other_id: UUID = Field(description="The record that goes; it leads to this one from then on.")
    name: Side = "this"
    email: Side = "this"
    phone: Side = "this"

    def chosen(self) -> dict[str, str]:
        """The side of each field."""
        return {"name": self.name, "email": self.email, "phone": self.phone}


@dataclass(frozen=True, slots=True)
class ClientView:
    """A person as a clinic knows them, with the language that they are written to in."""

    id: UUID
    name: str
    email: str
    phone: str
    account_id: UUID | None
    created_at: datetime
    language: str = "en"

    @property
    def is_erased(self) -> bool:
        """Whether the person had their data erased: the record is nobody's, and stays so."""
        return is_nobodys(self.email)


@dataclass(frozen=True, slots=True)
class ListedClient:
    """A client in a list; `alike` says that another record may be the same person's."""

    client: ClientView
    alike: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that may be the same person's, and in what it is the same: email, phone, name."""

    client: ClientView
    same: tuple[str, ...]


class NoteView(BaseModel):
    """A note, with who and when; struck out, it can still be read."""

    id: UUID
    text: str
    written_by: str
    written_at: datetime
    struck_by: str
    struck_at: datetime | None


@dataclass(frozen=True, slots=True)
class MergePreview:
    """Two records side by side, and how many rows of each table would move to the first."""

    this: ClientView
    other: ClientView
    same: tuple[str, ...]
    moves: dict[str, int]
    two_accounts: bool
