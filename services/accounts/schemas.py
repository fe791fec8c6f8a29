"""Input and output of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
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
Language = Literal["en", "es"]  # those of the pages, which a test compares
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Present = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]
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
class Origin:
    """Where a sign-in comes from: the program's name for itself, the IP address, what a known browser carries."""

    user_agent: str = ""
    address: str = ""
    browser: str = ""


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account, as seen by everything above; `second_factor` says how the present sign-in was made.

    `has_second_factor`: one is set up. `second_factor_overdue`: an owner was asked for one, and the grace is over.
    """

    account_id: UUID
    email: str
    name: str
    email_verified: bool
    is_moderator: bool
    second_factor: bool
    has_second_factor: bool = False
    second_factor_overdue: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Begun:
    """A page's sign-in with the right password: a session's token, or a ticket where a code is still to be typed."""

    account_id: UUID
    token: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What a person sees of their own account. `codes_left`: recovery codes that are not used up."""

    email: str
    new_email: str | None
    name: str
    language: str
    email_verified: bool
    is_moderator: bool
    has_second_factor: bool
    codes_left: int


@dataclass(frozen=True, slots=True)
class SignInView:
    """One of a person's own sign-ins. `device` is in words; addresses are IP addresses, empty where unknown."""

    id: UUID
    kind: str
    device: str
    first_address: str
    last_address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor to set up: the secret in groups of four, and the `otpauth` address for an app."""

    secret: str
    uri: str


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
    password: Present = Field(examples=["a long walk by the sea"])
    totp: Code | None = Field(
        default=None,
        description="Six digits of the second factor, where the account has one; or one of its recovery codes.",
        examples=["492039"],
    )


class CodeGiven(Input):
    """A code of the second factor, or a recovery code."""

    code: Code


class OwnDetails(Input):
    """What a person says of themselves: the name, and the language that pages are shown in after signing in."""

    name: PersonName
    language: Language = "en"


class NewPassword(Input):
    """Another password, given by who knows the present one."""

    current: Present
    password: Password


class SetPassword(Input):
    """A password that an operator gives an account."""

    email: Email
    password: Password


class Forgotten(Input):
    """The address of an account whose password is forgotten."""

    email: Email


class ChosenPassword(Input):
    """A password chosen through a link."""

    password: Password


class NewEmail(Input):
    """Another address, given by who knows the password."""

    email: Email
    current: Present


class NewSecondFactor(Input):
    """What switches a second factor on: the password, and a code of the app that was just set up."""

    current: Present
    code: Code
