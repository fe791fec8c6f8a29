"""Forms as a browser without JavaScript sends them."""

from __future__ import annotations

import httpx

TOKEN = "needlewise_csrf"


async def post(http: httpx.AsyncClient, path: str, data: dict[str, str], page: str = "") -> httpx.Response:
    """Sends a form with the browser's CSRF token, which its first page brings: `page`, or the form's own."""
    if TOKEN not in http.cookies:
        await http.get(page or path)
    return await http.post(path, data={**data, "_csrf_token": http.cookies[TOKEN]})
