"""The settings of one run: read, completed by embedded servers and kept secrets, and handed on by environment."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from infra.ops.embedded.folders import EmbeddedError
from infra.ops.embedded.postgres import EmbeddedPostgres
from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.problem import Problem
from infra.platform.settings import Mode, Settings, get_settings

PREFIX = "NEEDLEWISE_"
SECRET_FILE = "secret-key"  # noqa: S105  a file's name
DEMO_PASSWORD_FILE = "demo-password"  # noqa: S105  a file's name
SECRET_BYTES = 48


def read_settings() -> Settings:
    """The settings as they are; raises Problem that names the setting."""
    get_settings.cache_clear()
    try:
        return get_settings()
    except ValidationError as error:
        first = error.errors()[0]
        where = "_".join(str(part) for part in first["loc"]).upper()
        what = first["msg"].removeprefix("Value error, ")
        given = (
            f" (it is {first['input']!r})" if where and "PASSWORD" not in where and "KEY" not in where else ""
        )
        raise Problem(f"{PREFIX}{where}: {what}{given}" if where else what) from error
    except SettingsError as error:
        raise Problem(f"a setting cannot be read: {error}") from error


def change_settings(changes: Mapping[str, str | None]) -> Settings:
    """Put values into this process's environment, which its children inherit, and read the settings again."""
    for name, value in changes.items():
        if value is not None:
            os.environ[PREFIX + name.upper()] = value
    return read_settings()


def say(line: str) -> None:
    """One line to the person who started us."""
    print(f"needlewise | {line}", flush=True)


def data_folder(settings: Settings) -> Path:
    """The data folder, made and writable; raises Problem."""
    folder = settings.data_dir.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"the data folder {folder} cannot be made ({error.strerror}): set NEEDLEWISE_DATA_DIR"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Problem(f"the data folder {folder} is not writable for this user: set NEEDLEWISE_DATA_DIR")
    return folder


def kept(folder: Path, name: str, make: str) -> str:
    """A secret kept in the data folder for its owner alone; `make` becomes it the first time."""
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        value = path.read_text().strip()
        if value:
            return value
        path.unlink()
        return kept(folder, name, make)
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror})") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(make + "\n")
    return make


def with_secrets(settings: Settings) -> Settings:
    """Complete the secrets: kept in the data folder, except in production on real servers, where they are set."""
    changes: dict[str, str | None] = {}
    if settings.secret_key is None:
        if settings.mode is Mode.PRODUCTION and settings.database_url is not None:
            raise Problem(
                "NEEDLEWISE_SECRET_KEY is not set: make one with "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'` and give every process the same"
            )
        made = secrets.token_urlsafe(SECRET_BYTES)
        changes["secret_key"] = kept(data_folder(settings), SECRET_FILE, made)
    if settings.mode is Mode.DEMO and settings.demo_password is None:
        changes["demo_password"] = kept(data_folder(settings), DEMO_PASSWORD_FILE, secrets.token_urlsafe(9))
    return change_settings(changes) if changes else settings


def revealed(secret: SecretStr | None) -> str:
    """The text of a secret."""
    return "" if secret is None else secret.get_secret_value()


@dataclass
class Servers:
    """The embedded servers of one run; None where a setting names a real one."""

    postgres: EmbeddedPostgres | None
    valkey: EmbeddedValkey | None


@contextmanager
def servers_for(
    settings: Settings, *, redis: bool = True, loud: bool = False
) -> Iterator[tuple[Settings, Servers]]:
    """The settings with every URL filled in, and the embedded servers behind them for the length of the block.

    Where `needlewise up` already runs in the data folder, its servers are used and left alone.
    """
    postgres = EmbeddedPostgres(data_folder(settings)) if settings.database_url is None else None
    valkey = EmbeddedValkey(data_folder(settings)) if redis and settings.redis_url is None else None
    changes: dict[str, str | None] = {}
    with ExitStack() as stack:
        try:
            if postgres is not None:
                if loud and not (postgres.data_dir / "postgres" / "data").exists():
                    say("setting up the embedded PostgreSQL (once)")
                changes["database_url"] = stack.enter_context(postgres).url
            if valkey is not None:
                changes["redis_url"] = stack.enter_context(valkey).url
        except EmbeddedError as error:
            raise Problem(str(error)) from error
        if loud and postgres is not None and postgres.note:
            say(f"note: {postgres.note}")
        settings = with_secrets(settings)
        yield (change_settings(changes) if changes else settings), Servers(postgres, valkey)


def fail(error: Problem) -> int:
    """Print the line of a problem and give the exit code."""
    print(f"needlewise: {error}", file=sys.stderr, flush=True)
    return 1
