"""The supervisor: restarts what dies, stops in order, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.ops.supervisor import HEALTHY_AFTER_SECONDS, LONGEST_PAUSE_SECONDS, Restarts, child_environment
from tests.infra.processes import processes_that_mention, wait_until

# A stand-in for Granian and Dramatiq: a master that forks a worker, stops it when told alone, and says so.
MASTER = """
import os, signal, sys, time
mark, stubborn = sys.argv[1], sys.argv[2] == "stubborn"
worker = os.fork()
if worker == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(60)
def stop(*_):
    print("told to stop", flush=True)
    if not stubborn:
        os.kill(worker, signal.SIGKILL)
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print(f"ready {os.getpid()} {worker}", flush=True)
while True: time.sleep(60)
"""

SUPERVISOR = """
import sys
from infra.ops.supervisor import Supervisor, child_environment
from infra.ops.embedded.valkey import EmbeddedValkey
from pathlib import Path
folder = Path(sys.argv[1])
supervisor = Supervisor()
if sys.argv[3] == "server":
    server = EmbeddedValkey(folder)
    server.start()
    supervisor.servers["valkey"] = server
for name in ("web", "worker"):
    command = [sys.executable, str(folder / "master.py"), f"{folder}-{name}", sys.argv[2]]
    supervisor.add(name, command, child_environment(), 1.0)
supervisor.run()
"""


@pytest.fixture(autouse=True)
def _stand_in(folder: Path) -> None:
    folder.joinpath("master.py").write_text(MASTER)


class Run:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, *, kind: str = "obedient", server: bool = False) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, str(folder), kind, "server" if server else "none"],
                stdout=log,
                stderr=log,
                env=child_environment(),
                start_new_session=True,
            )

    def said(self) -> list[str]:
        return self.log.read_text().splitlines()

    def ready(self, name: str, times: int = 1) -> tuple[int, int]:
        """Process ids of the child's master and worker, once it was started that many times."""

        def lines() -> list[str]:
            return [line for line in self.said() if line.startswith(name) and "| ready" in line]

        wait_until(lambda: len(lines()) >= times, f"{name} is ready: {self.said()}")
        _, _, master, worker = lines()[-1].partition("| ")[2].split()[0], *lines()[-1].split()[-3:]
        return int(master), int(worker)

    def left(self) -> list[int]:
        return [pid for pid in processes_that_mention(str(self.folder)) if pid != self.process.pid]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_everything_in_order_when_asked(folder: Path, number: signal.Signals) -> None:
    run = Run(folder)
    run.ready("web")
    run.ready("worker")
    run.process.send_signal(number)
    assert run.process.wait(20) == 0
    assert not run.left()
    told = [line.split()[0] for line in run.said() if "told to stop" in line]
    assert told == ["web", "worker"]
    assert run.said()[-1].endswith("stopped")


def test_killing_it_leaves_no_process_and_a_new_one_finds_the_data(folder: Path) -> None:
    run = Run(folder, server=True)
    run.ready("web")
    run.ready("worker")
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not run.left(), f"children and their workers are gone, left: {run.left()}")


def test_a_child_that_will_not_stop_is_killed_with_its_workers(folder: Path) -> None:
    run = Run(folder, kind="stubborn")
    run.ready("web")
    run.ready("worker")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(20) == 0
    assert not run.left()


def test_a_child_that_dies_is_started_again_and_its_orphans_go(folder: Path) -> None:
    run = Run(folder)
    master, worker = run.ready("web")
    run.ready("worker")
    os.kill(master, signal.SIGKILL)
    again, _ = run.ready("web", times=2)
    assert again != master
    assert not Path(f"/proc/{worker}").exists() or not processes_that_mention(f"-{worker}-")
    assert any("web was ended by SIGKILL; starting it again in 0.5 s" in line for line in run.said())
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(20) == 0


def test_an_embedded_server_that_dies_is_started_again(folder: Path) -> None:
    run = Run(folder, server=True)
    run.ready("worker")
    os.kill(int((folder / "valkey" / "valkey.pid").read_text()), signal.SIGKILL)
    wait_until(lambda: any("valkey runs again" in line for line in run.said()), "valkey runs again")
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(20) == 0


def test_pauses_grow_and_a_long_life_makes_them_short_again() -> None:
    restarts = Restarts(started_at=0)
    pauses = [restarts.next_pause(now=1) for _ in range(9)]
    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert restarts.next_pause(now=HEALTHY_AFTER_SECONDS) == pauses[0]


@pytest.mark.prove
def test_killing_it_at_any_moment_leaves_no_process(folder: Path) -> None:
    for number in range(15):
        run = Run(folder, kind="stubborn" if number % 2 else "obedient", server=number % 3 == 0)
        if number % 4:
            run.ready("web")
        run.process.kill()
        run.process.wait()
        wait_until(lambda run=run: not run.left(), f"nothing is left of run {number}")  # type: ignore[misc]
