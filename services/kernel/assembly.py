"""A process's entrance to the services, put together in one place from what its top hands down."""

from __future__ import annotations

from services.kernel.links import Links
from services.kernel.ports import Connections, Storage, Tell, Throttle, Wake
from services.kernel.quiet_rules import QuietHours
from services.kernel.vault import Keyring
from services.kernel.work import Database, Tools


def assemble(
    connections: Connections,
    *,
    storage: Storage,
    throttle: Throttle,
    wake: Wake,
    secret: str,
    base_url: str,
    movable_clock: bool,
    tell: Tell | None = None,
    quiet_night: tuple[int, int] | None = None,
    texts: bool = False,
) -> Database:
    """Begins units of work. `secret` is the platform's own; links and keys are derived from it.

    `quiet_night`: the local hours from which and until which nothing is sent that can wait. `texts`: whether text
    messages are sent.
    """
    keyring = Keyring(secret)
    quiet = QuietHours(*quiet_night) if quiet_night else None
    tools = Tools(keyring, Links(keyring), storage, throttle, base_url, quiet, texts)
    return Database(connections, tools, wake=wake, movable_clock=movable_clock, tell=tell)
