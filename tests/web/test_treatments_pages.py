"""Pages of the menu, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from services.kernel.work import Database
from services.treatments.catalogue import get_catalogue
from tests.kept import kept_browser
from tests.web.forms import post
from tests.web.test_clinic_setup_pages import HOME, begin_place, sign_in, sign_up

MENU = f"{HOME}/treatments"
NEW: dict[str, Any] = {
    "name": "Pen facial",
    "modality": "pen",
    "concerns": "acne_scars",
    "booking_mode": "instant",
    "preparation_minutes": "10",
    "numbing_minutes": "25",
    "finish_minutes": "10",
    "downtime_days": "2",
    "sessions": "4",
    "min_days": "28",
    "target_days": "28",
    "max_days": "42",
    "minutes_face": "20",
    "price_face": "180,50",
}


@pytest.fixture
async def bare(http: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """A browser signed in as the owner of a draft with one location and no device."""
    return await kept_browser(database, http, begin_place, lambda: begin_place(http))


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """The same with one pen."""
    return await kept_browser(database, http, _with_a_pen, lambda: _with_a_pen(http))


async def _with_a_pen(bare: httpx.AsyncClient) -> None:
    await begin_place(bare)
    page = (await bare.get(f"{HOME}/devices")).text
    place = re.search(r'<option value="([0-9a-f-]{36})"', page) or re.search(
        r'name="location_id" value="([0-9a-f-]{36})"', page
    )
    device = {"maker": "Crown", "model": "SkinPen", "modality": "pen", "clearance": "FDA K202243"}
    given = {**device, "location_id": place.group(1)} if place else device
    made = await post(bare, f"{HOME}/devices", {**given, "single_use_cartridges": "true"})
    assert made.status_code == 303, made.text


@pytest.fixture
async def treatment(owner: httpx.AsyncClient) -> str:
    """The address of one treatment's page."""
    assert (await post(owner, f"{MENU}/new", NEW)).status_code == 303
    found = re.search(rf"{MENU}/[0-9a-f-]{{36}}(?=\")", (await owner.get(MENU)).text)
    assert found
    return found.group()


def value_of(page: str, name: str) -> str:
    """What a one-line field holds."""
    found = re.search(rf'<input [^>]*name="{name}" [^>]*value="([^"]*)"', page)
    assert found, name
    return found.group(1)


async def test_an_empty_menu_offers_the_templates_of_the_field(owner: httpx.AsyncClient) -> None:
    shown = (await owner.get(MENU)).text
    for template in get_catalogue().templates:
        assert f'href="{MENU}/new?template={template.code}"' in shown


async def test_without_a_device_the_page_leads_there(bare: httpx.AsyncClient) -> None:
    for path in (MENU, f"{MENU}/new"):
        assert f'href="{HOME}/devices"' in (await bare.get(path)).text
    shown = await post(bare, f"{MENU}/new", NEW)
    assert (shown.status_code, "Device: add a device first" in shown.text) == (422, True)


async def test_each_template_fills_the_form_and_needs_only_prices(owner: httpx.AsyncClient) -> None:
    for template in get_catalogue().templates:
        page = (await owner.get(f"{MENU}/new?template={template.code}")).text
        assert value_of(page, "name") == template.name
        assert value_of(page, "sessions") == str(template.sessions)
        typed = {
            **NEW,
            "name": template.name,
            "concerns": list(template.concerns),
            **{f"minutes_{code}": value_of(page, f"minutes_{code}") for code, _ in template.areas},
            **{f"price_{code}": "200" for code, _ in template.areas},
        }
        if "face" not in dict(template.areas):
            del typed["minutes_face"], typed["price_face"]
        made = await post(owner, f"{MENU}/new", typed)
        assert made.status_code == 303, made.text
    unknown = await owner.get(f"{MENU}/new?template=nothing")
    assert (unknown.status_code, value_of(unknown.text, "name")) == (200, "")


async def test_money_is_typed_in_major_units_and_kept_exactly(
    owner: httpx.AsyncClient, treatment: str
) -> None:
    page = (await owner.get(treatment)).text
    assert value_of(page, "price_face") == "180.50"
    assert value_of(page, "course_price") == "722.00"
    assert "€722" in (await owner.get(MENU)).text
    saved = await post(owner, treatment, {**NEW, "price_face": "0.29", "course_price": "1.10"})
    assert saved.status_code == 303
    page = (await owner.get(treatment)).text
    assert (value_of(page, "price_face"), value_of(page, "course_price")) == ("0.29", "1.10")
    assert (await post(owner, treatment, {**NEW, "price_face": "100"})).status_code == 303
    assert value_of((await owner.get(treatment)).text, "course_price") == "400.00"


async def test_the_page_draws_the_course_and_says_what_is_on_the_label(
    owner: httpx.AsyncClient, treatment: str
) -> None:
    page = (await owner.get(treatment)).text
    assert "How the course runs: 4 sessions, 12 weeks" in page
    assert "on label" in page
    await post(owner, treatment, {**NEW, "minutes_neck": "10", "price_neck": "90"})
    assert "off label" in (await owner.get(MENU)).text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Name: fill this in."),
        ({"concerns": ""}, "concerns", "Choose at least one concern."),
        ({"concerns": "youth"}, "concerns", "Choose at least one concern."),
        (
            {"minutes_face": "", "price_face": ""},
            "minutes_face",
            "Fill in minutes and price of at least one area.",
        ),
        ({"minutes_face": ""}, "minutes_face", "Face, minutes: fill this in."),
        ({"price_face": ""}, "price_face", "Face, price: fill in what one session costs."),
        (
            {"price_face": "1,200.00"},
            "price_face",
            "Face, price: type it as a number, such as 180 or 180.50.",
        ),
        ({"minutes_face": "4"}, "minutes_face", "Face, minutes: this must be at least 5."),
        ({"minutes_face": "long"}, "minutes_face", "Face, minutes: this must be a whole number."),
        ({"course_price": "free"}, "course_price", "Price of the whole course: type it as a number"),
        ({"sessions": "13"}, "sessions", "Sessions: this must be at most 12."),
        ({"target_days": "20"}, "target_days", "The usual interval cannot be shorter"),
        ({"numbing_minutes": "500"}, "numbing_minutes", "Numbing: this must be at most 120."),
        ({"modality": "roller"}, "device_id", "Device: say which device is used."),
        ({"booking_mode": "never"}, "booking_mode", "Choose one of"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_typed_is_lost(
    owner: httpx.AsyncClient, treatment: str, change: dict[str, str], field: str, words: str
) -> None:
    typed = {**NEW, "description": "Kept words.", **change}
    shown = await post(owner, f"{MENU}/new", typed)
    assert shown.status_code == 422, shown.text
    assert f'href="#{field}"' in shown.text
    assert words in shown.text
    assert "Kept words." in shown.text
    if field != "device_id":
        assert (await post(owner, treatment, typed)).status_code == 422
    assert value_of((await owner.get(treatment)).text, "price_face") == "180.50"


async def test_what_comes_first_and_goes_on_the_skin_is_kept_and_cleared(
    owner: httpx.AsyncClient, treatment: str
) -> None:
    facts = {"first_step": "patch_test", "first_step_hours": "72", "numbing_product": "Cream, 5% lidocaine"}
    given = {**NEW, **facts, "topicals": "Serum\n\n Balm "}
    bad = await post(owner, treatment, {**given, "first_step_hours": "0"})
    assert (bad.status_code, "Hours before: say how many hours" in bad.text) == (422, True)
    long = await post(owner, treatment, {**given, "topicals": "x" * 81, "first_step_hours": "400"})
    assert "Hours before: this must be at most 336." in long.text
    assert "Topicals: use at most 80 characters." in long.text
    assert (await post(owner, treatment, given)).status_code == 303
    shown = (await owner.get(treatment)).text
    assert value_of(shown, "first_step_hours") == "72"
    assert value_of(shown, "numbing_product") == "Cream, 5% lidocaine"
    assert "Serum\nBalm</textarea>" in shown
    assert (await post(owner, treatment, {**given, "first_step_hours": ""})).status_code == 303
    assert value_of((await owner.get(treatment)).text, "first_step_hours") == "48"
    assert (await post(owner, treatment, {**NEW, "first_step": "none"})).status_code == 303
    assert "Balm" not in (await owner.get(treatment)).text


async def test_a_treatment_is_taken_off_the_menu(owner: httpx.AsyncClient, treatment: str) -> None:
    assert (await post(owner, f"{treatment}/archive", {}, page=treatment)).status_code == 303
    assert (await owner.get(treatment)).status_code == 404


async def test_the_pages_are_for_the_clinics_managers_alone(owner: httpx.AsyncClient, treatment: str) -> None:
    paths = (MENU, f"{MENU}/new", treatment)
    await sign_up(owner, "stranger@example.com", "Stranger")
    assert {(await owner.get(path)).status_code for path in paths} == {404}
    await sign_in(owner, "ana@example.com")
    assert {(await owner.get(path)).status_code for path in paths} == {200}
    owner.cookies.clear()
    assert (await owner.get(MENU)).headers["location"].startswith("/sign-in")


async def test_what_follows_a_session_is_typed_as_lines_and_days(
    owner: httpx.AsyncClient, treatment: str
) -> None:
    shown = (await owner.get(treatment)).text
    assert "0: Clean hands, clean pillow case. No make-up." in shown
    assert value_of(shown, "check_in_days") == "1, 3, 7, 28"
    wrong = await post(
        owner,
        treatment,
        {**NEW, "aftercare": "0: Clean hands.\nNo make-up.", "check_in_days": "1, soon", "photo_days": "0"},
    )
    assert wrong.status_code == 422
    assert "Line 2: write it as days, a colon and what to do" in wrong.text
    assert "Check-ins: write days as numbers" in wrong.text
    assert "0: Clean hands.\nNo make-up." in wrong.text
    care = {"aftercare": "3-1: Late.", "check_in_days": "2", "photo_days": "", "review_days": "90"}
    assert "Line 1 ends on a day before it begins" in (await post(owner, treatment, {**NEW, **care})).text
    kept = await post(owner, treatment, {**NEW, **care, "aftercare": "0: Clean hands."})
    assert kept.status_code == 303
    again = (await owner.get(treatment)).text
    assert "Version 2 of this protocol" in again
    assert (value_of(again, "check_in_days"), value_of(again, "photo_days")) == ("2", "")
