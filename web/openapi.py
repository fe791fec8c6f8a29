"""The API's page for people: every call with its fields, from the OpenAPI document, without a script."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from web.pages import page

METHODS = ("get", "post", "put", "patch", "delete")


class ApiPage(OpenAPIRenderPlugin):
    """Renders the document with our own template and look."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page."""
        return str(page(request, "dev/api.html", groups=grouped(openapi_schema)).content).encode()


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
