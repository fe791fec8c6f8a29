"""The composition root of the web: adapters into services, controllers into routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.static_files import create_static_files_router
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from infra.platform.assembly import Adapters, NotConfigured, open_adapters
from infra.platform.news import ClinicNews
from infra.platform.schema import SchemaHealth
from infra.platform.settings import LOOPBACK_HOSTS, Settings
from services.kernel.assembly import assemble
from services.kernel.ports import Health
from web.admin.routes import ROUTES as ADMIN
from web.api.routes import ROUTES as API
from web.client.routes import ROUTES as CLIENT
from web.clinic.routes import ROUTES as CLINIC
from web.compression import Compression
from web.context import Site, provide_database, provide_settings, provide_visitor
from web.dev import ROUTES as DEV
from web.health import ROUTES as HEALTH
from web.locale import in_its_language
from web.middleware import Around, TimeLimit, without_body
from web.openapi import ApiDocument, ApiPage
from web.problems import HANDLERS
from web.public.routes import ROUTES as PUBLIC
from web.stopping import told_of_stop
from web.unreadable import refuse_unshowable

_DIST = Path(__file__).parent / "assets" / "dist"
_FOR_EVER = CacheControlHeader(
    public=True, max_age=31_536_000, immutable=True
)  # names carry their content's hash
LARGEST_BODY = 12_000_000


def build_site(settings: Settings, adapters: Adapters) -> Site:
    """Adapters and keys, put together for this process."""
    if settings.secret_key is None:
        raise NotConfigured("NEEDLEWISE_SECRET_KEY must be set: 32 or more random characters")
    database = assemble(
        adapters.postgres,
        storage=adapters.storage,
        throttle=adapters.throttle,
        wake=adapters.signals.wake,
        tell=adapters.signals.tell,
        secret=settings.secret_key.get_secret_value(),
        base_url=settings.base_url,
        movable_clock=settings.clock_is_movable,
        quiet_night=settings.quiet_night,
        texts=settings.texts_are_sent,
    )
    health: dict[str, Health] = {
        "database": adapters.postgres,
        "migrations": SchemaHealth(adapters.postgres),
        "redis": adapters.redis_health,
    }
    news = ClinicNews(adapters.redis, settings.redis_url or "")
    return Site(settings, database, health, adapters.mail, news)


class Application(Litestar):
    """Litestar behind the language of the address, inside what stands around every request."""

    def __init__(self, around: Around, **options: Any) -> None:
        super().__init__(**options)
        self._around = around

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """One request, or the process's beginning and end."""
        if scope["type"] == ScopeType.HTTP:
            http = cast("HTTPScope", scope)
            await self._around.handle(
                http, cast("Receive", receive), cast("Send", send), self._in_its_language
            )
        else:
            await super().__call__(scope, receive, send)

    async def _in_its_language(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = super().__call__
        if scope["type"] == ScopeType.HTTP and scope["method"] == HttpMethod.HEAD:
            await in_its_language(partial(without_body, app), scope, receive, send)
        else:
            await in_its_language(app, scope, receive, send)


def create_app(settings: Settings) -> Litestar:
    """The web application."""
    adapters = open_adapters(settings)
    site = build_site(settings, adapters)
    https = settings.base_url.startswith("https://")

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        with told_of_stop(site.news.end):
            yield
        await site.news.close()
        await adapters.close()

    return Application(
        Around(https=https),
        route_handlers=[
            *HEALTH,
            *API,
            *PUBLIC,
            *CLIENT,
            *CLINIC,
            *ADMIN,
            *(DEV if settings.clock_is_movable else []),
            create_static_files_router("/assets", [_DIST], name="assets", cache_control=_FOR_EVER),
        ],
        dependencies={
            "database": Provide(provide_database),
            "settings": Provide(provide_settings),
            "visitor": Provide(provide_visitor),
        },
        before_request=refuse_unshowable,
        exception_handlers=HANDLERS,
        middleware=[TimeLimit(), Compression()],
        csrf_config=CSRFConfig(
            secret=site.database.tools.keyring.signing_key().hex(),
            cookie_name="needlewise_csrf",
            cookie_secure=https,
            cookie_httponly=True,
            exclude=["^/api/", "^/dev/", "^/assets/", "^/healthz", "^/readyz", "^/metrics", "^/unsubscribe/"],
        ),
        allowed_hosts=AllowedHostsConfig(allowed_hosts=allowed_hosts(settings)),
        openapi_config=OpenAPIConfig(
            title="Needlewise",
            version="1",
            path="/schema",
            description="Clinics, free times and bookings of micro-needling courses.",
            render_plugins=[ApiPage(path="/"), ApiDocument()],
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")},
            ),
        ),
        request_max_body_size=LARGEST_BODY,
        lifespan=[lifespan],
        state=State({"site": site}),
        # Litestar would set up the root logger in a shape of its own.
        logging_config=None,
        debug=False,
    )


def allowed_hosts(settings: Settings) -> list[str]:
    """Hosts that requests may name, with and without the port: those set, the public one, and loopback."""
    hosts = [*settings.allowed_hosts, urlsplit(settings.base_url).netloc]
    if settings.host in LOOPBACK_HOSTS or settings.clock_is_movable:
        names = [f"[{host}]" if ":" in host else host for host in LOOPBACK_HOSTS]
        hosts += [*names, *(f"{name}:{settings.port}" for name in names)]
    return sorted({host for host in hosts if host})
