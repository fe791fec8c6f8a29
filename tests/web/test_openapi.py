"""The API describes itself: a valid document, and a page that lists every call."""

from __future__ import annotations

import httpx
from openapi_spec_validator import validate


async def test_the_document_is_valid_openapi(http: httpx.AsyncClient) -> None:
    validate((await http.get("/schema/openapi.json")).json())


async def test_the_page_lists_every_call_of_the_document(http: httpx.AsyncClient) -> None:
    document = (await http.get("/schema/openapi.json")).json()
    page = (await http.get("/schema")).text
    assert document["paths"]
    assert [path for path in document["paths"] if path not in page] == []
