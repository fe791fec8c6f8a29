"""Errors are facts with a status and a code; the web turns them into a problem document or a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import ValidationError

from services.kernel.language import N_, gettext


class Refusal(Exception):  # noqa: N818  refusals are named by the fact they state: `SlotTaken`
    """What the product will not do, and why, in words for the person who asked.

    `extra` becomes additional members of the problem document (RFC 9457).
    """

    status: ClassVar[int] = 409
    code: ClassVar[str] = "wrong-state"
    message: ClassVar[str] = "That is not possible in its present state."

    def __init__(self, message: str | None = None, **extra: Any) -> None:
        self.text = message or self.message
        self.extra = extra
        super().__init__(self.text)


class NotFound(Refusal):
    """Unknown, or somebody else's: the answer is the same."""

    status = 404
    code = "not-found"
    message = "There is nothing here under that address."


class NotSignedIn(Refusal):
    status = 401
    code = "not-signed-in"
    message = "Sign in first."


class NotAllowed(Refusal):
    status = 403
    code = "not-allowed"
    message = "Your role does not include this."


class WrongState(Refusal):
    """The thing exists, but not in a state in which this can be done."""


class TooManyRequests(Refusal):
    status = 429
    code = "too-many-requests"
    message = "That was tried too often. Wait a moment and try again."

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class BadRequest(Refusal):
    status = 400
    code = "bad-request"
    message = "The request could not be read."


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field's error: its path with dots, a code for programs, words for people."""

    field: str
    code: str
    message: str


class InvalidFields(Refusal):
    """One or more fields are not right; nothing was changed."""

    status = 422
    code = "invalid-fields"
    message = "Some fields need another look."

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def one(cls, field: str, code: str, message: str) -> InvalidFields:
        """The error of a single field."""
        return cls([FieldError(field, code, message)])

    @classmethod
    def from_pydantic(cls, error: ValidationError) -> InvalidFields:
        """All errors of a schema, in plain words."""
        return cls([field_error(dict(item)) for item in error.errors(include_url=False)])


_PLAIN = {
    "missing": ("missing", "Fill this in."),
    "string_type": ("wrong-type", "This must be text."),
    "int_parsing": ("wrong-type", "This must be a whole number."),
    "int_type": ("wrong-type", "This must be a whole number."),
    "int_from_float": ("wrong-type", "This must be a whole number."),
    "float_parsing": ("wrong-type", "This must be a number."),
    "decimal_parsing": ("wrong-type", "This must be a number."),
    "bool_type": ("wrong-type", "This must be yes or no."),
    "bool_parsing": ("wrong-type", "This must be yes or no."),
    "list_type": ("wrong-type", "This must be a list."),
    "dict_type": ("wrong-type", "This must be an object."),
    "model_type": ("wrong-type", "This must be an object."),
    "model_attributes_type": ("wrong-type", "This must be an object."),
    "uuid_parsing": ("wrong-type", "This is not an id."),
    "uuid_type": ("wrong-type", "This is not an id."),
    "datetime_from_date_parsing": ("wrong-type", "This must be a date and time with its offset."),
    "datetime_parsing": ("wrong-type", "This must be a date and time with its offset."),
    "datetime_type": ("wrong-type", "This must be a date and time with its offset."),
    "timezone_aware": ("wrong-type", "This must be a date and time with its offset."),
    "date_parsing": ("wrong-type", "This must be a date, such as 2026-11-30."),
    "date_from_datetime_parsing": ("wrong-type", "This must be a date, such as 2026-11-30."),
    "date_type": ("wrong-type", "This must be a date, such as 2026-11-30."),
    "time_parsing": ("wrong-type", "This must be a time of day, such as 09:30."),
    "extra_forbidden": ("unknown-field", "This field is not known."),
}


def field_error(item: dict[str, Any]) -> FieldError:
    """One item of pydantic's list of errors as a field error in plain words."""
    kind = str(item["type"])
    context = item.get("ctx") or {}
    path = ".".join(str(part) for part in item["loc"])
    if kind in _PLAIN:
        code, message = _PLAIN[kind]
    elif kind == "string_too_short":
        code, message = _too_short(int(context.get("min_length", 1)))
    elif kind in {"string_too_long", "bytes_too_long"}:
        code, message = "too-long", gettext("Use at most {most} characters.", most=context.get("max_length"))
    elif kind in {"too_long", "too_short"}:
        code, message = _list_length(kind, context)
    elif kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        code, message = "out-of-range", _range_words(kind, context)
    elif kind in {"enum", "literal_error"}:
        code, message = "unknown-code", _choose(str(context.get("expected", "")))
    elif kind == "value_error":
        code, message = "invalid", str(item["msg"]).removeprefix("Value error, ")
    else:
        code, message = "invalid", "This is not in the form that is needed here."
    return FieldError(path, code, message)


def _too_short(minimum: int) -> tuple[str, str]:
    return (
        ("missing", "Fill this in.")
        if minimum == 1
        else ("too-short", gettext("Use at least {least} characters.", least=minimum))
    )


def _list_length(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    if kind == "too_long":
        return "too-long", gettext("Give at most {most}.", most=context.get("max_length"))
    return "too-short", gettext("Give at least {least}.", least=context.get("min_length"))


def _choose(expected: str) -> str:
    """Of pydantic's list of what may be chosen: `'en', 'es' or 'fr'`."""
    codes = expected.replace("'", "").replace(" or ", gettext(" or "))
    return gettext("Choose one of: {codes}.", codes=codes)


_RANGES = {
    "greater_than_equal": ("ge", N_("This must be at least {limit}.")),
    "greater_than": ("gt", N_("This must be more than {limit}.")),
    "less_than_equal": ("le", N_("This must be at most {limit}.")),
    "less_than": ("lt", N_("This must be less than {limit}.")),
}


def _range_words(kind: str, context: dict[str, Any]) -> str:
    key, words = _RANGES[kind]
    return gettext(words, limit=context.get(key))
