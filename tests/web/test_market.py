"""The marketplace by its pages and its API: what anyone sees, bad input, and what is not public."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from services.clinics import service as clinics
from services.kernel.work import Database
from services.marketplace.projection import rebuild_listing
from services.treatments import service as treatments
from services.treatments.models import DeviceChoice
from services.treatments.schemas import TreatmentPatch
from tests.factories import World, book_one, live_clinic
from tests.services.moderation.drafts import draft_clinic


async def listed(database: Database, **made: Any) -> World:
    world = await live_clinic(database, **made)
    async with database.begin(world.scope) as work:
        await rebuild_listing(work, database)
    return world


async def test_search_answers_in_the_contracts_shape(api: httpx.AsyncClient, database: Database) -> None:
    world = await listed(database, course_price=70_000)
    answer = await api.get("/search", params={"concern": "acne_scars", "place": "Austin", "radius_km": 30})
    assert answer.status_code == 200
    body = answer.json()
    assert body["next"] is None
    (item,) = body["items"]
    assert {
        "slug": world.slug,
        "location_id": str(world.location_id),
        "city": "Austin",
        "country": "US",
        "concerns": ["acne_scars"],
        "areas": ["face"],
        "credentials": ["dermatologist"],
        "languages": ["en"],
        "course_from": {"price": {"amount": 70_000, "currency": "USD"}, "sessions": 4, "weeks": 12},
    }.items() <= item.items()
    assert set(item["rating"]) == {"mean", "shrunk", "low", "high", "count"}
    assert set(item["score"]["parts"]) == {"relevance", "distance", "rating", "credentials", "availability"}
    assert re.search(r"T\d\d:\d\d:\d\d-0[56]:00$", item["next_free_at"])
    assert item["distance_km"] < 30
    assert body["facets"]["concerns"] == [{"code": "acne_scars", "count": 1, "more": False}]
    assert body["total"] == 1


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"concern": "glow"}, "concern"),
        ({"sort": "best"}, "sort"),
        ({"sort": "distance"}, "sort"),
        ({"place": "Nowhereatall"}, "place"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"min_rating": 6}, "min_rating"),
        ({"radius_km": 0}, "radius_km"),
        ({"radius_km": 501}, "radius_km"),
        ({"lat": 91, "lng": 0}, "lat"),
        ({"lat": "nan", "lng": 0}, "lat"),
        ({"lat": 1}, "lng"),
        ({"max_course_price": 100}, "currency"),
        ({"max_course_price": -1, "currency": "USD"}, "max_course_price"),
        ({"currency": "dollars"}, "currency"),
        ({"free_from": "tomorrow"}, "free_from"),
        ({"free_from": "2026-01-01", "free_to": "2026-03-01"}, "free_to"),
        ({"cursor": "x"}, "cursor"),
    ],
)
async def test_a_bad_value_is_said_at_its_field(
    api: httpx.AsyncClient, params: dict[str, Any], field: str
) -> None:
    answer = await api.get("/search", params=params)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_live_clinic_is_public_with_its_menu(api: httpx.AsyncClient, database: Database) -> None:
    world = await listed(database)
    clinic = (await api.get(f"/clinics/{world.slug}")).json()
    assert clinic["slug"] == world.slug
    assert clinic["locations"][0]["id"] == str(world.location_id)
    assert clinic["locations"][0]["time_zone"] == "America/Chicago"
    assert clinic["practitioners"][0]["credentials"][0]["state"] == "verified"
    assert set(clinic["policies"]) >= {"cancellation_hours", "late_minutes"}
    assert clinic["rating"]["count"] == 0
    assert "email" not in clinic
    menu = (await api.get(f"/clinics/{world.slug}/treatments")).json()
    assert menu["next"] is None
    (item,) = menu["items"]
    assert item["id"] == str(world.treatment_id)
    assert item["areas"] == [{"code": "face", "minutes": 15, "price": {"amount": 20000, "currency": "USD"}}]
    assert set(item["course"]) >= {"sessions", "min_days", "target_days", "max_days", "price"}
    assert item["booking_mode"] == "instant"


@pytest.mark.parametrize("rest", ["", "/treatments"])
async def test_what_is_not_live_is_not_found(api: httpx.AsyncClient, database: Database, rest: str) -> None:
    draft = await draft_clinic(database)
    assert (await api.get(f"/clinics/{draft.slug}{rest}")).status_code == 404
    assert (await api.get(f"/clinics/unknown{rest}")).status_code == 404


async def test_a_report_becomes_a_case(api: httpx.AsyncClient, database: Database) -> None:
    world = await listed(database)
    made = await api.post(
        "/reports", json={"slug": world.slug, "reason": "unsafe", "text": "An open drawer."}
    )
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "open"
    bad = await api.post("/reports", json={"reason": "boredom", "text": ""})
    assert {error["field"] for error in bad.json()["errors"]} == {"slug", "reason", "text"}
    unknown = {"slug": "unknown", "reason": "unsafe", "text": "x"}
    assert (await api.post("/reports", json=unknown)).status_code == 404
    review = {"review_id": str(world.treatment_id), "reason": "fake_review", "text": "x"}
    assert (await api.post("/reports", json=review)).status_code == 404


async def test_the_home_page_leads_to_a_search(http: httpx.AsyncClient, database: Database) -> None:
    await listed(database)
    home = await http.get("/")
    assert home.status_code == 200
    assert 'action="/search"' in home.text
    assert "1 clinic is live" in home.text
    assert (await http.get("/guide")).status_code == 200
    assert (await http.get("/guide/acne-scars")).status_code == 200
    assert (await http.get("/guide/nothing")).status_code == 404


async def test_search_results_can_be_compared_by_address_alone(
    http: httpx.AsyncClient, database: Database
) -> None:
    first = await listed(database, name="Linden Skin")
    second = await listed(database, name="Rosewood", course_price=90_000)
    page = await http.get(f"/search?concern=acne_scars&budget=1200&clinic={first.slug}")
    assert page.status_code == 200
    assert f'href="/c/{second.slug}"' in page.text
    assert "1 of 4 to compare" in page.text
    compared = await http.get(
        f"/compare?clinic={first.slug}&clinic={second.slug}&clinic=unknown&concern=acne_scars"
    )
    assert compared.status_code == 200
    assert "Rosewood" in compared.text
    assert "Not found, or not live any more: unknown." in compared.text
    assert "nw-differs" in compared.text
    assert "$4,000 to $12,500 for five" in compared.text
    assert (await http.get("/compare")).status_code == 200
    assert f'href="/compare?clinic={second.slug}&amp;concern=acne_scars"' in compared.text
    assert (
        f'href="/search?clinic={first.slug}&amp;clinic={second.slug}&amp;concern=acne_scars"' in compared.text
    )
    chosen = await http.get(f"/compare?clinic={first.slug}&location_id={first.location_id}&location_id=bad")
    assert chosen.status_code == 200
    assert 'href="/compare"' in chosen.text
    both = f"/compare?clinic={first.slug}&clinic={second.slug}&location_id={first.location_id}"
    kept = f'href="/compare?clinic={first.slug}&amp;location_id={first.location_id}"'
    assert kept in (await http.get(both)).text
    assert f'href="/compare?clinic={second.slug}"' in (await http.get(both)).text


async def test_where_any_device_of_a_kind_may_be_used_every_page_says_so(
    http: httpx.AsyncClient, api: httpx.AsyncClient, database: Database
) -> None:
    words = "or another of its kind, on label for the same"
    world = await listed(database)
    pages = ["/search", f"/c/{world.slug}", f"/compare?clinic={world.slug}"]
    for path in pages:
        assert words not in (await http.get(path)).text, path
    async with database.begin(world.scope) as work:
        kind = TreatmentPatch(device_choice=DeviceChoice.KIND)
        await treatments.update_treatment(work, world.treatment_id, kind)
        await rebuild_listing(work, database)
    for path in pages:
        assert words in (await http.get(path)).text, path
    (found,) = (await api.get("/search")).json()["items"]
    assert (found["device"]["any_of_kind"], found["device"]["on_label"]) == (True, True)


async def test_comparing_and_going_back_keep_the_search(http: httpx.AsyncClient, database: Database) -> None:
    first = await listed(database, name="Linden Skin")
    second = await listed(database, name="Rosewood")
    asked = "concern=acne_scars&place=Leeds&radius_km=500"
    page = await http.get(f"/search?{asked}&clinic={first.slug}&clinic={second.slug}")
    tray = page.text.split('<form action="/compare"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', tray))
    assert hidden == {"clinic": second.slug, "concern": "acne_scars", "place": "Leeds", "radius_km": "500"}
    compared = await http.get(f"/compare?clinic={first.slug}&clinic={second.slug}&{asked}")
    assert '<option value="acne_scars" selected>' in compared.text
    back = f'href="/search?clinic={first.slug}&amp;clinic={second.slug}&amp;{asked.replace("&", "&amp;")}"'
    assert back in compared.text
    assert '<input type="hidden" name="place" value="Leeds">' in compared.text


async def test_a_place_that_is_written_wrongly_leads_to_those_like_it(http: httpx.AsyncClient) -> None:
    page = await http.get("/search?concern=acne_scars&place=Leads")
    assert page.status_code == 422
    assert 'href="/search?concern=acne_scars&amp;place=Leeds%2C+GB"' in page.text


async def test_a_bad_search_keeps_what_was_typed(http: httpx.AsyncClient) -> None:
    page = await http.get("/search?place=Nowhereatall&budget=lots&q=pen")
    assert page.status_code == 422
    assert "Write the price as a number" in page.text
    page = await http.get("/search?place=Nowhereatall&q=pen")
    assert page.status_code == 422
    assert 'value="Nowhereatall"' in page.text
    assert 'value="pen"' in page.text


async def test_nothing_found_says_what_to_ask_for_less(http: httpx.AsyncClient, database: Database) -> None:
    await listed(database)
    page = await http.get("/search?place=Houston&radius_km=50&concern=acne_scars")
    assert "Look within 500 km" in page.text
    assert "radius_km=500" in page.text
    page = await http.get("/search?concern=hair_loss")
    assert "For any concern" in page.text
    page = await http.get("/search?concern=hair_loss&place=Leeds&radius_km=10")
    assert "See every clinic" in page.text


async def test_where_nothing_is_found_the_other_places_of_that_name_are_offered(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await listed(database, city="Valencia", country="ES", currency="EUR")
    page = await http.get("/search?place=Valencia&concern=acne_scars")
    assert "Valencia, Venezuela" in page.text
    assert "In Valencia, Spain" in page.text
    there = re.search(r'href="(/search[^"]*place=Valencia%2C\+ES[^"]*)"', page.text)
    assert there
    assert world.slug in (await http.get(html.unescape(there[1]))).text
    assert "In Valencia, Spain" not in (await http.get("/search?place=Valencia,+VE")).text


async def test_places_are_offered_while_typing(http: httpx.AsyncClient) -> None:
    options = await http.get("/search/places?place=Leed")
    assert '<option value="Leeds, GB">' in options.text
    assert "<html" not in options.text


async def test_the_listing_says_who_with_what_for_how_much_how_sure_and_when(
    http: httpx.AsyncClient, database: Database
) -> None:
    world = await listed(database)
    await book_one(database, world)
    page = await http.get(f"/c/{world.slug}")
    assert page.status_code == 200
    for fact in (
        "Dr Mira Holm",
        "Texas Medical Board, public register",
        "SkinPen Precision",
        "on label",
        "4 sessions",
        "No reviews yet",
        f"/c/{world.slug}/book/{world.treatment_id}",
        f"/c/{world.slug}/report",
    ):
        assert fact in page.text, fact
    async with database.begin(world.scope) as work:
        await clinics.suspend(work)
    assert (await http.get(f"/c/{world.slug}")).status_code == 404


async def test_the_trust_page_shows_the_rules_own_weights(
    http: httpx.AsyncClient, database: Database
) -> None:
    await listed(database)
    page = await http.get("/trust")
    assert page.status_code == 200
    for weight in ("0.30", "0.20", "0.25", "0.15", "0.10"):
        assert weight in page.text
    assert "Prior 2026-11-27" in page.text


async def test_a_report_by_form_keeps_what_was_typed(http: httpx.AsyncClient, database: Database) -> None:
    world = await listed(database)
    asked = await http.get(f"/c/{world.slug}/report")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', asked.text)
    assert token is not None
    form = {"_csrf_token": token[1], "text": "An open drawer.", "email": "me@example.test"}
    bad = await http.post(f"/c/{world.slug}/report", data=form)
    assert bad.status_code == 422
    assert "An open drawer." in bad.text
    good = await http.post(f"/c/{world.slug}/report", data={**form, "reason": "unsafe"})
    assert (good.status_code, good.headers["location"]) == (303, f"/c/{world.slug}")
