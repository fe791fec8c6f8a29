"""The routes of this face."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from web.admin.audit import AuditPages
from web.admin.cases import CasePages
from web.admin.engine import EnginePages
from web.admin.lots import LotPages
from web.admin.pictures import CasePictures

ROUTES: list[ControllerRouterHandler] = [
    CasePages,
    CasePictures,
    AuditPages,
    EnginePages,
    LotPages,
]
