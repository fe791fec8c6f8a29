"""Set-up pages of a clinic, as a browser without JavaScript uses them: nothing typed is lost, each leads on."""

from __future__ import annotations

import re
from typing import Any, get_args

import httpx
import pytest

from services.accounts import service as accounts
from services.clinics import service as clinics
from services.clinics.schemas import Modality
from services.kernel.ids import new_id
from services.kernel.scope import ClinicScope, PublicScope
from services.kernel.work import Database
from services.practitioners import service as practitioners
from services.practitioners.evidence import add_evidence
from services.practitioners.schemas import NewCredential, NewPractitioner
from services.treatments import service as treatments
from services.treatments.catalogue import get_catalogue
from services.treatments.schemas import AreaIn, MoneyIn, NewTreatment
from tests.kept import kept_browser
from tests.services.clinics.papers import prove_business
from tests.services.practitioners.papers import pdf
from tests.web.forms import post
from tests.web.people import PASSWORD
from web.clinic.home import place_of_point
from web.clinic.nav import workspace_nav
from web.context import ClinicAccess

HOME = "/clinic/linden-skin"
LOCATION = {"name": "Centre", "street": "Calle de Alcala 1", "city": "Madrid", "country": "ES"}


async def sign_up(http: httpx.AsyncClient, email: str = "ana@example.com", name: str = "Ana Torres") -> None:
    http.cookies.clear()
    await post(http, "/sign-up", {"name": name, "email": email, "password": PASSWORD})


async def sign_in(http: httpx.AsyncClient, email: str) -> None:
    http.cookies.clear()
    assert (await post(http, "/sign-in", {"email": email, "password": PASSWORD})).status_code == 303


@pytest.fixture
async def owner(http: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """A browser signed in as the owner of a draft without anything."""
    return await kept_browser(database, http, begin_draft, lambda: begin_draft(http))


async def begin_draft(http: httpx.AsyncClient) -> None:
    """Signs up, and begins a clinic."""
    await sign_up(http)
    begun = await post(http, "/clinic/new", {"name": "Linden Skin", "country": "ES", "currency": "EUR"})
    assert begun.headers["location"] == f"{HOME}/locations/new"


async def begin_place(http: httpx.AsyncClient) -> None:
    """The same, and gives it a location."""
    await begin_draft(http)
    assert (await post(http, f"{HOME}/locations/new", LOCATION)).status_code == 303


async def _location(owner: httpx.AsyncClient, **more: str) -> str:
    made = await post(owner, f"{HOME}/locations/new", {**LOCATION, **more})
    assert made.status_code == 303, made.text
    return str(made.headers["location"].removesuffix("/hours"))


async def clinic_scope(database: Database) -> ClinicScope:
    async with database.begin(PublicScope()) as work:
        found = await clinics.find_any_clinic_id(work, "linden-skin")
    assert found is not None
    return ClinicScope(found)


def week(**more: str) -> dict[str, str]:
    days = {
        f"{edge}_{day}_1": time
        for day in range(5)
        for edge, time in (("opens", "09:00"), ("closes", "17:00"))
    }
    return {**days, **more}


async def test_a_clinic_begun_twice_is_one(owner: httpx.AsyncClient) -> None:
    again = await post(owner, "/clinic/new", {"name": "linden skin", "country": "ES", "currency": "EUR"})
    assert again.headers["location"] == HOME
    assert (await owner.get("/clinic")).text.count('href="/clinic/linden-skin') >= 1


async def test_a_wrong_clinic_keeps_what_was_typed(owner: httpx.AsyncClient) -> None:
    shown = await post(owner, "/clinic/new", {"name": "Oak", "country": "", "currency": "GBP"})
    assert shown.status_code == 422
    assert 'value="Oak"' in shown.text
    assert '<option value="GBP" selected>' in shown.text
    assert 'href="#country"' in shown.text


async def test_prices_are_in_the_countrys_currency_where_no_other_is_chosen(owner: httpx.AsyncClient) -> None:
    begun = await post(owner, "/clinic/new", {"name": "Oak", "country": "GB", "currency": ""})
    assert begun.status_code == 303
    assert '<option value="GBP" selected>' in (await owner.get("/clinic/oak/profile")).text


async def test_without_a_clinic_one_is_led_to_begin_one(http: httpx.AsyncClient) -> None:
    await sign_up(http)
    assert (await http.get("/clinic")).headers["location"] == "/clinic/new"


async def test_the_home_of_a_draft_says_what_is_missing_and_what_comes_next(owner: httpx.AsyncClient) -> None:
    shown = await owner.get(HOME)
    assert shown.status_code == 200
    assert "On the way to going live" in shown.text
    assert f'href="{HOME}/locations"' in shown.text
    assert "Send it to the moderators" not in shown.text
    early = await post(owner, f"{HOME}/submit", {}, HOME)
    assert early.status_code == 403
    assert "Not sent yet" in early.text


async def test_set_up_walks_from_location_to_hours_to_rooms_to_devices(owner: httpx.AsyncClient) -> None:
    location = await _location(owner)
    suggested = await owner.get(f"{location}/hours")
    assert "This is a suggestion" in suggested.text
    saved = await post(owner, f"{location}/hours", week(opens_5_1="10:00", closes_5_1="13:00"))
    assert saved.headers["location"] == f"{HOME}/rooms"
    room = {"name": "Room 1", "location_id": location.rsplit("/", 1)[1]}
    assert (await post(owner, f"{HOME}/rooms", room)).status_code == 303
    rooms = await owner.get(f"{HOME}/rooms")
    assert "Next: devices" in rooms.text
    device = {"location_id": room["location_id"], "maker": "Crown", "model": "SkinPen", "modality": "pen"}
    assert (
        await post(owner, f"{HOME}/devices", {**device, "single_use_cartridges": "true"})
    ).status_code == 303
    devices = await owner.get(f"{HOME}/devices")
    assert "Next: practitioners" in devices.text
    assert "single-use cartridges" in devices.text
    listed = await owner.get(f"{HOME}/locations")
    assert "10:00–13:00" in listed.text
    assert "rooms: 1, devices: 1" in listed.text


async def test_wrong_hours_are_named_at_their_day_and_kept(owner: httpx.AsyncClient) -> None:
    url = f"{await _location(owner)}/hours"
    half = await post(owner, url, week(opens_6_1="10:30"))
    assert half.status_code == 422
    assert 'href="#closes_6_1"' in half.text
    assert 'value="10:30"' in half.text
    back = await post(owner, url, week(closes_0_1="08:00"))
    assert "Monday: It must open before it closes." in back.text
    twice = await post(owner, url, week(opens_0_2="16:00", closes_0_2="18:00"))
    assert "overlap" in twice.text
    none = await post(owner, url, {})
    assert none.status_code == 303


async def test_a_split_day_is_shown_again_as_it_was_saved(owner: httpx.AsyncClient) -> None:
    url = f"{await _location(owner)}/hours"
    split = {"opens_1_1": "09:00", "closes_1_1": "13:00", "opens_1_2": "15:00", "closes_1_2": "19:00"}
    await post(owner, url, split)
    shown = await owner.get(url)
    for name, value in split.items():
        assert re.search(rf'name="{name}" value="{value}"', shown.text)
    assert 'name="opens_0_1" value=""' in shown.text


async def test_a_location_of_an_unknown_city_asks_for_its_place(owner: httpx.AsyncClient) -> None:
    shown = await post(owner, f"{HOME}/locations/new", {**LOCATION, "city": "Nowhere at all"})
    assert shown.status_code == 422
    assert 'value="Nowhere at all"' in shown.text
    assert "We do not know this city there" in shown.text


async def test_a_location_moves_with_its_city_and_is_taken_away(
    owner: httpx.AsyncClient, database: Database
) -> None:
    location = await _location(owner)
    page = await owner.get(location)
    old = dict(re.findall(r'<input[^>]+name="(latitude|longitude|time_zone)"[^>]+value="([^"]+)"', page.text))
    assert set(old) == {"latitude", "longitude", "time_zone"}
    moved = await post(owner, location, {**LOCATION, **old, "city": "Barcelona", "phone": ""})
    assert moved.status_code == 303
    scope = await clinic_scope(database)
    async with database.begin(scope) as work:
        assert [round(item.longitude) for item in await clinics.list_locations(work)] == [2]
    empty = await post(owner, location, {**LOCATION, "name": ""})
    assert empty.status_code == 422
    assert (await post(owner, f"{location}/archive", {}, location)).status_code == 303
    assert (await owner.get(location)).status_code == 404


async def test_rooms_are_changed_and_taken_away(owner: httpx.AsyncClient) -> None:
    room = {"name": "Room 1", "location_id": (await _location(owner)).rsplit("/", 1)[1]}
    await post(owner, f"{HOME}/rooms", room)
    twice = await post(owner, f"{HOME}/rooms", room)
    assert (twice.status_code, "has this name" in twice.text) == (422, True)
    found = re.search(rf'href="({HOME}/rooms/[0-9a-f-]+)"', (await owner.get(f"{HOME}/rooms")).text)
    assert found
    assert (await post(owner, found[1], {"name": ""})).status_code == 422
    assert (await post(owner, found[1], {"name": "Blue"})).status_code == 303
    assert "Blue" in (await owner.get(f"{HOME}/rooms")).text
    assert (await post(owner, f"{found[1]}/archive", {}, found[1])).status_code == 303
    assert "Blue" not in (await owner.get(f"{HOME}/rooms")).text


async def test_a_cleared_device_fills_the_form(owner: httpx.AsyncClient) -> None:
    await _location(owner)
    shown = await owner.get(f"{HOME}/devices?cleared=K202243")
    values = ("Crown Aesthetics", "SkinPen Precision", "K202243")
    for name, value in zip(("maker", "model", "clearance"), values, strict=True):
        assert re.search(rf'name="{name}" type="text" value="{value}"', shown.text), name
    assert re.search(r'name="modality" value="pen" checked', shown.text)
    unknown = await owner.get(f"{HOME}/devices?cleared=K000000")
    assert not re.search(r'name="model" type="text" value="[^"]', unknown.text)


async def test_devices_are_changed_and_taken_away(owner: httpx.AsyncClient) -> None:
    device = {"location_id": (await _location(owner)).rsplit("/", 1)[1], "maker": "Crown", "model": "Pen"}
    wrong = await post(owner, f"{HOME}/devices", device)
    assert (wrong.status_code, 'value="Crown"' in wrong.text) == (422, True)
    await post(owner, f"{HOME}/devices", {**device, "modality": "pen", "single_use_cartridges": "true"})
    found = re.search(rf'href="({HOME}/devices/[0-9a-f-]+)"', (await owner.get(f"{HOME}/devices")).text)
    assert found
    assert (await post(owner, found[1], {**device, "maker": "", "modality": "pen"})).status_code == 422
    assert (await post(owner, found[1], {**device, "modality": "stamp", "clearance": ""})).status_code == 303
    again = await owner.get(found[1])
    assert re.search(r'value="stamp" checked', again.text)
    assert not re.search(r'name="single_use_cartridges"[^>]* checked', again.text)
    assert (await post(owner, f"{found[1]}/archive", {}, found[1])).status_code == 303
    assert "No device yet" in (await owner.get(f"{HOME}/devices")).text


async def test_rooms_and_devices_ask_for_a_location_first(owner: httpx.AsyncClient) -> None:
    for kind in ("rooms", "devices"):
        assert "A location comes first" in (await owner.get(f"{HOME}/{kind}")).text


PROFILE = {
    "name": "Linden Skin",
    "email": "hello@linden.test",
    "country": "ES",
    "currency": "EUR",
    "description": "Two rooms by the park, and three people who needle.",
    "languages": "es",
    "sterilisation_protocol": "Single-use cartridges, opened before the client.",
    "sterilisation_checked_on": "2026-10-01",
    "cancellation_hours": "48",
    "late_minutes": "10",
    "notice_minutes": "60",
    "horizon_days": "90",
}


async def test_the_profile_is_saved_and_shown_again(owner: httpx.AsyncClient) -> None:
    assert (await post(owner, f"{HOME}/profile", PROFILE)).status_code == 303
    shown = await owner.get(f"{HOME}/profile")
    assert "Two rooms by the park" in shown.text
    assert 'value="2026-10-01"' in shown.text
    assert 'value="48"' in shown.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"cancellation_hours": "400"}, "cancellation_hours"),
        ({"late_minutes": "soon"}, "late_minutes"),
        ({"sterilisation_checked_on": "2026-13-01"}, "sterilisation_checked_on"),
        ({"languages": ""}, "languages"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_a_wrong_profile_keeps_what_was_typed(
    owner: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    shown = await post(owner, f"{HOME}/profile", {**PROFILE, **change})
    assert shown.status_code == 422
    assert f'href="#{field}"' in shown.text
    assert "Two rooms by the park" in shown.text


async def test_the_audit_page_says_who_did_what(owner: httpx.AsyncClient) -> None:
    await _location(owner)
    shown = await owner.get(f"{HOME}/audit")
    assert "Location added" in shown.text
    assert "Ana Torres" in shown.text


PAGES = ("", "/profile", "/locations", "/locations/new", "/rooms", "/devices", "/team", "/audit")


@pytest.mark.parametrize("page", PAGES)
async def test_a_foreign_account_finds_no_page(owner: httpx.AsyncClient, page: str) -> None:
    await sign_up(owner, "bo@example.com", "Bo")
    assert (await owner.get(HOME + page)).status_code == 404
    owner.cookies.clear()
    assert (await owner.get(HOME + page)).headers["location"].startswith("/sign-in?next=")


async def test_each_status_says_where_the_clinic_stands(owner: httpx.AsyncClient, database: Database) -> None:
    scope = await clinic_scope(database)

    async def after(step: Any, *more: Any) -> str:
        async with database.begin(scope) as work:
            await step(work, *more)
        return (await owner.get(HOME)).text

    assert "With our moderators" in await after(clinics.mark_submitted)
    points = [{"field": "sterilisation_protocol", "message": "Say how cartridges are thrown away."}]
    asked = await after(clinics.request_changes, points)
    assert f'href="{HOME}/profile#sterilisation_protocol">Say how cartridges are thrown away.' in asked
    await after(clinics.mark_submitted)
    live = await after(clinics.publish)
    assert ('href="/c/linden-skin"' in live, "Nobody is booked today." in live) == (True, True)
    assert "Suspended" in await after(clinics.suspend)
    assert "Public since" in await after(clinics.restore)
    assert "taken off for good" in await after(clinics.remove)


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("credentials", "/practitioners"),
        ("credentials.0.number", "/practitioners"),
        ("treatments", "/treatments"),
        ("hours", "/locations"),
        ("clinic", "/profile"),
        ("description", "/profile#description"),
    ],
)
def test_a_point_leads_to_where_it_is_put_right(field: str, where: str) -> None:
    assert place_of_point("linden-skin", field) == HOME + where


def test_the_navigation_shows_what_the_role_may_see() -> None:
    scope = ClinicScope(new_id())
    shown = {
        role: [item["label"] for item in workspace_nav(ClinicAccess(scope, "s", role), "home")]
        for role in ("owner", "manager", "front_desk")
    }
    assert len(shown["owner"]) == 22
    assert "Team" not in shown["manager"]
    assert shown["front_desk"] == [
        "Home",
        "Calendar",
        "Bookings",
        "Waitlist",
        "Clients",
        "Questions",
        "Courses",
        "Messages",
    ]


def test_the_kinds_of_devices_are_the_catalogues() -> None:
    assert set(get_args(Modality)) == {item.code for item in get_catalogue().modalities}


async def test_the_proof_of_the_address_leads_back_to_the_clinic(
    owner: httpx.AsyncClient, database: Database
) -> None:
    assert "Prove your e-mail address" in (await owner.get(HOME)).text
    await _prove(owner, database)
    assert "Prove your e-mail address" not in (await owner.get(HOME)).text


async def _finish(owner: httpx.AsyncClient, database: Database) -> None:
    """Everything else on the checklist: places by page, people and menu through their services."""
    location = await _location(owner)
    await post(owner, f"{location}/hours", week())
    place = {"location_id": location.rsplit("/", 1)[1]}
    await post(owner, f"{HOME}/rooms", {**place, "name": "Room 1"})
    await post(owner, f"{HOME}/devices", {**place, "maker": "C", "model": "SkinPen", "modality": "pen"})
    await post(owner, f"{HOME}/profile", PROFILE)
    async with database.begin(await clinic_scope(database)) as work:
        await prove_business(work)
        person = await practitioners.add_practitioner(work, NewPractitioner(name="Dr Mira Holm"))
        paper = NewCredential(kind="dermatologist", number="1", issuer="Colegio", jurisdiction="Madrid, ES")
        credential = await practitioners.add_credential(work, person.id, paper)
        await add_evidence(work, credential.id, "licence.pdf", pdf())
        area = AreaIn(code="face", minutes=15, price=MoneyIn(amount=20000, currency="EUR"))
        menu = NewTreatment(name="Pen facial", modality="pen", concerns=["acne_scars"], areas=[area])
        await treatments.add_treatment(work, menu)


async def _prove(owner: httpx.AsyncClient, database: Database) -> None:
    async with database.begin(PublicScope()) as work:
        account = await accounts.find_by_email(work, "ana@example.com")
        assert account
        link = await accounts.verification_link(work, account.account_id)
    assert (await owner.get(link)).headers["location"] == HOME


async def test_a_complete_clinic_is_sent_in_once(owner: httpx.AsyncClient, database: Database) -> None:
    await _finish(owner, database)
    before = await owner.get(HOME)
    assert "Send it to the moderators" not in before.text
    assert "10 of 11" in before.text
    await _prove(owner, database)
    assert "Send it to the moderators" in (await owner.get(HOME)).text
    assert "Next: send it in" in (await owner.get(f"{HOME}/rooms")).text
    form = (await owner.get(f"{HOME}/profile")).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', form)
    assert token
    sent = [await owner.post(f"{HOME}/submit", data={"_csrf_token": token[1]}) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 409]
    assert "With our moderators" in (await owner.get(HOME)).text
    assert "Set-up" not in (await owner.get(f"{HOME}/rooms")).text


async def test_the_export_holds_the_whole_set_up(owner: httpx.AsyncClient, database: Database) -> None:
    await _finish(owner, database)
    token = await owner.post("/api/v1/tokens", json={"email": "ana@example.com", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {token.json()['token']}"}
    answer = await owner.get("/api/v1/manage/linden-skin/export", headers=headers)
    assert answer.status_code == 200
    body = answer.json()
    kinds = ("locations", "rooms", "devices", "team", "practitioners", "treatments", "proofs")
    assert [len(body[kind]) for kind in kinds] == [1, 1, 1, 1, 1, 1, 2]
    assert (body["format"], body["clinic"]["slug"]) == ("needlewise-clinic/1", "linden-skin")
    audit = await owner.get("/api/v1/manage/linden-skin/audit?limit=1", headers=headers)
    assert audit.json()["items"][0]["action"] == "clinic.export"


async def test_accessibility_is_chosen_shown_again_and_cleared(
    owner: httpx.AsyncClient, database: Database
) -> None:
    path = await _location(owner, accessibility="step_free")
    shown = (await owner.get(path)).text
    assert re.search(r'value="step_free" checked', shown)
    assert not re.search(r'value="lift" checked', shown)
    wrong = await post(owner, path, {**LOCATION, "accessibility": "stairs"}, path)
    assert wrong.status_code == 422
    assert (await post(owner, path, LOCATION, path)).status_code == 303
    async with database.begin(await clinic_scope(database)) as work:
        assert [place.accessibility for place in await clinics.list_locations(work)] == [[]]
