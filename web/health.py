"""Alive, ready, measured: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from web.context import AppRequest, site_of


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz(request: AppRequest) -> Response[dict[str, Any]]:
    """It can serve: every dependency answers."""
    found: dict[str, str] = {}
    for name, dependency in site_of(request).health.items():
        try:
            await dependency.check()
            found[name] = "ok"
        except Exception as error:  # noqa: BLE001  whatever it is, this dependency does not serve
            found[name] = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    ready = all(state == "ok" for state in found.values())
    return Response({"status": "ok" if ready else "unavailable", **found}, status_code=200 if ready else 503)


@get("/metrics", include_in_schema=False, media_type="text/plain")
async def metrics() -> Response[bytes]:
    """Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES = [healthz, readyz, metrics]
