"""Lighthouse (mobile) over the pages that clients see first, of the demo that runs here.

`make run` in another terminal first. Prints the four figures of each page, and what costs it points (what is found by
a sifted search, a comparison and free times are kept from search engines on purpose, which costs theirs). Lighthouse is
pinned in tests/bench/lighthouse and is no part of the product.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from infra.ops.assets import find_npm
from infra.platform.settings import Settings

FOLDER = Path(__file__).parent / "lighthouse"
FIGURES = ("performance", "accessibility", "best-practices", "seo")
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
LEAST = 0.9  # audits below this are named
TRIES = 3  # a busy machine loses a trace now and then


def addresses(base_url: str) -> dict[str, str]:
    """The pages by name: the first clinic that is found lends its listing and its times."""
    found = httpx.get(f"{base_url}/api/v1/search", params={"limit": 2}).json()["items"]
    slugs = [item["slug"] for item in found]
    treatment = httpx.get(f"{base_url}/api/v1/clinics/{slugs[0]}/treatments").json()["items"][0]
    area = treatment["areas"][0]["code"]
    return {
        "home": "/",
        "search": "/search?concern=acne_scars",
        "listing": f"/c/{slugs[0]}",
        "compare": "/compare?" + "&".join(f"clinic={slug}" for slug in slugs),
        "times": f"/c/{slugs[0]}/book/{treatment['id']}/times?area={area}",
    }


def measure(address: str) -> dict[str, Any]:
    """One page's report."""
    command, environment = find_npm()
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    chrome = os.environ.get("CHROME_PATH") or shutil.which("chromium") or "/usr/bin/chromium"
    for _ in range(TRIES):
        ran = subprocess.run(
            [
                *_node(command),
                str(program.resolve()),
                address,
                "--output=json",
                "--quiet",
                f"--chrome-flags={CHROME}",
            ],
            env={**environment, "CHROME_PATH": chrome},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not ran.returncode:
            return dict(json.loads(ran.stdout))
    raise SystemExit(f"lighthouse: {ran.stderr[-2000:]}")


def _node(npm_command: list[str]) -> list[str]:
    """The Node that npm runs on."""
    return npm_command[:1] if len(npm_command) > 1 else ["node"]


def _costs(report: dict[str, Any]) -> list[str]:
    """What keeps the page from full points."""
    weighed = {
        ref["id"] for one in report["categories"].values() for ref in one["auditRefs"] if ref["weight"] > 0
    }
    low = [
        audit
        for name, audit in report["audits"].items()
        if name in weighed and audit["score"] is not None and audit["score"] < LEAST
    ]
    return [f"{audit['title']} {audit.get('displayValue', '')}".strip() for audit in low]


def main() -> int:
    """Install what is pinned, measure, print."""
    command, environment = find_npm()
    if not (FOLDER / "node_modules").exists():
        subprocess.run([*command, "ci", "--loglevel=error"], cwd=FOLDER, env=environment, check=True)
    base_url = Settings().base_url
    print(f"{'page':<10}" + "".join(f"{name:>16}" for name in FIGURES))
    for name, path in addresses(base_url).items():
        report = measure(base_url + path)
        scores = [report["categories"][figure]["score"] for figure in FIGURES]
        print(f"{name:<10}" + "".join(f"{round(100 * (score or 0)):>16}" for score in scores), flush=True)
        for cost in _costs(report):
            print(f"           {cost}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
