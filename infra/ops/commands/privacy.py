"""`needlewise privacy`: own data for somebody who cannot ask by the product itself, and retention at once."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC
from pathlib import Path

from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, say, servers_for
from infra.ops.problem import Problem
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.errors import Refusal
from services.kernel.scope import Actor, PlatformScope, PublicScope
from services.kernel.work import Database

_OPERATOR = Actor("operator", label="command line")


async def _export(database: Database, email: str) -> str:
    from services.privacy import asking, export  # noqa: PLC0415  only this command needs it

    async with database.begin(PublicScope(_OPERATOR)) as work:
        person = await asking.person_of_address(work, email)
    document = await export.gather(database, person, _OPERATOR)
    return json.dumps(document, ensure_ascii=False, indent=1)


async def _erase(database: Database, email: str) -> str:
    from services.privacy import asking, erasure  # noqa: PLC0415  only this command needs it

    async with database.begin(PublicScope(_OPERATOR)) as work:
        person = await asking.person_of_address(work, email)
    request_id = await asking.begin_for_operator(database, person, by=_OPERATOR)
    async with database.begin(PlatformScope("an operator erases a person", _OPERATOR)) as platform:
        await erasure.erase_person(platform, database, request_id)
    async with database.begin(PublicScope(_OPERATOR)) as work:
        report = await asking.read_report(work, asking.report_token(work, request_id))
    return json.dumps(report.report, indent=1)


async def _retention(database: Database) -> str:
    from services.privacy import retention  # noqa: PLC0415  only this command needs it

    async with database.begin(PlatformScope("an operator runs retention", _OPERATOR)) as work:
        await retention.run(work, work.now.astimezone(UTC).date())
        lines = await retention.list_all_reports(work, 40)
    return "\n".join(f"{line.ran_on} {line.what}: {line.erased} erased, {line.kept} kept" for line in lines)


async def _do(settings: Settings, action: str, email: str) -> str:
    async with open_database(settings) as database:
        if action == "retention":
            return await _retention(database)
        return await (_export if action == "export" else _erase)(database, email)


def run(action: str, email: str = "", to: str = "", *, yes: bool = False) -> int:
    """Gathers, erases, or runs retention; says what was done."""
    if action == "erase" and not yes:
        raise Problem("an erasure cannot be undone: say --yes")
    with servers_for(read_settings()) as (settings, _), database_problems(settings.database_url or ""):
        try:
            made = asyncio.run(_do(settings, action, email))
        except Refusal as refusal:
            raise Problem(refusal.text) from refusal
    if action == "export" and to:
        path = Path(to)
        path.touch(mode=0o600)
        path.write_text(made, encoding="utf-8")
        say(f"written to {to}")
    else:
        sys.stdout.write(f"{made}\n")
    return 0
