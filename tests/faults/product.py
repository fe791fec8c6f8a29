"""The product's own worker and relay as processes, on a database and a Valkey that a test may break."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pydantic import SecretStr

from infra.ops.embedded.valkey import EmbeddedValkey
from infra.ops.programs import relay_command, worker_command
from infra.ops.supervisor import ROOT
from infra.platform.settings import Mode, Settings
from services.kernel.work import Database
from tests.fixtures import SECRET
from tests.infra.processes import processes_that_mention
from tests.product import environment_of
from tests.servers import fresh_database
from workers.process import opened_process


@dataclass
class Product:
    """Worker and relay, each in a process group of its own, so that all of one can be killed at a stroke."""

    settings: Settings
    valkey: EmbeddedValkey
    log: IO[bytes]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Starts `worker` or `relay`."""
        command = {"worker": worker_command, "relay": relay_command}[name](self.settings)
        self.running[name] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_of(self.settings),
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """kill -9 to all of it."""
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_and_restart(self, name: str) -> None:
        """kill -9, and what a supervisor does then."""
        self.kill(name)
        self.start(name)

    def revive(self) -> list[str]:
        """What a supervisor does with processes that have ended by themselves; gives their names."""
        ended = [name for name, process in self.running.items() if process.poll() is not None]
        for name in ended:
            self.kill_and_restart(name)
        return ended

    def lose_valkey(self) -> None:
        """kill -9 to Valkey; what was in it is gone when it comes back."""
        for pid in processes_that_mention("valkey-server"):
            if self._is_ours(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.valkey.stop()
        for left in (*self.settings.data_dir.rglob("*.aof"), *self.settings.data_dir.rglob("*.rdb")):
            left.unlink()
        assert self.valkey.start() == self.settings.redis_url

    def _is_ours(self, pid: int) -> bool:
        return pid in processes_that_mention(str(self.settings.data_dir))

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


@contextmanager
def _valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(folder, durable=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def product(folder: Path) -> AsyncIterator[tuple[Product, Database]]:
    """Worker and relay at work on an empty database, and an entrance to that database."""
    with _valkey(folder) as valkey, (folder / "processes.log").open("wb") as log:
        settings = Settings(
            _env_file=None,
            mode=Mode.TEST,
            database_url=await fresh_database(f"needlewise_faults_{os.getpid()}"),
            redis_url=valkey.url,
            secret_key=SecretStr(SECRET),
            data_dir=folder,
            rate_limit="off",
            quiet_hours="off",
        )
        it = Product(settings, valkey, log)
        async with opened_process(settings) as process:
            try:
                it.start("worker")
                it.start("relay")
                yield it, process.outside.database
            finally:
                it.stop()
