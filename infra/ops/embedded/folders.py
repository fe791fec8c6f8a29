"""Where embedded servers keep things: who owns them, who can reach them, and who holds the lock."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from infra.ops.embedded.process import Account

SOCKET_PATH_LIMIT = 100
"""A socket's path has at most 107 bytes on Linux and 103 on macOS."""

UNPRIVILEGED_NAMES = ("postgres", "nobody")


class EmbeddedError(Exception):
    """An embedded server cannot run; the message is one line for a person."""


def server_account() -> Account:
    """PostgreSQL refuses to run as root: then it is the system's `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account()
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody': "
        "start Needlewise as an ordinary user, or set NEEDLEWISE_DATABASE_URL"
    )


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account can reach the folder, asked of the system itself (rights, ACLs, mounts)."""
    if account.uid is None:
        return os.access(folder, os.X_OK)
    answer = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def owned_folder(folder: Path, account: Account, mode: int) -> Path:
    """Make the folder (never its parents' rights looser) and give it to the account."""
    folder.mkdir(parents=True, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise EmbeddedError(f"{folder} is a symbolic link; Needlewise wants a folder of its own there")
    wanted = os.geteuid() if account.uid is None else account.uid
    if found.st_uid != wanted:
        if os.geteuid() != 0:
            raise EmbeddedError(
                f"{folder} belongs to another user (id {found.st_uid}): "
                "choose another folder with NEEDLEWISE_DATA_DIR, or start as that user"
            )
        os.chown(folder, wanted, account.gid if account.gid is not None else -1)
    if stat.S_IMODE(found.st_mode) != mode:
        folder.chmod(mode)
    return folder


def home_for(data_dir: Path, account: Account, *, durable: bool) -> tuple[Path, str | None]:
    """The folder for a server's files, and a sentence where it is not inside the data folder.

    As root the server's user must be able to reach it. Where a parent is closed to that user, the parent's
    rights stay as they are and the files go to a folder named after the data folder's path.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    if can_enter(data_dir, account):
        return data_dir, None
    if not durable:
        folder = Path(tempfile.mkdtemp(prefix="needlewise-", dir="/tmp"))
        folder.chmod(0o755)
        return folder, None
    name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    for base in (Path("/var/lib"), Path("/var/tmp")):
        if os.access(base, os.W_OK) and can_enter(base, account):
            folder = owned_folder(base / f"needlewise-{name}", Account(os.geteuid(), os.getegid()), 0o755)
            return (
                folder,
                f"user {account.name} cannot reach {data_dir}: the database's files are in {folder}",
            )
    raise EmbeddedError(
        f"PostgreSQL runs as user {account.name}, who cannot reach {data_dir}: set NEEDLEWISE_DATA_DIR to a "
        "folder whose parents are open to that user, or start Needlewise as an ordinary user"
    )


def socket_folder(wanted: Path, account: Account, socket_name: str) -> Path:
    """A 0700 folder of the account for a unix socket, with a path short enough to be one."""
    folder = wanted
    if len(os.fsencode(folder / socket_name)) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        folder = Path("/tmp") / f"needlewise-{os.geteuid()}-{name}"
    owned_folder(folder, account, 0o700)
    return folder


class FolderLock:
    """Held by whoever runs the server of a folder; the system frees it when that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Try to take it, without waiting."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The process id the holder wrote down, for messages."""
        try:
            return self.path.read_text().strip() or "unknown"
        except OSError:
            return "unknown"

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def remove_tree(folder: Path) -> None:
    """Remove what a temporary server left."""
    shutil.rmtree(folder, ignore_errors=True)
