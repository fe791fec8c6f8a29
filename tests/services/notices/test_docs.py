"""The page about messages names every kind that there is."""

from __future__ import annotations

import re
from pathlib import Path

from services.notices.rules import KINDS


def test_the_table_of_messages_is_whole() -> None:
    page = (Path(__file__).parents[3] / "docs" / "notices.md").read_text()
    table = page.split("## Sending has two steps")[1].split("## What they say")[0]
    named: set[str] = set()
    for line in table.splitlines():
        if line.startswith("| `"):
            words = re.findall(r"`([^`]+)`", line.split("|")[1])
            named |= {words[0].rsplit(".", 1)[0] + word if word.startswith(".") else word for word in words}
    assert named == set(KINDS)
