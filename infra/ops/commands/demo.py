"""`needlewise demo`: fill an empty database with the demo world."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from infra.ops.commands.migrate import migrate
from infra.ops.connections import recreate_database
from infra.ops.environment import PREFIX, data_folder, read_settings, revealed, say, servers_for
from infra.ops.problem import Problem
from infra.platform.settings import Mode, Settings
from services.kernel.errors import InvalidFields

BUILDING = "demo-is-being-built"


def discard_half_built(settings: Settings, *, embedded: bool) -> None:
    """Where the last build of the demo world was cut off, begin with an empty database again."""
    mark = data_folder(settings) / BUILDING
    if not mark.exists():
        return
    if not embedded:
        raise Problem(
            "the demo world was cut off while it was built: empty the database, "
            f"remove {mark}, and start again"
        )
    say("the demo world was cut off while it was built: beginning again with an empty database")
    recreate_database(settings.database_url or "")
    mark.unlink()


def fill_if_empty(settings: Settings) -> bool:
    """Build the demo world unless there is data already, and see that its password is the setting's.

    Gives whether it was built; raises Problem for a password that no account may have.
    """
    from infra.ops.demo import people, world  # noqa: PLC0415  only this command needs it

    if not world.is_empty(settings):
        with _password_problems():
            if asyncio.run(people.give_password(settings)):
                say("the demo accounts have the new password")
        return False
    say("filling the demo world (once)")
    mark = data_folder(settings) / BUILDING
    mark.touch()
    with _password_problems():
        world.build(settings)
    mark.unlink()
    return True


@contextmanager
def _password_problems() -> Iterator[None]:
    try:
        yield
    except (InvalidFields, ValidationError) as error:
        refusal = error if isinstance(error, InvalidFields) else InvalidFields.from_pydantic(error)
        wrong = [one for one in refusal.errors if one.field == "password"]
        if not wrong:
            raise
        raise Problem(f"{PREFIX}DEMO_PASSWORD: {wrong[0].message}") from error


def run() -> int:
    """The command."""
    os.environ.setdefault(f"{PREFIX}MODE", Mode.DEMO.value)
    with servers_for(read_settings(), loud=True) as (settings, servers):
        discard_half_built(settings, embedded=servers.postgres is not None)
        migrate(settings.database_url or "")
        if fill_if_empty(settings):
            say(f"done; the password of the demo accounts is {revealed(settings.demo_password)}")
        else:
            say("there is data already: the demo world is for an empty database only")
    return 0
