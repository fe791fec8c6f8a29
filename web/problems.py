"""Errors as answers: RFC 9457 problem documents for the API, a page in plain words for people."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.accounts.errors import SecondFactorRequired
from services.kernel.correlation import correlation_id
from services.kernel.errors import InvalidFields, NotSignedIn, Refusal, TooManyRequests
from web.context import AppRequest
from web.middleware import without_token
from web.pages import go_to, page
from web.unreadable import path_is_unreadable, unreadable_fields

TYPE_BASE = "https://needlewise.test/problems/"
_log = structlog.get_logger("web")
_CODES = {
    400: "bad-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
}
_WORDS = {
    403: "The form was open for too long, or came from another site. Go back, load it again, and send it once more.",
    404: "There is nothing here under that address.",
    405: "This address does not take that kind of request.",
    413: "That is larger than we can take.",
}


def wants_json(request: AppRequest) -> bool:
    """The API and machines get problem documents."""
    path = request.url.path
    return path.startswith(("/api/", "/dev/mailbox.json", "/dev/clock", "/schema", "/metrics", "/readyz"))


def on_refusal(request: AppRequest, refusal: Refusal) -> Response[Any]:
    """A fact with a status."""
    if wants_json(request):
        return problem(refusal.status, refusal.code, refusal.text, _members(refusal), _headers(refusal))
    if isinstance(refusal, NotSignedIn):
        return Redirect(f"/sign-in?next={_after_sign_in(request)}")
    if isinstance(refusal, SecondFactorRequired):
        path = f"/account/second-factor?next={_after_sign_in(request)}"
        return go_to(path, flash=refusal.text, kind="caution")
    return error_page(request, refusal.status, refusal.text, _headers(refusal))


def on_pydantic(request: AppRequest, error: ValidationError) -> Response[Any]:
    """A schema that was validated inside a service."""
    return on_refusal(request, InvalidFields.from_pydantic(error))


def on_validation(request: AppRequest, error: ValidationException) -> Response[Any]:
    """What Litestar could not read of a body, a query or a path."""
    if path_is_unreadable(error):
        return on_http(request, HTTPException(status_code=404))
    return on_refusal(request, InvalidFields(unreadable_fields(request, error)))


def on_http(request: AppRequest, error: HTTPException) -> Response[Any]:
    """Everything Litestar refuses by itself."""
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_unexpected(request, error)
    words = _WORDS.get(status, error.detail if wants_json(request) else "The request could not be read.")
    if wants_json(request):
        return problem(status, _CODES.get(status, "bad-request"), words, {}, dict(error.headers or {}))
    return error_page(request, status, words, dict(error.headers or {}))


def on_busy(request: AppRequest, error: Exception) -> Response[Any]:
    """The database is away or has no connection left, or the request's time is over: say so, and when to come back."""
    if isinstance(error, DBAPIError) and not error.connection_invalidated:
        return on_unexpected(request, error)
    _log.error("dependency unavailable", path=without_token(request.url.path), error=str(error)[:200])
    words = "We are short of room for a moment. Nothing was changed. Try again shortly."
    if wants_json(request):
        return problem(503, "unavailable", words, {}, {"Retry-After": "2"})
    return error_page(request, 503, words, {"Retry-After": "2"})


def on_unexpected(request: AppRequest, error: Exception) -> Response[Any]:
    """What nobody foresaw: logged with its correlation id, which the person can quote."""
    _log.error(
        "unexpected error", path=without_token(request.url.path), method=request.method, exc_info=error
    )
    words = "Something broke on our side. What you sent was not saved. Quote this code if you write to us: "
    words += correlation_id.get()
    if wants_json(request):
        return problem(500, "internal-error", words, {}, {})
    return error_page(request, 500, words, {})


def problem(
    status: int, code: str, detail: str, members: dict[str, Any], headers: dict[str, str]
) -> Response[bytes]:
    """A problem document."""
    body = {
        "type": TYPE_BASE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(
        json.dumps(body, default=str).encode(),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def error_page(request: AppRequest, status: int, words: str, headers: dict[str, str]) -> Response[str]:
    """A page that says what happened and what to do."""
    answer = page(request, "error.html", status=status, words=words)
    answer.status_code = status
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def _members(refusal: Refusal) -> dict[str, Any]:
    if isinstance(refusal, InvalidFields):
        errors = [{"field": e.field, "code": e.code, "message": e.message} for e in refusal.errors]
        return {"errors": errors}
    return refusal.extra


def _headers(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, TooManyRequests):
        return {"Retry-After": str(refusal.retry_after_seconds)}
    if isinstance(refusal, NotSignedIn):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _after_sign_in(request: AppRequest) -> str:
    return quote(request.url.path if request.method == "GET" else "/account")


HANDLERS: dict[Any, Any] = {
    Refusal: on_refusal,
    ValidationError: on_pydantic,
    ValidationException: on_validation,
    HTTPException: on_http,
    DBAPIError: on_busy,
    PoolTimeout: on_busy,
    ConnectionError: on_busy,
    TimeoutError: on_busy,
    Exception: on_unexpected,
}
