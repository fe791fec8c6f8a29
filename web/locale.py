"""The language of a page: the first part of its address names it, and without one it is English.

`/es/search` is `/search` in Spanish. The part is taken off before routes are looked up, so that each page has one
route; links, forms and redirects of a page stay in its language.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import Translations

from services.kernel.language import (
    DEFAULT,
    LANGUAGES,
    current_language,
    read_catalogue,
    services_catalogue,
    speaking,
)

CATALOGUES = Path(__file__).parent / "locales"
_PREFIX = re.compile(rf"^/({'|'.join(LANGUAGES)})(?=/|$)")
_NOT_PAGES = (
    "/api/",
    "/assets/",
    "/dev/",
    "/feeds/",
    "/schema",
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/sitemap",
)
_LINK = re.compile(r'(\s(?:href|action|formaction|hx-get|hx-post|data-href)=")(/(?!/)[^"]*)(?=")')

Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Send], Awaitable[None]]


def current_locale() -> str:
    """The language of the page that is being answered."""
    return current_language()


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(locale: str) -> Translations:
    """The texts of a language, read once; services' own texts, which pages show too, are in their own catalogue."""
    found = read_catalogue(CATALOGUES / f"{locale}.po", locale)
    found.add_fallback(services_catalogue(locale))
    return found


def gettext(text: str) -> str:
    """The text in the page's language; as it is written where the language lacks it."""
    return str(catalogue(current_locale()).ugettext(text))


def in_locale(path: str, locale: str) -> str:
    """A page's address in a language; what is no page has one address for all of them."""
    if locale == DEFAULT or not path.startswith("/") or _PREFIX.match(path) or path.startswith(_NOT_PAGES):
        return path
    return f"/{locale}{path}"


def localized(html: str) -> str:
    """The page with its links in its own language."""
    locale = current_locale()
    if locale == DEFAULT:
        return html
    return _LINK.sub(lambda found: found[1] + in_locale(found[2], locale), html)


async def in_its_language(app: App, scope: Any, receive: Any, send: Send) -> None:
    """Answers a request whose address may begin with a language."""
    found = _PREFIX.match(scope["path"]) if scope["type"] == "http" else None
    if found is None:
        await app(scope, receive, send)
        return
    rest = "/" + scope["path"][found.end() :].lstrip("/")
    if found[1] == DEFAULT or rest.startswith(_NOT_PAGES):
        await _send_on(scope, rest, send)
        return
    inner = {**scope, "path": rest, "raw_path": rest.encode()}

    async def keep_language(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, in_locale(value.decode(), found[1]).encode() if name == b"location" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    with speaking(found[1]):
        await app(inner, receive, keep_language)


async def _send_on(scope: Any, path: str, send: Send) -> None:
    """To the address without the language: English has none, and neither has what is no page."""
    query = scope["query_string"]
    target = path.encode() + (b"?" + query if query else b"")
    await send(
        {
            "type": "http.response.start",
            "status": 308,
            "headers": [(b"location", target), (b"content-length", b"0")],
        }
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})
