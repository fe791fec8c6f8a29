"""`needlewise doctor`: every dependency, one plain line each: fine, or what is wrong and what to do."""

from __future__ import annotations

import smtplib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.ops import assets
from infra.ops.connections import ask_database, ask_redis, database_problems
from infra.ops.environment import data_folder, read_settings, servers_for, with_secrets
from infra.ops.migrations.roles import EXTENSIONS
from infra.ops.migrations.run import check_current
from infra.ops.ports import require_free_port
from infra.ops.problem import Problem
from infra.platform.schema import OldSchema
from infra.platform.settings import Settings
from infra.platform.storage import open_storage
from services.kernel.tables import APP, MAINTENANCE, OWNER, PLATFORM

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class Finding:
    """One line of the report. `wrong` says what is wrong and what to do; empty when all is well."""

    name: str
    fine: str
    wrong: str = ""

    def line(self) -> str:
        """For a person."""
        return f"{'WRONG' if self.wrong else 'ok':<6} {self.name:<12} {self.wrong or self.fine}"


def check(name: str, question: Callable[[], str]) -> Finding:
    """Ask one thing: the answer is what is fine, a Problem is what is wrong."""
    try:
        return Finding(name, question())
    except Problem as problem:
        return Finding(name, "", str(problem))
    except Exception as error:  # noqa: BLE001  a doctor never falls over: whatever it is, it is the finding
        return Finding(name, "", f"{type(error).__name__}: {error}")


def python_version() -> str:
    """The running Python."""
    shown = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise Problem(f"this is Python {shown}: install 3.11 or newer and run `make run` again")
    return shown


def web_address(settings: Settings, *, running: bool) -> str:
    """Whether the web process can listen, unless it already does."""
    where = f"{settings.host} port {settings.port}"
    if running:
        return f"{where} (Needlewise runs)"
    require_free_port(settings.host, settings.port)
    return f"{where} is free"


def postgres(url: str) -> str:
    """Version and reach."""
    ((number, name),) = ask_database(
        url, ["SELECT current_setting('server_version_num')::int / 10000, current_database()"]
    )[0]
    if number < OLDEST_POSTGRES:
        raise Problem(f"it is PostgreSQL {number}: Needlewise needs {OLDEST_POSTGRES} or newer")
    return f"PostgreSQL {number}, database {name}"


def extensions(url: str) -> str:
    """The extensions the schema stands on: installed here, or at least on the server's disk."""
    rows = ask_database(url, ["SELECT name, installed_version IS NOT NULL FROM pg_available_extensions"])[0]
    known = dict(tuple(row) for row in rows)
    if missing := [name for name in EXTENSIONS if name not in known]:
        raise Problem(f"the server has no {', '.join(missing)}: install PostgreSQL's contrib package on it")
    if absent := [name for name in EXTENSIONS if not known[name]]:
        raise Problem(f"{', '.join(absent)} not created in this database: run `needlewise migrate`")
    return ", ".join(EXTENSIONS)


def roles(url: str) -> str:
    """The four roles, and that our login may take them."""
    wanted = (OWNER, APP, PLATFORM, MAINTENANCE)
    rows = ask_database(url, ["SELECT rolname, pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles"])[0]
    known = dict(tuple(row) for row in rows)
    if missing := [name for name in wanted if name not in known]:
        raise Problem(f"no {', '.join(missing)}: run `needlewise migrate` as a login that may create roles")
    if closed := [name for name in (APP, PLATFORM) if not known[name]]:
        raise Problem(f"this login may not become {', '.join(closed)}: GRANT them to it")
    return ", ".join(wanted)


def migrations(url: str) -> str:
    """Whether the schema is the one this code wants."""
    try:
        with database_problems(url):
            check_current(url)
    except OldSchema as old:
        raise Problem(str(old)) from old
    return "the schema is current"


def redis(url: str) -> str:
    """Reach and eviction policy."""
    facts = ask_redis(url)
    if facts["policy"] != "noeviction":
        raise Problem(f"maxmemory-policy is {facts['policy']}, which may drop jobs: set it to noeviction")
    return f"version {facts['version']}, noeviction"


def mail(settings: Settings) -> str:
    """Whether the mail server greets us."""
    if settings.smtp_url is None:
        return (
            "no NEEDLEWISE_SMTP_URL: messages are rows and stay here (demo and test mode show /dev/mailbox)"
        )
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Problem("NEEDLEWISE_SMTP_URL looks like smtp://host:port or smtps://user:password@host:port")
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    port = parts.port or (465 if parts.scheme == "smtps" else 25)
    try:
        with kind(parts.hostname, port, timeout=10) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise Problem(
            f"{parts.hostname} port {port} does not answer ({error}): check NEEDLEWISE_SMTP_URL"
        ) from error
    return f"{parts.hostname} port {port} answers"


def storage(settings: Settings) -> str:
    """Whether files can be kept."""
    import asyncio  # noqa: PLC0415

    try:
        asyncio.run(open_storage(settings.storage_url, settings.data_dir).check())
    except ValueError as error:
        raise Problem(str(error)) from error
    except Exception as error:
        raise Problem(f"files cannot be kept ({error}): check NEEDLEWISE_STORAGE_URL") from error
    return "the bucket answers" if settings.storage_url else f"files are kept in {settings.data_dir}"


def built_assets() -> str:
    """Whether styles and scripts are built."""
    if not assets.DIST.joinpath("manifest.json").exists():
        raise Problem("styles and scripts are not built: run `make assets`")
    return "built" if assets.is_current() else "built, from older sources (`make assets` builds them again)"


def secret(settings: Settings) -> str:
    """Whether there is a secret key."""
    with_secrets(settings)
    return "set" if settings.secret_key is not None else "made and kept in the data folder"


def on_servers(settings: Settings) -> Iterable[Finding]:
    """The checks that need the servers."""
    database, cache = settings.database_url or "", settings.redis_url or ""
    found = check("PostgreSQL", lambda: postgres(database))
    yield found
    if not found.wrong:
        yield check("extensions", lambda: extensions(database))
        yield check("roles", lambda: roles(database))
        yield check("migrations", lambda: migrations(database))
    yield check("Redis", lambda: redis(cache))


def findings(settings: Settings) -> Iterable[Finding]:
    """Every check, in the order in which one stands on the other."""
    from infra.ops.commands.process import up_is_running  # noqa: PLC0415

    yield check("Python", python_version)
    folder = check("data folder", lambda: str(data_folder(settings)))
    yield folder
    running = not folder.wrong and up_is_running(settings.data_dir)
    yield check("web address", lambda: web_address(settings, running=running))
    yield check("secret key", lambda: secret(settings))
    yield check("assets", built_assets)
    yield check("mail", lambda: mail(settings))
    yield check("storage", lambda: storage(settings))
    try:
        with servers_for(settings) as (resolved, _):
            yield from on_servers(resolved)
    except Problem as problem:
        yield Finding("servers", "", str(problem))


def run() -> int:
    """The command: exit code 0 when everything is well."""
    wrong = 0
    for finding in findings(read_settings()):
        print(finding.line(), flush=True)
        wrong += bool(finding.wrong)
    print(f"\n{wrong} thing{'s' if wrong > 1 else ''} to mend." if wrong else "\nAll is well.")
    return 1 if wrong else 0
