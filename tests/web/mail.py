"""What was sent, for tests of the web: everything that is due is done, then the newest message is read."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from infra.platform.mail import MailboxOnly
from services.kernel.scope import PlatformScope
from services.kernel.work import Database
from services.notices import service as notices
from services.notices.schemas import SentNotice
from workers.inline import drain


async def sent(database: Database, to: str, kind: str) -> list[SentNotice]:
    """The messages of a kind to somebody, newest first."""
    await drain(database, MailboxOnly())
    async with database.begin(PlatformScope("a test reads the mailbox")) as work:
        return [one for one in await notices.list_sent(work, to) if one.kind == kind]


async def link_sent(database: Database, to: str, kind: str, part: str) -> str:
    """The path of the link in the newest message of a kind."""
    newest = (await sent(database, to, kind))[0]
    found = re.search(rf"https?://\S*{re.escape(part)}\S+", newest.text)
    assert found, newest.text
    address = urlsplit(found[0])
    return address.path + (f"?{address.query}" if address.query else "")
