"""`needlewise web`, `worker` and `relay`: one process in the foreground, for service managers and containers."""

from __future__ import annotations

import os
from pathlib import Path

from infra.ops.embedded.folders import FolderLock
from infra.ops.environment import change_settings, data_folder, read_settings, servers_for, with_secrets
from infra.ops.ports import require_free_port
from infra.ops.problem import Problem
from infra.ops.programs import COMMANDS
from infra.ops.supervisor import child_environment
from infra.platform.settings import Settings


def up_is_running(folder: Path) -> bool:
    """Whether a `needlewise up` holds the data folder."""
    lock = FolderLock(folder / "up.lock")
    if lock.take():
        lock.release()
        return False
    return True


def resolve(settings: Settings) -> Settings:
    """The settings with URLs: given, or of the embedded servers a running `needlewise up` holds."""
    if settings.database_url is not None and settings.redis_url is not None:
        return with_secrets(settings)
    if not up_is_running(data_folder(settings)):
        raise Problem(
            "NEEDLEWISE_DATABASE_URL and NEEDLEWISE_REDIS_URL are not both set, and no `needlewise up` runs on "
            f"{settings.data_dir}: set them, or start everything with `needlewise up`"
        )
    with servers_for(settings) as (resolved, _):
        return resolved


def run(process: str) -> int:
    """Become the process: signals and exit code are its own."""
    settings = read_settings()
    settings = resolve(change_settings({"data_dir": str(data_folder(settings))}))
    if process == "web":
        require_free_port(settings.host, settings.port)
    command = COMMANDS[process](settings)
    os.execvpe(command[0], command, child_environment())  # noqa: S606  no shell is wanted
