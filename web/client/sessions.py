"""The browser's session: its cookie, and where one may be led after signing in."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from infra.platform.settings import Settings
from web.context import SESSION_COOKIE, AppRequest

# The cookie may live long: when a session ends is the server's decision, with every request.
_COOKIE_SECONDS = 365 * 24 * 60 * 60


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
    answer.set_cookie(
        Cookie(
            SESSION_COOKIE,
            value=token,
            path="/",
            max_age=_COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=settings.base_url.startswith("https://"),
        )
    )


def close_session(answer: Response[Any]) -> None:
    """Has the browser forget the session."""
    answer.delete_cookie(SESSION_COOKIE)
