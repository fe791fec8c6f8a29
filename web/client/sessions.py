"""The browser's sign-in: its cookies, and where one may be led after signing in."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from infra.platform.settings import Settings
from web.context import BROWSER_COOKIE, SESSION_COOKIE, AppRequest

# The cookies may live long: when a session ends is the server's decision, with every request.
_LONG, _TICKET_SECONDS = 365 * 24 * 60 * 60, 10 * 60
TICKET_COOKIE = "needlewise_ticket"


def local_path(wanted: str | None, otherwise: str) -> str:
    """The path where it is one of this site's own, so that no link leads elsewhere after signing in."""
    path = wanted or ""
    plain = path.isprintable() and "\\" not in path
    return path if path.startswith("/") and not path.startswith("//") and plain else otherwise


def session_token(request: AppRequest) -> str:
    """The token of the browser's session, or nothing."""
    return request.cookies.get(SESSION_COOKIE, "")


def open_session(answer: Response[Any], token: str, settings: Settings) -> None:
    """Hands the session's token to the browser."""
    _set(answer, SESSION_COOKIE, token, settings)


def close_session(answer: Response[Any]) -> None:
    """Has the browser forget the session."""
    answer.delete_cookie(SESSION_COOKIE)


def know_browser(answer: Response[Any], value: str, settings: Settings) -> None:
    """Hands the browser what tells that it has signed in to an account before."""
    _set(answer, BROWSER_COOKIE, value, settings)


def hand_ticket(answer: Response[Any], ticket: str, settings: Settings) -> None:
    """Hands the browser the ticket for the step in which the code is typed."""
    _set(answer, TICKET_COOKIE, ticket, settings, seconds=_TICKET_SECONDS)


def take_ticket(answer: Response[Any]) -> None:
    """Has the browser forget the ticket."""
    answer.delete_cookie(TICKET_COOKIE)


def _set(answer: Response[Any], name: str, value: str, settings: Settings, *, seconds: int = _LONG) -> None:
    answer.set_cookie(
        Cookie(
            name,
            value=value,
            path="/",
            max_age=seconds,
            httponly=True,
            samesite="lax",
            secure=settings.base_url.startswith("https://"),
        )
    )
