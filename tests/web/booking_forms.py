"""A browser without a script, as far as the booking pages need one: forms read from a page and sent again."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from services.accounts import service as accounts
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from web.context import SESSION_COOKIE


@dataclass
class PageForm:
    """A form as a browser would send it: its address, its method, and its fields as they stand."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._in: PageForm | None = None
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if tag == "form":
            self._in = PageForm(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._in)
        form, name = self._in, given.get("name", "")
        if tag == "option":
            self._chosen(given)
        if form is None or not name:
            return
        if tag == "input" and given.get("type") in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", ""))
            if "checked" in present:
                form.fields[name] = given.get("value", "")
        elif tag == "input":
            form.fields[name] = given.get("value", "")
        elif tag == "button":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._text = name
            form.fields[name] = ""
        elif tag == "select":
            self._select = name
            form.fields.setdefault(name, "")

    def _chosen(self, given: dict[str, str]) -> None:
        if self._in is not None and self._select and "selected" in given:
            self._in.fields[self._select] = given.get("value", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._in is not None and self._text:
            self._in.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "textarea":
            if self._in is not None and self._text:
                self._in.fields[self._text] = self._in.fields[self._text].strip()
            self._text = None
        elif tag == "select":
            self._select = None


def form_of(answer: httpx.Response, action: str, method: str = "post") -> PageForm:
    """The page's form whose address ends in `action`."""
    reader = _Forms()
    reader.feed(answer.text)
    for form in reader.forms:
        if form.method == method and urlsplit(form.action).path.endswith(action):
            return form
    raise AssertionError(f"no {method} form to {action} among {[(f.method, f.action) for f in reader.forms]}")


async def send(http: httpx.AsyncClient, form: PageForm, **changed: str | list[str]) -> httpx.Response:
    """Sends the form with some fields changed."""
    data: dict[str, str | list[str]] = {**form.fields, **changed}
    if form.method == "get":
        return await http.get(form.action, params=data)
    return await http.post(form.action, data=data)


async def sign_in(http: httpx.AsyncClient, database: Database, account_id: UUID) -> None:
    """The browser becomes that account's."""
    async with database.begin(PublicScope()) as work:
        token = await accounts.sign_in_after_sign_up(work, account_id)
    http.cookies.set(SESSION_COOKIE, token)
