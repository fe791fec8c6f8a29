"""What clients take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.accounts.schemas import Email, PersonName

Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9+()./ -]*$")]


class ClientIn(BaseModel):
    """A person who books."""

    name: PersonName = Field(description="As the clinic should call them.", examples=["Ana Torres"])
    email: Email = Field(description="Where messages about the visit go.", examples=["ana@example.com"])
    phone: Phone = Field(
        default="", description="Digits, spaces and + ( ) - . / only.", examples=["+1 212 555 0100"]
    )


@dataclass(frozen=True, slots=True)
class ClientView:
    """A person as a clinic knows them."""

    id: UUID
    name: str
    email: str
    phone: str
    account_id: UUID | None
    created_at: datetime
