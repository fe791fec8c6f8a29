"""`/robots.txt` and `/sitemap.xml`: what search engines are asked to read, and what not.

RFC 9309 (robots) and https://www.sitemaps.org/protocol.html: a sitemap names at most 50,000 addresses, so there is one
for pages and one for each so many clinics, and an index of them all. Each address stands in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.kernel.errors import NotFound
from services.kernel.language import DEFAULT, LANGUAGES
from services.kernel.scope import PublicScope
from services.kernel.work import Database
from services.marketplace import service as marketplace
from web.context import AppRequest, site_of
from web.locale import in_locale
from web.public.guide_content import CONCERNS

MOST_CLINICS = 50_000 // len(LANGUAGES) - 1
PAGES = (
    "/",
    "/search",
    "/guide",
    *(f"/guide/{concern.slug}" for concern in CONCERNS),
    "/trust",
    "/for-clinics",
)
_PRIVATE = ("/account", "/admin", "/bookings/", "/clinic$", "/clinic/", "/sign-", "/t/")
_ENDLESS = ("/compare", "/search?")
_FOR_PROGRAMS = ("/api/", "/dev/", "/feeds/")
CLOSED = (*_PRIVATE, *_ENDLESS, *_FOR_PROGRAMS)
_PART = re.compile(r"clinics-([1-9][0-9]{0,4})\.xml")
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots(request: AppRequest) -> Response[str]:
    """What is not for search engines, in every language, and where the sitemap is."""
    closed = [f"Disallow: {in_locale(path, locale)}" for locale in LANGUAGES for path in CLOSED]
    lines = ["User-agent: *", *dict.fromkeys(closed), "", f"Sitemap: {_base(request)}/sitemap.xml"]
    return Response("\n".join(lines) + "\n", media_type="text/plain")


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(request: AppRequest, database: NamedDependency[Database]) -> Response[str]:
    """The index of sitemaps."""
    async with database.begin(PublicScope()) as work:
        clinics = await marketplace.count_clinics(work)
    parts = ["pages", *(f"clinics-{number + 1}" for number in range(-(-clinics // MOST_CLINICS)))]
    entries = "".join(
        f"<sitemap><loc>{escape(f'{_base(request)}/sitemap/{part}.xml')}</loc></sitemap>\n" for part in parts
    )
    return _answer(f'{_XML}<sitemapindex xmlns="{_SITEMAPS}">\n{entries}</sitemapindex>\n')


@get("/sitemap/{part:str}", include_in_schema=False)
async def part_of_sitemap(
    request: AppRequest, part: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """`pages.xml`, or `clinics-1.xml` and so on. Raises `NotFound`."""
    if part == "pages.xml":
        return _addresses(request, PAGES)
    named = _PART.fullmatch(part)
    if named is None:
        raise NotFound
    async with database.begin(PublicScope()) as work:
        slugs = await marketplace.list_slugs(work, (int(named[1]) - 1) * MOST_CLINICS, MOST_CLINICS)
    if not slugs:
        raise NotFound
    return _addresses(request, [f"/c/{slug}" for slug in slugs])


def _base(request: AppRequest) -> str:
    return site_of(request).settings.base_url


def _addresses(request: AppRequest, paths: Iterable[str]) -> Response[str]:
    """Each path in every language, with its other languages beside it."""
    base, entries = _base(request), []
    for path in paths:
        by_locale = {locale: f"{base}{in_locale(path, locale)}" for locale in LANGUAGES}
        beside = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(address)}/>'
            for code, address in [*by_locale.items(), ("x-default", by_locale[DEFAULT])]
        )
        entries += [f"<url><loc>{escape(address)}</loc>{beside}</url>\n" for address in by_locale.values()]
    return _answer(
        f'{_XML}<urlset xmlns="{_SITEMAPS}" xmlns:xhtml="{_XHTML}">\n{"".join(entries)}</urlset>\n'
    )


def _answer(document: str) -> Response[str]:
    return Response(document, media_type="application/xml", headers={"Cache-Control": "public, max-age=3600"})


ROUTES = [robots, sitemap, part_of_sitemap]
