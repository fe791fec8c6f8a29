"""The page about messages names every kind that there is, and what has to be so when it is sent."""

from __future__ import annotations

import re
from pathlib import Path

from services.notices.rules import KINDS
from services.notices.standing import OF_ACCOUNTS, OF_CLINICS


def rows() -> dict[str, str]:
    """The last cell of the table of messages by kind."""
    page = (Path(__file__).parents[3] / "docs" / "notices.md").read_text()
    table = page.split("## Sending has two steps")[1].split("## What they say")[0]
    found: dict[str, str] = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            words = re.findall(r"`([^`]+)`", cells[0])
            for word in words:
                found[words[0].rsplit(".", 1)[0] + word if word.startswith(".") else word] = cells[-1]
    return found


def test_the_table_of_messages_is_whole() -> None:
    assert set(rows()) == set(KINDS)


def test_each_kind_is_looked_at_when_it_is_sent_or_says_why_it_stays_true() -> None:
    for kind, when_sent in rows().items():
        checked, of_visits = kind in OF_CLINICS or kind in OF_ACCOUNTS, KINDS[kind].of_visits
        wanted = {(True, True): r"while: .+; visits", (True, False): r"while: .+", (False, True): "visits"}
        assert re.fullmatch(wanted.get((checked, of_visits), r"stays: \w.+"), when_sent), kind


def test_what_is_looked_at_is_of_a_kind_that_there_is() -> None:
    assert (OF_CLINICS.keys() | OF_ACCOUNTS.keys()) <= KINDS.keys()
