"""The API of a clinic's set-up: bad inputs, roles, and what is somebody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.web.people import add_location, begin_clinic, fields, sign_up

CLINIC = {"name": "Linden Skin", "country": "ES", "currency": "EUR"}


@pytest.fixture
async def ana(api: httpx.AsyncClient) -> dict[str, str]:
    return await sign_up(api, "ana@example.com")


@pytest.fixture
async def slug(api: httpx.AsyncClient, ana: dict[str, str]) -> str:
    return await begin_clinic(api, ana)


async def test_a_clinic_begins_as_a_draft_of_its_owner(api: httpx.AsyncClient, ana: dict[str, str]) -> None:
    key = {**ana, "Idempotency-Key": "one"}
    made = await api.post("/manage/clinics", json=CLINIC, headers=key)
    assert made.status_code == 201
    body = made.json()
    assert (body["slug"], body["status"], body["email"]) == ("linden-skin", "draft", "ana@example.com")
    own = (await api.get("/manage/clinics", headers=ana)).json()["items"]
    assert [(item["slug"], item["role"], item["is_public"]) for item in own] == [
        ("linden-skin", "owner", False)
    ]


async def test_one_key_makes_one_clinic(api: httpx.AsyncClient, ana: dict[str, str]) -> None:
    key = {**ana, "Idempotency-Key": "one"}
    first = await api.post("/manage/clinics", json=CLINIC, headers=key)
    second = await api.post("/manage/clinics", json=CLINIC, headers=key)
    assert (second.status_code, second.content) == (201, first.content)
    assert len((await api.get("/manage/clinics", headers=ana)).json()["items"]) == 1
    other = await api.post("/manage/clinics", json={**CLINIC, "name": "Other"}, headers=key)
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "idempotency-key-reused")


async def test_a_clinic_needs_a_key_and_a_person(api: httpx.AsyncClient, ana: dict[str, str]) -> None:
    assert (await api.post("/manage/clinics", json=CLINIC, headers=ana)).status_code == 400
    assert (
        await api.post("/manage/clinics", json=CLINIC, headers={"Idempotency-Key": "x"})
    ).status_code == 401


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, ("name", "missing")),
        ({"name": "x" * 121}, ("name", "too-long")),
        ({"country": "XX"}, ("country", "invalid")),
        ({"country": "Spain"}, ("country", "too-long")),
        ({"currency": "XAU"}, ("currency", "invalid")),
        ({"currency": 5}, ("currency", "wrong-type")),
        ({"email": "nobody"}, ("email", "invalid")),
    ],
)
async def test_bad_fields_of_a_clinic_are_named(
    api: httpx.AsyncClient, ana: dict[str, str], change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    key = {**ana, "Idempotency-Key": "one"}
    assert fields(await api.post("/manage/clinics", json={**CLINIC, **change}, headers=key)) == [wrong]


async def test_profile_and_policies_are_changed_one_by_one(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    patch = {"description": "Two rooms by the park.", "languages": ["es", "en", "es"], "late_minutes": 10}
    changed = await api.patch(f"/manage/{slug}", json=patch, headers=ana)
    assert changed.status_code == 200
    body = (await api.get(f"/manage/{slug}", headers=ana)).json()
    assert (body["description"], body["languages"]) == ("Two rooms by the park.", ["es", "en"])
    assert (body["late_minutes"], body["cancellation_hours"], body["name"]) == (10, 24, "Linden Skin")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": None}, ("name", "invalid")),
        ({"cancellation_hours": 337}, ("cancellation_hours", "out-of-range")),
        ({"late_minutes": -1}, ("late_minutes", "out-of-range")),
        ({"late_minutes": "soon"}, ("late_minutes", "wrong-type")),
        ({"languages": []}, ("languages", "too-short")),
        ({"languages": ["qq"]}, ("languages.0", "invalid")),
        ({"sterilisation_checked_on": "yesterday"}, ("sterilisation_checked_on", "wrong-type")),
    ],
)
async def test_bad_changes_of_a_clinic_are_named(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    assert fields(await api.patch(f"/manage/{slug}", json=change, headers=ana)) == [wrong]


async def test_a_location_is_found_on_the_map_by_its_city(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    made = await add_location(api, ana, slug)
    assert made["time_zone"] == "Europe/Madrid"
    assert (round(made["latitude"]), round(made["longitude"])) == (40, -4)
    assert made["hours"] == []


async def test_a_location_lives_through_change_hours_and_archive(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    url = f"/manage/{slug}/locations/{(await add_location(api, ana, slug))['id']}"
    week = {
        "hours": [
            {"weekday": 0, "opens": "14:00", "closes": "18:00"},
            {"weekday": 0, "opens": "09:00", "closes": "13:00"},
        ]
    }
    hours = await api.put(f"{url}/hours", json=week, headers=ana)
    assert hours.status_code == 200
    assert [span["opens"] for span in hours.json()["hours"]] == ["09:00", "14:00"]
    moved = await api.patch(url, json={"city": "Barcelona"}, headers=ana)
    assert round(moved.json()["latitude"]) == 41
    assert (await api.delete(url, headers=ana)).status_code == 204
    assert (await api.get(url, headers=ana)).status_code == 404
    assert (await api.get(f"/manage/{slug}/locations", headers=ana)).json()["items"] == []


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ([{"weekday": 7, "opens": "09:00", "closes": "10:00"}], ("hours.0.weekday", "out-of-range")),
        ([{"weekday": 0, "opens": "10:00", "closes": "10:00"}], ("hours.0", "invalid")),
        ([{"weekday": 0, "opens": "late", "closes": "10:00"}], ("hours.0.opens", "wrong-type")),
        ([{"weekday": 0, "opens": "09:00"}], ("hours.0.closes", "missing")),
        (
            [
                {"weekday": 0, "opens": "09:00", "closes": "12:00"},
                {"weekday": 0, "opens": "11:59", "closes": "13:00"},
            ],
            ("hours.1.opens", "overlap"),
        ),
        ("always", ("hours", "wrong-type")),
    ],
)
async def test_bad_hours_are_named(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str, hours: Any, wrong: tuple[str, str]
) -> None:
    location = (await add_location(api, ana, slug))["id"]
    answer = await api.put(f"/manage/{slug}/locations/{location}/hours", json={"hours": hours}, headers=ana)
    assert fields(answer) == [wrong]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"city": "Nowhere at all"}, ("city", "unknown-city")),
        ({"latitude": 40.4}, ("longitude", "missing")),
        ({"latitude": 91, "longitude": 0}, ("latitude", "out-of-range")),
        ({"time_zone": "Madrid"}, ("time_zone", "invalid")),
        ({"phone": "call me"}, ("phone", "invalid")),
        ({"street": ""}, ("street", "missing")),
    ],
)
async def test_bad_fields_of_a_location_are_named(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    body = {"name": "Centre", "street": "Calle 1", "city": "Madrid", "country": "ES", **change}
    answer = await api.post(f"/manage/{slug}/locations", json=body, headers=ana)
    assert wrong in fields(answer)


async def test_an_unknown_city_is_taken_with_its_coordinates(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    made = await add_location(
        api, ana, slug, city="Smallest", latitude=41.1, longitude=1.2, time_zone="Europe/Madrid"
    )
    assert (made["latitude"], made["longitude"]) == (41.1, 1.2)


async def test_rooms_and_devices_live_in_a_location(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    location = (await add_location(api, ana, slug))["id"]
    room = await api.post(
        f"/manage/{slug}/rooms", json={"location_id": location, "name": "Room 1"}, headers=ana
    )
    device_in = {"location_id": location, "maker": "Crown", "model": "Pen", "modality": "pen"}
    device = await api.post(f"/manage/{slug}/devices", json=device_in, headers=ana)
    assert (room.status_code, device.status_code) == (201, 201)
    for kind, made, patch in (
        ("rooms", room.json(), {"name": "Blue"}),
        ("devices", device.json(), {"model": "Pen 2"}),
    ):
        url = f"/manage/{slug}/{kind}/{made['id']}"
        changed = await api.patch(url, json=patch, headers=ana)
        assert {**made, **patch} == changed.json() == (await api.get(url, headers=ana)).json()
        listed = await api.get(f"/manage/{slug}/{kind}?location_id={location}", headers=ana)
        assert [item["id"] for item in listed.json()["items"]] == [made["id"]]
        assert (await api.delete(url, headers=ana)).status_code == 204
        assert (await api.patch(url, json=patch, headers=ana)).status_code == 404
        assert (await api.delete(url, headers=ana)).status_code == 404


async def test_two_rooms_of_one_name_are_refused(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    body = {"location_id": (await add_location(api, ana, slug))["id"], "name": "Room 1"}
    await api.post(f"/manage/{slug}/rooms", json=body, headers=ana)
    again = await api.post(f"/manage/{slug}/rooms", json={**body, "name": "room 1"}, headers=ana)
    assert fields(again) == [("name", "taken")]


@pytest.mark.parametrize(("kind", "more"), [("rooms", {"name": "R"}), ("devices", {})])
async def test_another_clinics_location_is_no_place_for_a_room_or_device(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str, kind: str, more: dict[str, str]
) -> None:
    bo = await sign_up(api, "bo@example.com")
    theirs = (await add_location(api, bo, await begin_clinic(api, bo, "Oak")))["id"]
    body = {"location_id": theirs, "maker": "M", "model": "P", "modality": "pen", **more}
    assert fields(await api.post(f"/manage/{slug}/{kind}", json=body, headers=ana)) == [
        ("location_id", "unknown")
    ]


async def test_a_team_grows_and_keeps_an_owner(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    bo = await sign_up(api, "bo@example.com", "Bo")
    team = f"/manage/{slug}/team"
    unknown = await api.post(team, json={"email": "nobody@example.com", "role": "manager"}, headers=ana)
    assert fields(unknown) == [("email", "unknown")]
    assert fields(await api.post(team, json={"email": "bo@example.com", "role": "king"}, headers=ana)) == [
        ("role", "unknown-code")
    ]
    added = await api.post(team, json={"email": "Bo@example.com", "role": "front_desk"}, headers=ana)
    assert (added.status_code, added.json()["name"]) == (201, "Bo")
    again = await api.post(team, json={"email": "bo@example.com", "role": "manager"}, headers=ana)
    assert fields(again) == [("email", "taken")]
    owner, member = (await api.get(team, headers=ana)).json()["items"]
    assert (await api.get(f"/manage/{slug}", headers=bo)).status_code == 200
    assert (await api.get(team, headers=bo)).status_code == 403
    kept = await api.delete(f"{team}/{owner['id']}", headers=ana)
    assert (kept.status_code, kept.json()["type"].rsplit("/", 1)[1]) == (409, "last-owner")
    lower = await api.patch(f"{team}/{owner['id']}", json={"role": "manager"}, headers=ana)
    assert lower.status_code == 409
    raised = await api.patch(f"{team}/{member['id']}", json={"role": "owner"}, headers=ana)
    assert raised.json()["role"] == "owner"
    assert (await api.delete(f"{team}/{owner['id']}", headers=bo)).status_code == 204
    assert (await api.get(f"/manage/{slug}", headers=ana)).status_code == 404


def _routes(slug: str) -> list[tuple[str, str]]:
    one = uuid4()
    found = [("GET", f"/manage/{slug}"), ("PATCH", f"/manage/{slug}"), ("GET", f"/manage/{slug}/audit")]
    for kind in ("locations", "rooms", "devices", "team"):
        url = f"/manage/{slug}/{kind}"
        found += [("GET", url), ("POST", url)]
        found += [(method, f"{url}/{one}") for method in ("GET", "PATCH", "DELETE")]
    return [*found, ("PUT", f"/manage/{slug}/locations/{one}/hours")]


BODIES: dict[str, dict[str, Any]] = {
    "locations": {"name": "n", "street": "s", "city": "Madrid", "country": "ES"},
    "rooms": {"name": "n", "location_id": str(UUID(int=1))},
    "devices": {"maker": "m", "model": "m", "modality": "pen", "location_id": str(UUID(int=1))},
    "team": {"email": "x@example.com", "role": "manager"},
    "hours": {"hours": []},
}


def _body(method: str, url: str) -> dict[str, Any]:
    kind = next((kind for kind in BODIES if url.rstrip("/").endswith(kind)), "")
    if method in {"POST", "PUT"}:
        return BODIES[kind]
    return {"role": "manager"} if "/team/" in url else {}


async def test_a_foreign_account_finds_nothing_anywhere(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    bo = await sign_up(api, "bo@example.com")
    before = (await api.get(f"/manage/{slug}", headers=ana)).json()
    for method, url in _routes(slug):
        answer = await api.request(method, url, headers=bo, json=_body(method, url))
        assert answer.status_code == 404, (method, url, answer.text)
        nobody = await api.request(method, url, json=_body(method, url))
        assert nobody.status_code == 401, (method, url)
    assert (await api.get(f"/manage/{slug}", headers=ana)).json() == before


async def test_a_foreign_id_under_ones_own_clinic_is_not_found(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    bo = await sign_up(api, "bo@example.com")
    theirs = await begin_clinic(api, bo, "Oak")
    location = (await add_location(api, bo, theirs))["id"]
    url = f"/manage/{slug}/locations/{location}"
    for method in ("GET", "PATCH", "DELETE"):
        assert (await api.request(method, url, headers=ana, json={})).status_code == 404
    assert (await api.put(f"{url}/hours", headers=ana, json={"hours": []})).status_code == 404
    assert (await api.get(f"/manage/{slug}/locations/not-an-id", headers=ana)).status_code == 404


async def test_the_audit_says_who_did_what_and_pages(
    api: httpx.AsyncClient, ana: dict[str, str], slug: str
) -> None:
    await add_location(api, ana, slug)
    first = (await api.get(f"/manage/{slug}/audit?limit=1", headers=ana)).json()
    assert [(item["action"], item["by_label"]) for item in first["items"]] == [("location.add", "Ana Torres")]
    second = (await api.get(f"/manage/{slug}/audit?cursor={first['next']}", headers=ana)).json()
    assert [item["action"] for item in second["items"]] == ["clinic.create"]
    assert second["next"] is None
    assert fields(await api.get(f"/manage/{slug}/audit?cursor=zzz", headers=ana)) == [("cursor", "invalid")]
    assert (await api.get(f"/manage/{slug}/audit?limit=101", headers=ana)).status_code == 422
