"""docs/operations.md says what is there: every setting, every command."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from infra.ops import cli
from infra.platform.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()


def test_every_setting_is_explained_and_nothing_else() -> None:
    explained = set(re.findall(r"^\| `NEEDLEWISE_([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert explained == {name.upper() for name in Settings.model_fields}


def test_defaults_are_the_real_ones() -> None:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, (int, str)) and not isinstance(field.default, bool):
            shown = re.search(rf"^\| `NEEDLEWISE_{name.upper()}` \| `([^`]*)` \|", PAGE, re.MULTILINE)
            assert shown, name
            assert shown[1] == str(field.default), name


def test_every_command_is_explained() -> None:
    commands = next(
        action for action in cli.parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    table = PAGE[PAGE.index("## Commands") : PAGE.index("## Settings")]
    for name in commands.choices:
        assert re.search(rf"`(needlewise )?{name}\b", table), name


def test_make_help_names_every_target_with_a_line() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "test", "check", "bench", "prove", "lock", "help"):
        assert re.search(rf"^{target}:.*## \w+", makefile, re.MULTILINE), target


def test_the_example_environment_names_settings_alone() -> None:
    others = {"NEEDLEWISE_SITE", "NEEDLEWISE_LOGIN_PASSWORD"}
    names = set(re.findall(r"^#?(NEEDLEWISE_[A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert names - others <= {f"NEEDLEWISE_{name.upper()}" for name in Settings.model_fields}
