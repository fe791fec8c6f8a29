"""`needlewise admin create`: a moderator, with a second factor from the start."""

from __future__ import annotations

import asyncio
import getpass
import secrets
import sys

from infra.ops.connections import database_problems
from infra.ops.environment import read_settings, servers_for
from infra.ops.problem import Problem
from infra.ops.product import open_database
from infra.platform.settings import Settings
from services.kernel.errors import InvalidFields
from services.kernel.scope import Actor, PlatformScope


def ask_password() -> tuple[str, bool]:
    """A password typed twice at a terminal, or a made one; and whether it was made."""
    if not sys.stdin.isatty():
        return secrets.token_urlsafe(15), True
    typed = getpass.getpass("Password (empty: one is made): ")
    if not typed:
        return secrets.token_urlsafe(15), True
    if getpass.getpass("The same again: ") != typed:
        raise Problem("the two passwords differ")
    return typed, False


async def _create(settings: Settings, email: str, name: str, password: str) -> str:
    from services.accounts import service  # noqa: PLC0415  only this command needs it

    scope = PlatformScope(
        "a moderator is made at the command line", by=Actor("operator", label="command line")
    )
    async with open_database(settings) as database, database.begin(scope) as work:
        return str(await service.create_moderator(work, email=email, name=name, password=password))


def run(email: str, name: str) -> int:
    """Print what the moderator needs to sign in."""
    password, made = ask_password()
    with servers_for(read_settings()) as (settings, _), database_problems(settings.database_url or ""):
        try:
            uri = asyncio.run(_create(settings, email, name, password))
        except InvalidFields as refusal:
            wrong = "; ".join(f"{one.field}: {one.message}" for one in refusal.errors)
            raise Problem(f"no moderator was made ({wrong})") from refusal
    print(f"Moderator {email} may sign in.")
    if made:
        print(f"Password (shown once): {password}")
    print(f"Second factor, for an authenticator app (shown once): {uri}")
    return 0
