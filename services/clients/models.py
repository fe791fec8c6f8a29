"""Tables of clients: a clinic's own record of a person, and the desk's notes on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, Computed, Index, String, func, text
from sqlmodel import Field

from services.kernel.tables import APPEND_ONLY, TenantRow, clinic_key, instant, sealed, tenant_key

# What is alike in two records of one person, worked out by the database, so that no writer can leave it out: digits
# of the phone without leading zeros (none under seven), the name without accents, case and signs, and the address
# without case and without what stands behind a plus.
PHONE_KEY = (
    r"CASE WHEN length(regexp_replace(phone, '\D', '', 'g')) >= 7 "
    r"THEN ltrim(regexp_replace(phone, '\D', '', 'g'), '0') ELSE '' END"
)
NAME_KEY = (
    r"btrim(regexp_replace(lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]', '', 'g')), "
    r"'\W+', ' ', 'g'))"
)
EMAIL_KEY = r"regexp_replace(lower(email), '\+[^@]*@', '@')"


def _worked_out(expression: str) -> Any:
    column: Column[str] = Column(String, Computed(expression, persisted=True), nullable=False)
    return Field(default=None, sa_column=column)


class Client(TenantRow, table=True):
    """A person as this clinic knows them; linked to an account when they have one.

    A record that was merged stays, leads to the one that was kept, and holds nothing any more but an address.
    """

    __tablename__ = "client"
    __table_args__ = (
        clinic_key(),
        tenant_key("merged_into", "client"),
        Index("uq_client_email", "clinic_id", func.lower(text("email")), unique=True),
        Index("ix_client_email", func.lower(text("email"))),
        Index("ix_client_account_id", "account_id"),
        Index("ix_client_by_name", "clinic_id", func.lower(text("name")), "id"),
        Index("ix_client_phone_key", "clinic_id", "phone_key"),
        Index("ix_client_name_key", "clinic_id", "name_key"),
        Index("ix_client_email_key", "clinic_id", "email_key"),
        Index(
            "ix_client_merged_into",
            "clinic_id",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )
    account_rows: ClassVar[bool] = True
    id: UUID = Field(primary_key=True)
    account_id: UUID | None = None
    name: str
    email: str
    phone: str = ""
    language: str = Field(default="en", sa_column_kwargs={"server_default": text("'en'")})
    created_at: datetime = instant()
    merged_into: UUID | None = None
    merged_at: datetime | None = instant(default=None, nullable=True)
    phone_key: Any = _worked_out(PHONE_KEY)
    name_key: Any = _worked_out(NAME_KEY)
    email_key: Any = _worked_out(EMAIL_KEY)


class ClientNote(TenantRow, table=True):
    """A note of the team on a client, sealed with the client's key. It is struck out, never changed or removed."""

    __tablename__ = "client_note"
    __table_args__ = (
        tenant_key("client_id", "client"),
        Index("ix_client_note_client", "clinic_id", "client_id", "written_at"),
    )
    app_may: ClassVar[tuple[str, ...]] = APPEND_ONLY
    app_changes: ClassVar[tuple[str, ...]] = ("client_id", "struck_at", "struck_by")
    id: UUID = Field(primary_key=True)
    client_id: UUID
    body: bytes = sealed()
    written_by: str
    written_at: datetime = instant()
    struck_by: str = ""
    struck_at: datetime | None = instant(default=None, nullable=True)
