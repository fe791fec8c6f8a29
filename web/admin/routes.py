"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.admin.audit import AuditPages
from web.admin.cases import CasePages
from web.admin.engine import EnginePages

ROUTES: list[ControllerRouterHandler] = [
    CasePages,
    AuditPages,
    EnginePages,
]
