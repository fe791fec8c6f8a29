"""Whether the web address can be listened on, and who has it if not."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from infra.ops.embedded.process import runs_with
from infra.ops.problem import Problem
from infra.ops.programs import WEB_TARGET

LISTENING = "0A"


def _holder_on_linux(port: int) -> tuple[int, str] | None:
    """The process that listens on the port, from /proc (without any tool installed)."""
    wanted: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    wanted.add(f"socket:[{fields[9]}]")
    if not wanted:
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                for descriptor in (process / "fd").iterdir():
                    if str(descriptor.readlink()) in wanted:
                        return int(process.name), (process / "comm").read_text().strip()
    return None


def port_holder(port: int) -> tuple[int, str] | None:
    """Process id and name of who listens on the port; None where this user may not know."""
    found = _holder_on_linux(port)
    lsof = shutil.which("lsof")
    if found is None and lsof is not None:
        shown = subprocess.run(
            [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            capture_output=True,
            text=True,
            check=False,
        )
        match = re.search(r"^p(\d+)\nc(.+)$", shown.stdout, re.MULTILINE)
        found = (int(match[1]), match[2]) if match else None
    return found


def wait_for_port(host: str, port: int, seconds: float = 20.0) -> None:
    """Give the web process of a killed run its time to end, then raise Problem where the port is still taken."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            require_free_port(host, port)
        except Problem:
            holder = port_holder(port)
            if holder is None or not runs_with(holder[0], WEB_TARGET):
                break
            time.sleep(0.1)
        else:
            return
    require_free_port(host, port)


def require_free_port(host: str, port: int) -> None:
    """Raise Problem where the web process could not listen there."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError, UnicodeError) as error:
        raise Problem(f"NEEDLEWISE_HOST={host} is not an address of this machine ({error})") from error
    family, kind, protocol, _, address = addresses[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                holder = port_holder(port)
                who = (
                    f"process {holder[0]} ({holder[1]})"
                    if holder
                    else f"another user's process (ask with `lsof -nP -iTCP:{port}` as root)"
                )
                raise Problem(
                    f"port {port} on {host} is taken by {who}: stop that, or set NEEDLEWISE_PORT"
                ) from error
            if error.errno == errno.EACCES:
                raise Problem(
                    f"this user may not listen on port {port}: set NEEDLEWISE_PORT above 1023"
                ) from error
            raise Problem(
                f"cannot listen on {host} port {port} ({error.strerror}): set NEEDLEWISE_HOST"
            ) from error
