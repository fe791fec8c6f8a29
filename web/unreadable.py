"""What could not be read of a request's path, query, headers or body, as field errors in plain words."""

from __future__ import annotations

import re
from typing import Any

from litestar.enums import ParamType
from litestar.exceptions import ValidationException

from services.kernel.errors import FieldError, InvalidFields, NotFound, field_error
from services.kernel.words import NOT_SHOWN, is_showable
from web.context import AppRequest

# What msgspec says of a parameter, as the kind of error that the schemas' words are kept under; first match wins.
_KINDS: tuple[tuple[re.Pattern[str], str, str | None], ...] = tuple(
    (re.compile(pattern), kind, bound)
    for pattern, kind, bound in (
        (r"^Expected `(?:int|float)[^`]*` >= (\S+)", "greater_than_equal", "ge"),
        (r"^Expected `(?:int|float)[^`]*` > (\S+)", "greater_than", "gt"),
        (r"^Expected `(?:int|float)[^`]*` <= (\S+)", "less_than_equal", "le"),
        (r"^Expected `(?:int|float)[^`]*` < (\S+)", "less_than", "lt"),
        (r"^Expected `str[^`]*` of length <= (\d+)", "string_too_long", "max_length"),
        (r"^Expected `str[^`]*` of length >= (\d+)", "string_too_short", "min_length"),
        (r"^Expected `int", "int_parsing", None),
        (r"^Expected `float", "float_parsing", None),
        (r"^Expected `bool", "bool_parsing", None),
        (r"^Invalid UUID", "uuid_parsing", None),
        (r"^Invalid RFC3339 encoded date$", "date_parsing", None),
        (r"^Invalid RFC3339 encoded datetime", "datetime_parsing", None),
    )
)


async def refuse_unshowable(request: AppRequest) -> None:
    """Before every request: no address holds a sign that cannot be shown, such as NUL, which no column takes."""
    if not is_showable(request.scope["path"]):
        raise NotFound
    if not request.scope["query_string"]:
        return
    given = request.query_params.multi_items()
    names = dict.fromkeys(name for name, value in given if not is_showable(str(value)))
    if names:
        raise InvalidFields([FieldError(name, "invalid", NOT_SHOWN) for name in names])


def path_is_unreadable(error: ValidationException) -> bool:
    """Whether a part of the address itself is not of its kind: then there is nothing under it."""
    return any(item.get("source") == ParamType.PATH for item in _items(error))


def unreadable_fields(request: AppRequest, error: ValidationException) -> list[FieldError]:
    """The fields that could not be read, under the names the caller knows them by."""
    cause = error.__cause__
    if isinstance(cause, KeyError):
        return [field_error({"type": "missing", "loc": cause.args})]
    if details := getattr(cause, "errors", None):
        return [field_error(dict(item)) for item in details]
    found = [_parameter_error(request, item) for item in _items(error)]
    return found or [FieldError("", "invalid", error.detail)]


def _parameter_error(request: AppRequest, item: dict[str, Any]) -> FieldError:
    name, said = _public_name(request, str(item.get("key", ""))), str(item.get("message", ""))
    if said.startswith("Invalid enum value"):
        return FieldError(name, "unknown-code", "This is none of the values that are known here.")
    for pattern, kind, bound in _KINDS:
        if matched := pattern.match(said):
            context = {bound: matched.group(1)} if bound else {}
            return field_error({"type": kind, "loc": (name,), "ctx": context})
    return field_error({"type": "other", "loc": (name,)})


def _public_name(request: AppRequest, name: str) -> str:
    """A parameter's name in the address, which may be another than in the code (`from`)."""
    parameter = request.route_handler.parsed_fn_signature.parameters.get(name)
    return getattr(parameter and parameter.kwarg_definition, "name", None) or name


def _items(error: ValidationException) -> list[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    return [item for item in extra if isinstance(item, dict)]
