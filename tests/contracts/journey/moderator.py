"""A moderator, made as operators make one: at the command line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from infra.ops.supervisor import ROOT
from infra.platform.settings import Settings
from tests.product import environment_of


@dataclass(frozen=True, slots=True)
class Moderator:
    """What somebody needs to sign in as a moderator; the secret is that of the authenticator app."""

    email: str
    password: str
    totp_secret: str


def create_moderator(settings: Settings, email: str) -> Moderator:
    """Runs `needlewise admin create` and reads what it prints."""
    made = subprocess.run(
        [sys.executable, "-m", "infra.ops.cli", "admin", "create", "--email", email, "--name", "Robin Hale"],
        cwd=ROOT,
        env=environment_of(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    said = dict(line.split(": ", 1) for line in made.stdout.splitlines() if ": " in line)
    (password,) = (value for label, value in said.items() if label.startswith("Password"))
    (uri,) = (value for label, value in said.items() if label.startswith("Second factor"))
    return Moderator(email, password, parse_qs(urlsplit(uri).query)["secret"][0])
