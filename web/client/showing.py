"""Forms of accounts shown again: what was wrong, how long to wait, and nothing secret sent back."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import Response

from services.kernel.errors import InvalidFields, Refusal, TooManyRequests
from web.context import AppRequest
from web.forms import Form
from web.locale import gettext
from web.pages import page

_SECRETS = ("password", "current", "code", "totp")
_UNPROCESSABLE, _A_MINUTE, _AN_HOUR = 422, 60, 3600
_IN_SECONDS_UP_TO, _IN_MINUTES_UP_TO = 90, 90 * 60
R = TypeVar("R", bound=Response[Any])


def wait_words(refusal: TooManyRequests) -> str:
    """How long to wait, in words."""
    seconds = refusal.retry_after_seconds
    if seconds <= _IN_SECONDS_UP_TO:
        return gettext("That was tried too often. Wait {n} seconds and try again.").format(n=seconds)
    if seconds <= _IN_MINUTES_UP_TO:
        minutes = -(-seconds // _A_MINUTE)
        return gettext("That was tried too often. Wait {n} minutes and try again.").format(n=minutes)
    hours = -(-seconds // _AN_HOUR)
    return gettext("That was tried too often. Wait {n} hours and try again.").format(n=hours)


def words_why(refusal: Refusal) -> str:
    """What a page says of a refusal that belongs to no field."""
    return wait_words(refusal) if isinstance(refusal, TooManyRequests) else refusal.text


def with_wait(answer: R, refusal: Refusal) -> R:
    """The page of a refusal, which says in its headers too how long to wait."""
    if isinstance(refusal, TooManyRequests):
        answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return answer


def show_form(
    request: AppRequest, template: str, form: Form, refusal: Refusal | None = None, **values: Any
) -> Response[str]:
    """The page of a form, with what a refusal says about it; a refusal to wait says so in its headers too."""
    status = 200
    if isinstance(refusal, InvalidFields):
        form.reject(refusal)
        status = refusal.status
    elif refusal is not None:
        form.errors["form"] = words_why(refusal)
        status = refusal.status if isinstance(refusal, TooManyRequests) else _UNPROCESSABLE
    kept = {name: value for name, value in form.values.items() if name not in _SECRETS}
    answer = page(request, template, status=status, values=kept, errors=form.errors, **values)
    return answer if refusal is None else with_wait(answer, refusal)


def secret_address(answer: R) -> R:
    """The address holds a link's token: it is not passed on to other sites, nor kept by caches."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
