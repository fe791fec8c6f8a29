"""The API's description: the document for programs, and a page for people without a script."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from web.pages import page

METHODS = ("get", "post", "put", "patch", "delete")


PROBLEM = "application/problem+json"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem (RFC 9457). `type` ends in its code; more members say what can be done about it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "With 422: what is wrong, by field.",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
_OTHERWISE: dict[str, Any] = {
    "description": (
        "Refused: 400 unreadable, 401 not signed in, 403 not allowed, 404 not there, 409 in the wrong state, "
        "422 invalid fields, 429 too many requests (`Retry-After`), 503 short of room."
    ),
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


# What is kept as a file is one of these by its content.
_FILES = ("application/pdf", "image/jpeg", "image/png")
_ANY_FILE = "application/octet-stream"
_TIME_OF_DAY = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document as our answers are.

    Problems for whatever is refused, calls of programs alone, times of day as they are written (the framework takes
    them for durations), files by their types.
    """
    document = _with_times(document)
    components: dict[str, Any] = document.get("components", {})
    return {
        **document,
        "paths": {
            path: {method: _with_problems(given) for method, given in item.items()}
            for path, item in document["paths"].items()
            if path.startswith("/api/")
        },
        "components": {**components, "schemas": {**components.get("schemas", {}), "Problem": _PROBLEM}},
    }


def _with_problems(operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    good = {
        status: _with_files(answer) for status, answer in operation["responses"].items() if status < "400"
    }
    return {**operation, "responses": {**good, "default": _OTHERWISE}}


def _with_files(answer: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = answer.get("content", {})
    if _ANY_FILE not in content:
        return answer
    return {**answer, "content": dict.fromkeys(_FILES, content[_ANY_FILE])}


def _with_times(given: Any) -> Any:
    if isinstance(given, list):
        return [_with_times(item) for item in given]
    if not isinstance(given, dict):
        return given
    if given.get("format") == "duration":
        return {name: value for name, value in given.items() if name != "format"} | _TIME_OF_DAY
    return {name: _with_times(value) for name, value in given.items()}


class ApiDocument(JsonRenderPlugin):
    """The document for programs."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        return super().render(request, completed(openapi_schema))


class ApiPage(OpenAPIRenderPlugin):
    """Renders the document with our own template and look."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page."""
        return str(page(request, "dev/api.html", groups=grouped(completed(openapi_schema))).content).encode()


def grouped(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The document's calls by their tag, in order of address."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in sorted(document.get("paths", {}).items()):
        for method in METHODS:
            if method in item:
                call = _call(document, path, method, item[method])
                groups.setdefault(call["tag"], []).append(call)
    return groups


def _call(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    kinds: list[dict[str, Any]] = list(content.values())
    schema = kinds[0].get("schema", {}) if kinds else {}
    return {
        "tag": (operation.get("tags") or ["Other"])[0],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("description") or operation.get("summary", ""),
        "parameters": [p for p in operation.get("parameters", []) if p.get("in") in {"query", "header"}],
        "fields": _fields(document, schema),
        "statuses": sorted(operation.get("responses", {})),
    }


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = _resolve(document, schema)
    required = set(resolved.get("required", []))
    return [
        {
            "name": name,
            "required": name in required,
            "type": _type_words(document, given),
            "description": _resolve(document, given).get("description", ""),
        }
        for name, given in resolved.get("properties", {}).items()
    ]


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference:
        return schema
    name = reference.rpartition("/")[2]
    found: dict[str, Any] = document.get("components", {}).get("schemas", {}).get(name, {})
    return found


def _type_words(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        inner = _resolve(document, schema)
        return " | ".join(map(str, inner["enum"])) if "enum" in inner else "object"
    options = schema.get("oneOf") or schema.get("anyOf")
    if options:
        return " or ".join(dict.fromkeys(_type_words(document, option) for option in options))
    if schema.get("type") == "array":
        return f"list of {_type_words(document, schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")
