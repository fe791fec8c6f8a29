"""Tables of clients: a clinic's own record of a person."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlmodel import Field

from services.kernel.tables import TenantRow, clinic_key, instant


class Client(TenantRow, table=True):
    """A person as this clinic knows them; linked to an account when they have one."""

    __tablename__ = "client"
    __table_args__ = (
        clinic_key(),
        Index("uq_client_email", "clinic_id", func.lower(text("email")), unique=True),
        Index("ix_client_email", func.lower(text("email"))),
        Index("ix_client_account_id", "account_id"),
    )
    account_rows: ClassVar[bool] = True
    id: UUID = Field(primary_key=True)
    account_id: UUID | None = None
    name: str
    email: str
    phone: str = ""
    created_at: datetime = instant()
