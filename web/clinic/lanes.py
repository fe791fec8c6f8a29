"""Blocks that overlap stand side by side: which lane each takes, and how many lanes share the width."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WIDTH = 12
_SHARES = (1, 2, 3, 4, 6, 12)


def lay_out(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks by start, each with `col` and `cols` of twelve: those that touch no other take all of them."""
    ordered = sorted(blocks, key=lambda block: (block["from"], -block["to"]))
    placed: list[dict[str, Any]] = []
    cluster: list[tuple[dict[str, Any], int]] = []
    ends: list[int] = []
    for block in ordered:
        if ends and block["from"] >= max(ends):
            placed += _share(cluster, len(ends))
            cluster, ends = [], []
        lane = next((number for number, end in enumerate(ends) if end <= block["from"]), len(ends))
        ends[lane : lane + 1] = [block["to"]]
        cluster.append((block, lane))
    return placed + _share(cluster, len(ends))


def _share(cluster: list[tuple[dict[str, Any], int]], lanes: int) -> list[dict[str, Any]]:
    share = next((share for share in _SHARES if share >= lanes), WIDTH)
    cols = WIDTH // share
    return [
        block | {"col": min(lane, share - 1) * cols + 1, "cols": WIDTH if lanes == 1 else cols}
        for block, lane in cluster
    ]
