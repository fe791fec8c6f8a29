"""No link of the site leads nowhere."""

from __future__ import annotations

import re
from collections import deque
from html import unescape

import httpx

from services.kernel.work import Database
from services.marketplace.projection import rebuild_listing
from tests.factories import live_clinic

HREF = re.compile(r'<a[^>]* href="(/[^"#]*)')
# One page of each kind is enough of what has its own language, id, day or choice in the address.
KIND = re.compile(r"^/(en|es)(?=/|$)|\d{4}-\d\d-\d\d|[0-9a-f]{8}-[0-9a-f-]{27}")


async def test_every_link_that_a_visitor_meets_answers(http: httpx.AsyncClient, database: Database) -> None:
    world = await live_clinic(database)
    async with database.begin(world.scope) as work:
        await rebuild_listing(work, database)
    met, waiting, broken = {"/"}, deque(["/"]), []
    while waiting:
        path = waiting.popleft()
        answer = await http.get(path)
        if answer.status_code not in {200, 303, 308} and "/sign-in" not in answer.headers.get("location", ""):
            broken.append(f"{path}: {answer.status_code}")
        for href in HREF.findall(answer.text):
            found = unescape(href)
            kind = KIND.sub("", found.partition("?")[0]) or "/"
            if kind not in met:
                met.add(kind)
                waiting.append(found)
    assert broken == []
    assert {"/for-clinics", "/guide/acne-scars", f"/c/{world.slug}"} <= met
