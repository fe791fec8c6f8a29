"""Tables of accounts: people who sign in, and their sign-ins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlmodel import Field

from services.kernel.tables import DirectoryRow, GlobalRow, instant, one_of, sealed


class SignInKind(StrEnum):
    SESSION = "session"
    API = "api"


class Account(GlobalRow, table=True):
    """A person who signs in. E-mail addresses are unique without regard to case.

    `new_email` waits for its proof. `second_factor_asked_at` is when an owner of a live clinic was first asked for one.
    """

    __tablename__ = "account"
    __table_args__ = (Index("uq_account_email", func.lower(text("email")), unique=True),)
    id: UUID = Field(primary_key=True)
    email: str
    name: str
    password_hash: str
    email_verified_at: datetime | None = instant(default=None, nullable=True)
    is_moderator: bool = False
    totp_secret: bytes | None = sealed(default=None, nullable=True)
    totp_last_used: int | None = None
    second_factor_asked_at: datetime | None = instant(default=None, nullable=True)
    new_email: str | None = None
    language: str = Field(default="en", sa_column_kwargs={"server_default": "en"})
    created_at: datetime = instant()


class SignIn(DirectoryRow, table=True):
    """A browser session or an API token; only its hash is kept. `id` names it to its owner, through every rotation."""

    __tablename__ = "sign_in"
    __table_args__ = (one_of("kind", SignInKind),)
    token_hash: str = Field(primary_key=True)
    id: UUID = Field(unique=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    account_id: UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    kind: str
    second_factor: bool = False
    user_agent: str = ""
    first_address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    last_address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant()


class RecoveryCode(GlobalRow, table=True):
    """One of an account's codes for the day its second factor is lost; used once. Only a slow hash is kept."""

    __tablename__ = "recovery_code"
    account_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    code_hash: str = Field(primary_key=True)
    salt: bytes = sealed()
    created_at: datetime = instant()
    used_at: datetime | None = instant(default=None, nullable=True)
