"""Makes `.venv` from the lock file, on a machine that has only Python 3.11 or newer.

Standard library alone, since it runs before anything is installed. Every package is checked against its hash.
uv does it in a second where it can be had; pip does it otherwise. A stamp with the lock's hash makes the second
run a matter of milliseconds.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_REQUIREMENTS = Path(__file__).resolve().parent / "tools" / "uv.txt"
OLDEST = (3, 11)
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
SCRIPT = """#!/bin/sh
exec "{python}" -m infra.ops.cli "$@"
"""


def say(line: str) -> None:
    """One line to the person who started us."""
    print(f"setup      | {line}", flush=True)


def wanted(kind: str) -> str:
    """What the stamp says when the environment is complete."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return f"{hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()} {ROOT} python{version}\n"


def is_complete(kind: str) -> bool:
    """Whether the last installation was of this lock, here, by this Python."""
    stamp = VENV / f".installed-{kind}"
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted(kind)


def _runs_new_enough() -> bool:
    """Whether the environment's Python is there and new enough."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", question], check=False).returncode == 0


def _make_venv() -> None:
    if _runs_new_enough():
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SystemExit(
            f"setup: Python could not make .venv ({error}): on Debian and Ubuntu install the package "
            f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        ) from error


def _install(lock: Path) -> None:
    """Install the lock with uv, else with pip; both insist on the hashes."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        subprocess.run(
            [*pip, "--only-binary=:all:", "-r", str(UV_REQUIREMENTS)], check=False, stderr=subprocess.DEVNULL
        )
    if uv.exists():
        command = [
            str(uv),
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",  # once, as pip does, and not by each process that starts
            "--require-hashes",
            "--python",
            str(PYTHON),
            "-r",
            str(lock),
        ]
        if subprocess.run(command, check=False).returncode == 0:
            return
        say("uv could not install; trying pip")
    if subprocess.run([*pip, "-r", str(lock)], check=False).returncode != 0:
        raise SystemExit(
            f"setup: the packages of {lock.name} could not be installed; the lines above say why"
        )


def _link_project() -> None:
    """Put the checkout on the environment's path, and the `needlewise` command into its bin."""
    packages = next((VENV / "lib").glob("python3*/site-packages"))
    (packages / "needlewise-checkout.pth").write_text(f"{ROOT}\n")
    script = VENV / "bin" / "needlewise"
    script.write_text(SCRIPT.format(python=PYTHON))
    script.chmod(0o755)


def main() -> int:
    """Make or complete the environment."""
    parser = argparse.ArgumentParser(description="Make .venv from the lock file.")
    parser.add_argument(
        "kind", choices=sorted(LOCKS), help="what to install: for running, or for developing too"
    )
    kind = parser.parse_args().kind
    if sys.version_info[:2] < OLDEST:
        raise SystemExit("setup: Needlewise needs Python 3.11 or newer")
    if is_complete(kind):
        return 0
    os.environ.setdefault("UV_LINK_MODE", "copy")
    _make_venv()
    say(f"installing {LOCKS[kind].name}")
    _install(LOCKS[kind])
    _link_project()
    # The lock for developing holds the other one's packages in the same versions.
    for done in ("run", "dev") if kind == "dev" else ("run",):
        (VENV / f".installed-{done}").write_text(wanted(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
