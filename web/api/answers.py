"""What the API's controllers share: lists, documented answers of idempotent calls, the caller's token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from pydantic import BaseModel

from services.accounts.schemas import Language
from services.kernel.errors import NotSignedIn
from web.context import AppRequest

T = TypeVar("T")
InLanguage = Annotated[Language, QueryParameter(description="Of the words that are shown to the person.")]
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


class Listed(BaseModel, Generic[T]):
    """A list, and the cursor of what follows or null."""

    items: list[T]
    next: str | None = None


def listed(items: Sequence[T]) -> Listed[T]:
    """A list that has no next page."""
    return Listed(items=list(items))


def made(kind: type[Any], words: str = "Made.") -> dict[int, ResponseSpec]:
    """The documented answer of a POST that answers through `answer_once`."""
    return {201: ResponseSpec(data_container=kind, description=words, generate_examples=False)}


def given_as(kind: type[Any], words: str) -> dict[int, ResponseSpec]:
    """The documented answer of a GET that gives bytes which are JSON already."""
    return {200: ResponseSpec(data_container=kind, description=words, generate_examples=False)}


def as_json(view: BaseModel) -> dict[str, Any]:
    """A view as plain JSON values."""
    return view.model_dump(mode="json")


def bearer_token(request: AppRequest) -> str:
    """The caller's own token. Raises `NotSignedIn`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn
    return token.strip()
