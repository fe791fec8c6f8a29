"""Pages: templates rendered with what every page needs; flash messages; redirects after a form."""

from __future__ import annotations

import base64
import binascii
import json
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from litestar.template.base import csrf_token
from markupsafe import Markup

from services.kernel.language import DEFAULT, LANGUAGES
from web.context import AppRequest, Visitor, site_of
from web.filters import FILTERS
from web.locale import current_locale, gettext, localized
from web.summary import arranged

FLASH_COOKIE, THEME_COOKIE = "needlewise_flash", "needlewise_theme"
DEMO_NOTE = "Demo: read what was sent in the mailbox, and move the clock there."
_HERE = Path(__file__).parent
_DIST = _HERE / "assets" / "dist"
_token: ContextVar[str] = ContextVar("token")


def asset(name: str) -> str:
    """The address of a built asset, with its content's hash; of the newest build, without a restart."""
    try:
        known = _manifest((_DIST / "manifest.json").stat().st_mtime_ns)
    except FileNotFoundError:
        return f"/assets/{name}"
    return f"/assets/{known.get(name, name)}"


@lru_cache(maxsize=1)
def _manifest(_changed_at: int) -> dict[str, str]:
    return dict(json.loads((_DIST / "manifest.json").read_text()))


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The one template environment: escaping on, undefined names are errors, texts through gettext."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals |= {"_": worded, "csrf_input": _CsrfInput(), "asset": asset}
    environment.globals |= {"locales": LANGUAGES, "default_locale": DEFAULT}
    return environment


def worded(text: str) -> Markup:
    """A text of the page in its language, whose `format` escapes what it is given."""
    return _worded(text, current_locale())


@lru_cache(maxsize=8192)
def _worded(text: str, _locale: str) -> Markup:
    return Markup(gettext(text))  # noqa: S704  texts are the project's own


class _CsrfInput:
    """The hidden field of a form, for the request that is answered: parts made once for all pages know none."""

    def __html__(self) -> str:
        return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(_token.get())


def page(request: AppRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page from loaded values. Adds visitor, theme, flash, path and the form's CSRF field.

    `status` also reaches the template.
    """
    visitor: Visitor = request.scope.get("visitor") or Visitor()  # type: ignore[assignment]
    theme = request.cookies.get(THEME_COOKIE)
    _token.set(csrf_token({"request": request}) if request.app.csrf_config else "")
    flash = _read_flash(request)
    html = (
        templates()
        .get_template(template)
        .render(
            request=request,
            visitor=visitor if visitor.signed_in else None,
            path=request.url.path,
            query=dict(request.query_params.items()),
            query_string=request.url.query,
            theme=theme if theme in {"day", "night"} else None,
            flash=flash,
            env_note=DEMO_NOTE if site_of(request).settings.clock_is_movable else None,
            status=status,
            lang=current_locale(),
            base_url=site_of(request).settings.base_url,
            **values,
        )
    )
    answer = Response(localized(arranged(html)), media_type=MediaType.HTML, status_code=status)
    answer.headers["Cache-Control"] = "no-store" if visitor.signed_in else "no-cache"
    if flash:
        answer.delete_cookie(FLASH_COOKIE)
    return answer


def go_to(path: str, *, flash: str | None = None, kind: str = "good") -> Redirect:
    """After a form: see the other page, with a message on it where there is something to say."""
    cookies = []
    if flash:
        value = base64.urlsafe_b64encode(json.dumps([kind, flash]).encode()).decode()
        cookies.append(Cookie(FLASH_COOKIE, value=value, path="/", max_age=60, httponly=True, samesite="lax"))
    return Redirect(path, status_code=HTTP_303_SEE_OTHER, cookies=cookies)


def _read_flash(request: AppRequest) -> list[dict[str, str]]:
    raw = request.cookies.get(FLASH_COOKIE)
    if not raw:
        return []
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(raw))
    except (ValueError, binascii.Error):
        return []
    return [{"kind": kind if kind in {"good", "caution", "bad", "info"} else "info", "text": str(text)}]
