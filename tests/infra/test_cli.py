"""The command line: what goes wrong is one line that names the setting, and `doctor` finds it."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.ops import cli
from infra.ops.commands import doctor, up
from infra.ops.commands.doctor import Finding, check
from infra.ops.environment import kept
from infra.ops.ports import require_free_port, wait_for_port
from infra.ops.problem import Problem
from infra.ops.programs import COMMANDS, WEB_TARGET
from infra.platform.mail import MailboxOnly
from infra.platform.settings import Mode, Settings, get_settings
from services.accounts import service as accounts
from services.accounts.models import SignInKind
from services.accounts.schemas import Credentials
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.marketplace.projection import compare_with_truth
from services.reviews import service as reviews
from services.reviews.models import SubjectKind
from services.reviews.schemas import NewReview
from tests.factories import World, live_clinic
from tests.fixtures import SECRET, MovableClock
from tests.services.notices.visits import completed_visit
from workers.inline import drain


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """What went wrong, after checking that it was said in one line."""
        assert self.code == 1, self
        (line,) = self.err.splitlines()
        assert line.startswith("needlewise: ")
        return line


Needlewise = Callable[..., Answer]


@pytest.fixture
def needlewise(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Needlewise]:
    """The command, with these settings alone."""
    before = dict(os.environ)

    def run(*arguments: str, **settings: str) -> Answer:
        for name in [name for name in os.environ if name.startswith("NEEDLEWISE_")]:
            del os.environ[name]
        os.environ.update({f"NEEDLEWISE_{name.upper()}": value for name, value in settings.items()})
        code = cli.main(arguments)
        return Answer(code, *capsys.readouterr())

    # Without the `.env` that whoever runs the tests may have.
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    yield run
    os.environ.clear()
    os.environ.update(before)
    get_settings.cache_clear()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_says_who_has_it_and_what_to_set(
    needlewise: Needlewise, taken: int, tmp_path: Path
) -> None:
    said = needlewise("up", port=str(taken), data_dir=str(tmp_path)).one_line()
    assert f"port {taken}" in said
    assert f"process {os.getpid()}" in said
    assert "NEEDLEWISE_PORT" in said


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Problem, match="NEEDLEWISE_HOST"):
        require_free_port("192.0.2.1", 8000)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "eighty"}, ["NEEDLEWISE_PORT", "'eighty'"]),
        ({"rate_limit": "perhaps"}, ["NEEDLEWISE_RATE_LIMIT"]),
        ({"data_dir": "/proc/nowhere"}, ["/proc/nowhere", "NEEDLEWISE_DATA_DIR"]),
        ({"database_url": "not an address", "secret_key": "x" * 40}, ["NEEDLEWISE_DATABASE_URL"]),
        ({"database_url": "postgresql://u:hidden@127.0.0.1:1/x", "secret_key": "x" * 40}, ["127.0.0.1:1"]),
        ({"database_url": "postgresql://u@127.0.0.1:1/x"}, ["NEEDLEWISE_SECRET_KEY"]),
        ({"demo_password": "secret words"}, ["NEEDLEWISE_DEMO_PASSWORD"]),
        ({"database_pool_size": "7"}, ["NEEDLEWISE_DATABASE_POOL_SIZE", "NEEDLEWISE_WORKER_THREADS"]),
    ],
)
def test_a_wrong_setting_is_one_line(
    needlewise: Needlewise, settings: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    said = needlewise("migrate", **{"data_dir": str(tmp_path), **settings}).one_line()
    for word in words:
        assert word in said
    assert "hidden" not in said
    assert "secret words" not in said


def test_processes_alone_want_servers(needlewise: Needlewise, tmp_path: Path) -> None:
    for name in COMMANDS:
        assert "needlewise up" in needlewise(name, data_dir=str(tmp_path)).one_line()


def test_demo_and_production_contradict_each_other(needlewise: Needlewise) -> None:
    assert "--demo" in needlewise("up", "--demo", mode="production").one_line()


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["--help"],
        *([name, "--help"] for name in ("up", "admin", "doctor", "rebuild", "demo", "seed")),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 0
    assert "start everything on this machine" in capsys.readouterr().out


def test_a_kept_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    assert kept(tmp_path, "secret", "first") == "first"
    assert kept(tmp_path, "secret", "second") == "first"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    assert kept(tmp_path, "secret", "made") == "made"


def test_the_block_names_the_sign_ins_in_demo_mode_alone() -> None:
    demo = Settings(_env_file=None, mode=Mode.DEMO, demo_password="open sesame", port=8123)
    shown = up.block(demo)
    for words in ("http://127.0.0.1:8123", "open sesame", "owner@demo.test", "/dev/mailbox"):
        assert words in shown
    assert "demo.test" not in up.block(Settings(_env_file=None))


def test_the_doctor_finds_nothing_wrong_with_good_servers(settings: Settings) -> None:
    found = {finding.name: finding for finding in doctor.on_servers(settings)}
    assert {name: finding.wrong for name, finding in found.items()} == dict.fromkeys(
        ("PostgreSQL", "extensions", "roles", "migrations", "Redis"), ""
    )


def test_the_doctor_names_what_does_not_answer(settings: Settings, taken: int) -> None:
    away = settings.model_copy(
        update={"database_url": "postgresql://127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1"}
    )
    lines = [finding.line() for finding in doctor.on_servers(away)]
    assert len(lines) == 2
    assert all(line.startswith("WRONG") for line in lines)
    mail = check("mail", lambda: doctor.mail(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})))
    assert "NEEDLEWISE_SMTP_URL" in mail.wrong
    busy = settings.model_copy(update={"port": taken})
    assert "NEEDLEWISE_PORT" in check("web", lambda: doctor.web_address(busy, running=False)).wrong
    assert not check("web", lambda: doctor.web_address(busy, running=True)).wrong


def test_the_doctor_says_so_when_a_database_was_never_migrated(settings: Settings) -> None:
    url = (settings.database_url or "").replace("/needlewise_test", "/postgres?was=", 1)
    empty = f"{url.split('?was=')[0]}?{url.rpartition('?')[2]}"
    assert "needlewise migrate" in check("migrations", lambda: doctor.migrations(empty)).wrong
    assert "needlewise migrate" in check("extensions", lambda: doctor.extensions(empty)).wrong


def test_the_doctor_checks_storage(settings: Settings) -> None:
    assert not check("storage", lambda: doctor.storage(settings)).wrong
    wrong = settings.model_copy(update={"storage_url": "ftp://nowhere"})
    assert "NEEDLEWISE_STORAGE_URL" in check("storage", lambda: doctor.storage(wrong)).wrong


def test_a_surprise_is_a_finding_too() -> None:
    def surprise() -> str:
        raise RuntimeError("never seen before")

    assert check("thing", surprise) == Finding("thing", "", "RuntimeError: never seen before")


def test_the_doctor_runs_on_a_bare_folder(needlewise: Needlewise, folder: Path) -> None:
    answer = needlewise("doctor", data_dir=str(folder), port="0")
    lines = {
        line[7:19].strip(): line for line in answer.out.splitlines() if line[:6].strip() in {"ok", "WRONG"}
    }
    assert lines["Python"].startswith("ok")
    assert lines["PostgreSQL"].startswith("ok")
    assert lines["Redis"].startswith("ok")
    # Nobody has migrated the new database.
    assert "needlewise migrate" in lines["migrations"]
    assert answer.code == 1


def test_a_web_process_that_is_ending_is_waited_for(folder: Path) -> None:
    script = (
        "import socket, sys, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
        "print(s.getsockname()[1], flush=True); sys.stdin.readline()"
    )
    command = [sys.executable, "-c", script, WEB_TARGET, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as leftover:
        assert leftover.stdout is not None
        assert leftover.stdin is not None
        port = int(leftover.stdout.readline())
        with pytest.raises(Problem, match=str(port)):
            wait_for_port("127.0.0.1", port, seconds=0.3)
        threading.Timer(0.3, leftover.stdin.close).start()
        wait_for_port("127.0.0.1", port)


def _on(settings: Settings) -> dict[str, str]:
    """The tests' own servers as settings of a command."""
    return {
        "mode": "test",
        "database_url": str(settings.database_url),
        "redis_url": str(settings.redis_url),
        "secret_key": SECRET,
        "data_dir": str(settings.data_dir),
    }


async def _reviewed_clinic(database: Database, clock: MovableClock) -> World:
    """A live clinic with one review of four stars, counted."""
    world = await live_clinic(database)
    visit = await completed_visit(database, clock, world)
    async with database.begin(world.scope) as work:
        invitation_id = await reviews.invite(work, visit, "session")
        assert invitation_id is not None
        stars = dict.fromkeys(("result", "comfort", "cleanliness", "explanation", "value"), 4)
        await reviews.write_review(work, invitation_id, NewReview.model_validate({"ratings": stars}))
    await drain(database, MailboxOnly())
    return world


@pytest.mark.parametrize("live", [True, False])
async def test_rebuild_makes_listings_and_figures_anew(
    needlewise: Needlewise,
    settings: Settings,
    database: Database,
    clock: MovableClock,
    superuser: AsyncEngine,
    live: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    world = await _reviewed_clinic(database, clock)
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE review_figure SET reviews = 7, total_sum = 9"))
        await connection.execute(text("DELETE FROM listing"))
        await connection.execute(text("UPDATE clinic_slug SET is_public = :live"), {"live": live})
    answer = await asyncio.to_thread(needlewise, "rebuild", **_on(settings))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-2:] == [
        "needlewise | review figures made anew: 1 clinics",
        f"needlewise | listings made anew: {int(live)} locations",
    ]
    assert await compare_with_truth(database) == []
    async with database.begin(world.scope) as work:
        figures = await reviews.figures(work, SubjectKind.CLINIC, str(world.clinic_id))
    assert (figures.count, figures.mean) == (1, 4.0)


async def test_a_moderator_who_is_made_may_sign_in(
    needlewise: Needlewise, settings: Settings, database: Database, clock: MovableClock
) -> None:
    create = ("admin", "create", "--email", "mo@example.org", "--name", "Mo Derate")
    answer = await asyncio.to_thread(needlewise, *create, **_on(settings))
    assert (answer.code, answer.err) == (0, "")
    password = re.search(r"Password \(shown once\): (\S+)", answer.out)
    uri = re.search(r"otpauth://\S+", answer.out)
    assert password is not None
    assert uri is not None
    factor = pyotp.parse_uri(uri[0])
    assert isinstance(factor, pyotp.TOTP)
    code = factor.at(await clock.now())
    async with database.begin(PublicScope()) as work:
        given = Credentials(email="mo@example.org", password=password[1], totp=code)
        token = await accounts.sign_in(work, given, kind=SignInKind.API)
        who = await accounts.find_signed_in(work, token, api=True)
    assert who is not None
    assert (who.is_moderator, who.second_factor) == (True, True)
    again = await asyncio.to_thread(needlewise, *create, **_on(settings))
    assert "There is an account with this address." in again.one_line()


@pytest.mark.parametrize(("email", "name"), [("nonsense", "Mo"), ("mo@example.org", "")])
async def test_a_moderator_who_cannot_be_is_one_line(
    needlewise: Needlewise, settings: Settings, database: Database, email: str, name: str
) -> None:
    create = ("admin", "create", "--email", email, "--name", name)
    said = (await asyncio.to_thread(needlewise, *create, **_on(settings))).one_line()
    assert "no moderator was made (" in said
    async with database.begin(PublicScope()) as work:
        assert await accounts.find_by_email(work, "mo@example.org") is None
