"""What is wished for the later sessions of a course, between flat fields of a query or form and what booking takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from services.kernel.errors import FieldError, InvalidFields
from services.scheduling.time_schemas import PreferencesIn
from web.context import AppRequest

NAMES = ("weekdays", "from_time", "until_time", "same_practitioner")


def asked_of(request: AppRequest) -> dict[str, str]:
    """The fields of the query; of weekdays, chosen one by one, the list as one field."""
    query = request.query_params
    return dict(query) | {"weekdays": ",".join(query.getall("weekdays", []))}


def read_preferences(given: Mapping[str, str]) -> PreferencesIn:
    """The wishes; what is left open is not wished. Raises `InvalidFields`."""
    fields = {name: value for name, value in typed_preferences(given).items() if value}
    try:
        wished = PreferencesIn.model_validate(fields)
    except ValidationError as error:
        found = InvalidFields.from_pydantic(error).errors
        named = {one.field.split(".")[0]: one for one in reversed(found)}
        raise InvalidFields(
            [FieldError(name, one.code, one.message) for name, one in named.items()]
        ) from error
    wished.checked()
    return wished


def typed_preferences(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields as their form shows them again, right or wrong."""
    weekdays = [day for day in given.get("weekdays", "").split(",") if day]
    return {name: given.get(name, "") for name in NAMES} | {"weekdays": weekdays}


def fields_of(wished: PreferencesIn) -> dict[str, str]:
    """The wishes as fields; nothing for what is left open."""
    return {
        **({"weekdays": ",".join(str(day) for day in wished.weekdays)} if wished.weekdays else {}),
        **({"from_time": wished.from_time.isoformat("minutes")} if wished.from_time else {}),
        **({"until_time": wished.until_time.isoformat("minutes")} if wished.until_time else {}),
        **({} if wished.same_practitioner else {"same_practitioner": "false"}),
    }
