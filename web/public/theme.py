"""Day or night colours: the visitor's choice, in a cookie."""

from __future__ import annotations

from litestar import post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from web.client.sessions import local_path
from web.context import AppRequest
from web.forms import read_form
from web.pages import THEME_COOKIE, go_to

_A_YEAR = 365 * 24 * 60 * 60


@post("/theme", status_code=303)
async def choose_theme(request: AppRequest) -> Redirect:
    """Keeps `day` or `night`; anything else leaves it to the device. Goes back to the page that asked."""
    form = await read_form(request)
    answer = go_to(local_path(form.values.get("next"), "/"))
    theme = form.values.get("theme")
    if theme in {"day", "night"}:
        answer.set_cookie(Cookie(THEME_COOKIE, value=theme, path="/", max_age=_A_YEAR, samesite="lax"))
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer
