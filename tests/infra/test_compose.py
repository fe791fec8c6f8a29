"""docker-compose.yml and what it builds on: real settings, real commands, no secret without the environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.ops import cli
from infra.platform.settings import Settings
from services.kernel.tables import APP, MAINTENANCE, OWNER, PLATFORM

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "infra" / "ops" / "deploy"
COMPOSE = ROOT / "docker-compose.yml"
OURS = {"web", "worker", "relay", "migrate"}
# Read by Caddy and by PostgreSQL's first start, not by Needlewise.
NOT_SETTINGS = {"NEEDLEWISE_SITE", "NEEDLEWISE_LOGIN_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def interpolated(text: str) -> set[str]:
    """The variables a text asks the environment for, of which there is no default."""
    return set(re.findall(r"(?<!\$)\$\{(\w+):\?", text))


def test_it_has_every_part_of_the_product(compose: dict[str, Any]) -> None:
    wanted = {"proxy", "postgres", "pgbouncer", "valkey", "storage", "buckets", "mail", *OURS}
    assert set(compose["services"]) == wanted
    assert "name" not in compose


def test_every_setting_it_sets_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"NEEDLEWISE_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known
    mentioned = set(re.findall(r"NEEDLEWISE_[A-Z_]+", COMPOSE.read_text()))
    assert mentioned <= known


def test_every_command_exists(compose: dict[str, Any]) -> None:
    for name in OURS:
        cli.parser().parse_args(compose["services"][name]["command"])


def test_everything_that_keeps_running_has_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        once = service.get("restart") == "no"
        assert once or "test" in service["healthcheck"], name
        image = service["image"]
        assert image.startswith("needlewise") or ":" in image, f"{image} has no version"


def test_every_named_volume_is_declared(compose: dict[str, Any]) -> None:
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(compose["volumes"])


def test_no_secret_has_a_default() -> None:
    text = COMPOSE.read_text()
    assert not re.findall(r"\$\{\w*(?:PASSWORD|SECRET|KEY)\w*(?::-[^}]*)?\}", text)
    example = (ROOT / ".env.example").read_text()
    for name in interpolated(text):
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} stands in .env.example, empty"


def test_files_it_mounts_and_builds_from_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).exists()
        if "build" in service:
            dockerfile = ROOT / service["build"]["dockerfile"]
            for source in re.findall(
                r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", dockerfile.read_text(), re.MULTILINE
            ):
                assert all((ROOT / part).exists() for part in source.split()), source


def test_the_first_start_makes_the_roles_of_the_schema() -> None:
    script = (DEPLOY / "postgres" / "10-roles.sh").read_text()
    made = dict(re.findall(r"CREATE ROLE (\w+) (\w+(?: BYPASSRLS)?)", script))
    assert {name for name, rights in made.items() if "NOLOGIN" in rights} == {
        OWNER,
        APP,
        PLATFORM,
        MAINTENANCE,
    }
    assert {name for name, rights in made.items() if "BYPASSRLS" in rights} == {PLATFORM, MAINTENANCE}


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_docker_compose_reads_it_and_refuses_without_a_secret(tmp_path: Path) -> None:
    # Not the `.env` of whoever runs the tests.
    nothing = tmp_path / "env"
    nothing.touch()
    secrets = dict.fromkeys(interpolated(COMPOSE.read_text()), "dummy1234")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    command = ["docker-compose", "--env-file", str(nothing), "-f", str(COMPOSE), "config", "--quiet"]

    def config(given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env={**environment, **given}, capture_output=True, text=True, check=False, cwd=ROOT
        )

    good = config(secrets)
    assert good.returncode == 0, good.stderr
    for name in secrets:
        assert config({key: value for key, value in secrets.items() if key != name}).returncode != 0


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_reads_its_file(tmp_path: Path) -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_ci_is_a_script_that_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
