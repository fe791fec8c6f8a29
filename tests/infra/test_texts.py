"""Text messages in a folder: a whole file each, for a gateway to take."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from infra.platform.settings import Mode, Settings
from infra.platform.texts import LONGEST_SECONDS, TextFolder, TextRefused


def taken(folder: Path) -> list[dict[str, str]]:
    return [json.loads(one.read_text()) for one in sorted(folder.iterdir())]


async def test_each_text_is_one_whole_file_whoever_writes_beside(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "texts"
    gateways = [TextFolder(folder, "Needlewise") for _ in range(4)]
    texts = [("+12125550100", f"Año {n}\n" * 20, f"notice-{n}") for n in range(40)]
    await asyncio.gather(*(gateways[n % 4].send(*text) for n, text in enumerate(texts)))
    found = taken(folder)
    assert sorted((one["to"], one["text"], one["id"]) for one in found) == sorted(texts)
    assert {one["from"] for one in found} == {"Needlewise"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}


async def test_a_text_that_comes_twice_is_there_once(tmp_path: Path) -> None:
    for _ in range(2):
        await TextFolder(tmp_path, "x").send("+12125550100", "Tomorrow at ten", "notice-1")
    assert [one["id"] for one in taken(tmp_path)] == ["notice-1"]


async def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextRefused):
        await TextFolder(tmp_path / "texts", "x").send("ana@example.test", "x", "notice-1")


async def test_a_text_is_forgotten_and_so_is_what_nobody_took_for_a_week(tmp_path: Path) -> None:
    gateway = TextFolder(tmp_path, "x")
    for number in range(3):
        await gateway.send("+12125550100", "x", f"notice-{number}")
    await gateway.forget("notice-0")
    await gateway.forget("notice-0")
    old = tmp_path / "notice-1.json"
    os.utime(old, (0, old.stat().st_mtime - LONGEST_SECONDS - 1))
    await gateway.send("+12125550100", "x", "notice-3")
    assert [one["id"] for one in taken(tmp_path)] == ["notice-2", "notice-3"]


def test_texts_are_sent_in_demo_mode_and_where_it_is_set() -> None:
    def sent(mode: Mode, texts: str | None = None) -> bool:
        return Settings(_env_file=None, mode=mode, texts=texts).texts_are_sent

    assert (sent(Mode.DEMO), sent(Mode.DEMO, "off")) == (True, False)
    assert (sent(Mode.PRODUCTION), sent(Mode.PRODUCTION, "file")) == (False, True)
    with pytest.raises(ValueError, match="NEEDLEWISE_TEXTS"):
        sent(Mode.PRODUCTION, "pigeon")
