"""Input and output of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from services.accounts.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD, normal_email
from services.kernel.words import NOT_SHOWN, in_one_line, is_one_line, is_showable

LONGEST_EMAIL = 254


STORED = {"stored": True}
"""The context of `model_validate` for what is stored, which was checked by the rules of its day: a broken line is put
on one, so that no change of something else is refused for it."""


def _is_stored(info: ValidationInfo) -> bool:
    return info.context == STORED


def showable(value: str) -> str:
    """The text, where all of its signs can be shown: what `Input` asks of all texts, said at one of many."""
    if not is_showable(value):
        raise ValueError(NOT_SHOWN)
    return value


def _one_line(value: str, info: ValidationInfo) -> str:
    if _is_stored(info):
        return in_one_line(value)
    if not is_one_line(showable(value)):
        raise ValueError("Write this on one line, without tabs.")
    return value


@dataclass(frozen=True)
class Line(StringConstraints):
    """A text of one line: a name, a title, a number. Texts of several lines have plain `StringConstraints`."""

    strip_whitespace: bool | None = True

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield AfterValidator(_one_line)


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
PersonName = Annotated[str, Line(min_length=1, max_length=120)]
Language = Literal["en", "es"]  # those of the pages, which a test compares
Code = Annotated[str, Line(min_length=1, max_length=20)]
Present = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]
Password = Annotated[str, StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class Input(BaseModel):
    """Base of what people send: text, alone or in lists and by names, without signs that no column takes."""

    @field_validator("*")
    @classmethod
    def _showable(cls, value: Any, info: ValidationInfo) -> Any:
        if not (_is_stored(info) or _is_showable(value)):
            raise ValueError(NOT_SHOWN)
        return value


def _is_showable(value: Any) -> bool:
    """Of texts and collections of them; what else there is has been read, or is an input that looks for itself."""
    if isinstance(value, str):
        return is_showable(value)
    if isinstance(value, dict):
        return all(_is_showable(part) for item in value.items() for part in item)
    return not isinstance(value, list) or all(map(_is_showable, value))


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

    email: Annotated[str, Line(min_length=1, max_length=LONGEST_EMAIL)] = Field(examples=["ana@example.com"])
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
    """What a person says of themselves: the name, and the language of messages, and of pages after signing in."""

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
