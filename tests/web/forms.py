"""Forms as a browser without JavaScript sends them."""

from __future__ import annotations

import re

import httpx


async def post(http: httpx.AsyncClient, path: str, data: dict[str, str], page: str = "") -> httpx.Response:
    """Loads the page with the form, and sends the form with its CSRF token."""
    shown = await http.get(page or path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert token, shown.text[:300]
    return await http.post(path, data={**data, "_csrf_token": token.group(1)})
