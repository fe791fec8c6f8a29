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


async def test_the_document_has_calls_alone_and_says_how_they_refuse(http: httpx.AsyncClient) -> None:
    answer = await http.get("/schema/openapi.json")
    document = answer.json()
    assert [path for path in document["paths"] if not path.startswith("/api/v1/")] == []
    operations = [call for item in document["paths"].values() for call in item.values()]
    assert len(operations) > 100
    for call in operations:
        (refused,) = (status for status in call["responses"] if status >= "400")
        assert refused == "default"
        assert list(call["responses"]["default"]["content"]) == ["application/problem+json"]
    assert '"duration"' not in answer.text
    span = document["components"]["schemas"]["HoursSpan"]["properties"]["opens"]
    assert span["pattern"].startswith("^([01][0-9]")
