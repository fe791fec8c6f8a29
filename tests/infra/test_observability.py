"""Log lines: one shape for structlog and the standard library, with the correlation id."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from infra.platform.observability import configure_logging


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def test_json_lines_carry_process_and_correlation_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("web", "json")
    with structlog.contextvars.bound_contextvars(correlation_id="abc"):
        structlog.get_logger("web").info("hello", clinic="x")
        logging.getLogger("granian").warning("busy: %s", 3)
    ours, foreign = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["clinic"], ours["process"], ours["correlation_id"]) == (
        "hello",
        "x",
        "web",
        "abc",
    )
    assert (foreign["event"], foreign["level"], foreign["process"]) == ("busy: 3", "warning", "web")
    assert foreign["correlation_id"] == "abc"


def test_exceptions_stay_inside_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("worker", "json")
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        structlog.get_logger("worker").exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_plain_lines_have_no_colour_codes_and_no_process_name(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("relay", "plain")
    structlog.get_logger("relay").info("passed on", events=3)
    said = capsys.readouterr().err
    assert "passed on" in said
    assert "events=3" in said
    assert "\x1b" not in said
    assert "process=" not in said


def test_setting_up_twice_prints_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("web", "plain")
    configure_logging("web", "plain")
    logging.getLogger("anything").info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_what_is_less_than_the_least_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("demo", "plain", least=logging.WARNING)
    structlog.get_logger("workers").info("done")
    logging.getLogger("anything").info("done")
    structlog.get_logger("workers").error("not done")
    (line,) = capsys.readouterr().err.splitlines()
    assert "not done" in line


def test_the_web_servers_own_lines_take_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    server = logging.getLogger("_granian")
    server.addHandler(logging.StreamHandler(sys.stdout))
    server.propagate = False
    configure_logging("web", "json")
    server.warning("a worker ended")
    said = capsys.readouterr()
    assert (said.out, json.loads(said.err)["event"]) == ("", "a worker ended")
