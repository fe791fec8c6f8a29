"""What stands around every page of the moderators: their workspace's name, and where they may go."""

from __future__ import annotations

from typing import Any

from litestar import Response

from web.context import AppRequest
from web.pages import page

# Key, address, words, icon. Four fill a phone's bar.
_ENTRIES = (
    ("home", "/admin", "Overview", "layout-dashboard"),
    ("queue", "/admin/cases", "Queue", "inbox"),
    ("decided", "/admin/cases?state=decided", "Decided", "gavel"),
    ("audit", "/admin/audit", "Audit", "history"),
    ("lots", "/admin/lots", "Lots", "package"),
    ("engine", "/admin/engine", "Engine room", "activity"),
)


def admin_nav(current: str, waiting: int | None = None) -> list[dict[str, Any]]:
    """The pages of moderation; `current` is the key of the one shown, `waiting` the queue's length."""
    return [
        {
            "href": href,
            "label": label,
            "icon": icon,
            "current": key == current,
            "count": waiting if key == "queue" else None,
        }
        for key, href, label, icon in _ENTRIES
    ]


def admin_page(
    request: AppRequest,
    template: str,
    *,
    current: str,
    status: int = 200,
    waiting: int | None = None,
    **values: Any,
) -> Response[str]:
    """A page of the moderators' workspace, never kept by caches."""
    answer = page(
        request,
        template,
        status=status,
        nav=admin_nav(current, waiting),
        workspace_name="Moderation",
        workspace_note="",
        workspace_home="/admin",
        **values,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
