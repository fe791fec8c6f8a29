"""Input and output of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator

from services.accounts.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, normal_email

LONGEST_EMAIL = 254


def _email(value: str) -> str:
    try:
        # `test_environment` lets addresses under `.test` pass: demo data and tests use them (RFC 6761).
        found = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError("This is not an e-mail address, such as ana@example.com.") from error
    return normal_email(found.normalized)


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EMAIL),
    AfterValidator(_email),
]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Password = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class Input(BaseModel):
    """Base of what people send: text without control signs such as NUL, which no column takes."""

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: Any) -> Any:
        if isinstance(value, str) and any(ord(sign) < ord(" ") and sign not in "\n\r\t" for sign in value):
            raise ValueError("This holds signs that cannot be shown.")
        return value


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account, as seen by everything above; `second_factor` says how the present sign-in was made."""

    account_id: UUID
    email: str
    name: str
    email_verified: bool
    is_moderator: bool
    second_factor: bool


class NewAccount(Input):
    """Someone who signs up."""

    email: Email = Field(description="Kept in lower case.", examples=["ana@example.com"])
    password: Password = Field(
        description="12 to 200 characters, not a common one, not the name or address.",
        examples=["a long walk by the sea"],
    )
    name: PersonName = Field(examples=["Ana Torres"])


class Credentials(Input):
    """What someone signs in with."""

    email: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EMAIL)
    ] = Field(examples=["ana@example.com"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(
        examples=["a long walk by the sea"]
    )
    totp: Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)] | None = Field(
        default=None,
        description="Six digits of the second factor, where the account has one.",
        examples=["492039"],
    )


class NewName(Input):
    """Another name for an account."""

    name: PersonName


class NewPassword(Input):
    """Another password, given by who knows the present one."""

    current: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]
    password: Password


class SetPassword(Input):
    """A password that an operator gives an account."""

    email: Email
    password: Password
