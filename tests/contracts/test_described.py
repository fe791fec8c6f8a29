"""The API answers as it is described: hundreds of generated calls of every operation, signed in as who may make them.

No answer is a server's failure, none has a status, a type or a shape that the document does not have.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path

import pytest
from litestar import Litestar

from infra.ops.programs import COMMANDS
from infra.platform.settings import Settings
from services.kernel.work import Database
from tests.contracts.callers import MODERATOR, STRANGER, Caller, all_callers
from tests.factories import live_clinic
from tests.product import running_product
from tests.web.conftest import app

__all__ = ["app"]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = "6"
# Who makes which calls; the clinic's own are made in it, by its slug.
FACES = {
    "owner": ("--include-path-regex", "^/api/v1/manage"),
    MODERATOR: ("--include-path-regex", "^/api/v1/admin"),
    STRANGER: ("--exclude-path-regex", "^/api/v1/(manage|admin)"),
}


@pytest.mark.prove
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_every_operation_answers_as_it_is_described(
    app: Litestar, database: Database, settings: Settings, tmp_path: Path
) -> None:
    world = await live_clinic(database)
    callers, _ = await all_callers(database, world)
    config = tmp_path / "schemathesis.toml"
    config.write_text(f'[parameters]\n"path.slug" = "{world.slug}"\n')
    with running_product(settings, tmp_path, {"web": COMMANDS["web"]}) as url:
        faces = (_contradictions(url, callers[who], chosen, config) for who, chosen in FACES.items())
        said = await asyncio.gather(*faces)
    assert said == [""] * len(FACES), "\n\n".join(said)


async def _contradictions(url: str, who: Caller, chosen: tuple[str, str], config: Path) -> str:
    """What is said of answers that do not fit; nothing where all do. How many calls were made is printed."""
    command = ["-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"{url}/schema/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES, *chosen]
    command += ["--seed", "1", "--phases", "examples,coverage,fuzzing", "--no-color"]
    for name, value in who.bearer.items():
        command += ["--header", f"{name}: {value}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, cwd=config.parent
    )
    said = (await process.communicate())[0].decode()
    figures = [line.strip() for line in said.splitlines() if "selected /" in line or " generated, " in line]
    sys.stdout.write(f"as {who.name}: {'; '.join(figures)}\n")
    return f"as {who.name}:\n{said[-12_000:]}" if process.returncode else ""
