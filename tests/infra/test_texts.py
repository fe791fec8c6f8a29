"""Text messages in a file: a line each, as a gateway would get them."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from infra.platform.settings import Mode, Settings
from infra.platform.texts import TextFile, TextRefused


async def test_each_text_is_one_whole_line_whoever_writes_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "texts.jsonl"
    files = [TextFile(path, "Needlewise") for _ in range(4)]
    texts = [("+12125550100", f"Año {n}\n" * 20, f"notice-{n}") for n in range(40)]
    await asyncio.gather(*(files[n % 4].send(*text) for n, text in enumerate(texts)))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(line["id"] for line in lines) == sorted(key for _, _, key in texts)
    assert lines[0].keys() == {"id", "from", "to", "text"}
    assert {line["from"] for line in lines} == {"Needlewise"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextRefused):
        await TextFile(tmp_path / "texts.jsonl", "x").send("ana@example.test", "x", "notice-1")


def test_texts_are_sent_in_demo_mode_and_where_it_is_set() -> None:
    def sent(mode: Mode, texts: str | None = None) -> bool:
        return Settings(_env_file=None, mode=mode, texts=texts).texts_are_sent

    assert (sent(Mode.DEMO), sent(Mode.DEMO, "off")) == (True, False)
    assert (sent(Mode.PRODUCTION), sent(Mode.PRODUCTION, "file")) == (False, True)
    with pytest.raises(ValueError, match="NEEDLEWISE_TEXTS"):
        sent(Mode.PRODUCTION, "pigeon")
