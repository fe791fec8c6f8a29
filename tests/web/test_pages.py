"""What every page stands on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from web import pages


def _build(folder: Path, names: dict[str, str], at_ns: int) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(names))
    os.utime(manifest, ns=(at_ns, at_ns))


def test_assets_are_those_of_the_newest_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_DIST", tmp_path)
    assert pages.asset("app.css") == "/assets/app.css"
    _build(tmp_path, {"app.css": "app.1.css"}, at_ns=10**18)
    assert pages.asset("app.css") == "/assets/app.1.css"
    _build(tmp_path, {"app.css": "app.2.css"}, at_ns=10**18 + 1)
    assert pages.asset("app.css") == "/assets/app.2.css"
    assert pages.asset("robots.txt") == "/assets/robots.txt"
