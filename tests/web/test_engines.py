"""What search engines and thrifty browsers are given: robots, sitemaps, facts of a page as data, packed texts, HEAD."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from litestar import Litestar

from infra.ops.assets import DIST
from infra.platform.mail import MailboxOnly
from services.kernel.work import Database
from tests.contracts.full_world import full_world
from tests.factories import live_clinic
from tests.fixtures import MovableClock
from tests.web.conftest import BASE
from web.public import engines
from workers.inline import drain

SITE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def data_of(page: str) -> dict[str, Any]:
    (found,) = _DATA.findall(page)
    return dict(json.loads(found))


def addresses(document: str) -> list[str]:
    return [str(element.text) for element in ET.fromstring(document).iter(f"{SITE}loc")]  # noqa: S314


async def test_robots_names_the_sitemap_and_closes_what_is_private(http: httpx.AsyncClient) -> None:
    answer = await http.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /account", "Disallow: /es/account", "Disallow: /clinic/"} <= set(lines)
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"
    assert not any("/c/linden-skin".startswith(line.removeprefix("Disallow: ")) for line in lines[1:-2])


async def test_sitemaps_name_every_page_and_clinic_in_every_language(
    http: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "MOST_CLINICS", 1)
    for name in ("Linden Skin", "Harbour Skin"):
        await live_clinic(database, name=name)
    await drain(database, MailboxOnly())
    parts = addresses((await http.get("/sitemap.xml")).text)
    assert parts == [f"{BASE}/sitemap/{name}.xml" for name in ("pages", "clinics-1", "clinics-2")]
    named = [address for part in parts for address in addresses((await http.get(part)).text)]
    assert {
        f"{BASE}/",
        f"{BASE}/es/guide/acne-scars",
        f"{BASE}/c/linden-skin",
        f"{BASE}/es/c/harbour-skin",
    } <= set(named)
    for address in named:
        assert (await http.get(address)).status_code == 200, address
    for wrong in ("clinics-3.xml", "clinics-0.xml", "clinics-x.xml", "clinics-999999.xml", "other.xml"):
        assert (await http.get(f"/sitemap/{wrong}")).status_code == 404, wrong


async def test_a_clinics_page_says_its_facts_as_data(
    http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, _ = await full_world(database, clock)
    data = data_of((await http.get(f"/c/{world.slug}")).text)
    assert (data["@context"], data["@type"], data["url"]) == (
        "https://schema.org",
        "MedicalClinic",
        f"{BASE}/c/{world.slug}",
    )
    assert data["address"]["addressCountry"] == "US"
    assert data["openingHoursSpecification"][0] == {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": "https://schema.org/Monday",
        "opens": "09:00",
        "closes": "17:00",
    }
    (person,) = data["employee"]
    assert person["hasCredential"][0]["recognizedBy"]["name"] == "Texas Medical Board"
    (offer,) = data["makesOffer"]
    assert (offer["price"], offer["priceCurrency"]) == ("800.00", "USD")
    rating = data["aggregateRating"]
    assert (rating["reviewCount"], 1 <= rating["ratingValue"] <= 5) == (1, True)
    listed = data_of((await http.get("/search")).text)
    assert listed["@type"] == "ItemList"
    assert listed["itemListElement"][0]["url"] == f"{BASE}/c/{world.slug}"


async def test_what_a_clinic_calls_itself_cannot_leave_the_data(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await live_clinic(database, name="</script><b>Skin & Co")
    page = (await http.get(f"/c/{world.slug}")).text
    assert data_of(page)["name"] == "</script><b>Skin & Co"
    assert "aggregateRating" not in data_of(page)
    assert "<b>Skin" not in page


async def test_texts_are_packed_for_who_takes_it_and_assets_are_kept_for_ever(
    app: Litestar, http: httpx.AsyncClient
) -> None:
    plain = await http.get("/", headers={"accept-encoding": "identity"})
    packed = await http.get("/", headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    for pattern, encoding in (("app.*.css", "gzip"), ("app.*.js", "gzip"), ("figtree-latin.*.woff2", None)):
        (asset,) = DIST.glob(pattern)
        answer = await http.get(f"/assets/{asset.name}")
        assert answer.content == asset.read_bytes()
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["cache-control"] == "max-age=31536000, public, immutable"


async def test_a_head_is_the_get_without_its_body(http: httpx.AsyncClient) -> None:
    for path in ("/", "/search", "/api/v1/catalogue", "/nothing"):
        whole, head = await http.get(path), await http.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        assert head.headers["content-type"] == whole.headers["content-type"]
