"""Folders for servers that a test starts itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.infra.processes import processes_that_mention, wait_until


@contextmanager
def own_folder() -> Iterator[Path]:
    """A data folder that the servers' user can reach, which pytest's own is not for root. Nothing may stay in it."""
    with tempfile.TemporaryDirectory(prefix="nw-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        wait_until(lambda: not processes_that_mention(name), "every process of the folder has ended")


@pytest.fixture
def folder() -> Iterator[Path]:
    """The same for one test."""
    with own_folder() as path:
        yield path
