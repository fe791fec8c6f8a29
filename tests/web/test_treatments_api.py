"""The API of the catalogue and of a clinic's menu."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.people import add_location, begin_clinic, fields, sign_up

Headers = dict[str, str]
EURO = {"currency": "EUR"}
NEW: dict[str, Any] = {
    "name": "Pen facial for acne scars",
    "modality": "pen",
    "concerns": ["acne_scars"],
    "areas": [{"code": "face", "minutes": 20, "price": {"amount": 18000, **EURO}}],
}


@pytest.fixture
async def ana(api: httpx.AsyncClient) -> Headers:
    return await sign_up(api, "ana@example.com")


@pytest.fixture
async def base(api: httpx.AsyncClient, ana: Headers) -> str:
    return f"/manage/{await begin_clinic(api, ana)}"


@pytest.fixture
async def device(api: httpx.AsyncClient, ana: Headers, base: str) -> str:
    place = await add_location(api, ana, base.removeprefix("/manage/"))
    return await _add_device(api, ana, base, place["id"])


async def _add_device(api: httpx.AsyncClient, who: Headers, base: str, location_id: str, **more: str) -> str:
    body = {
        "location_id": location_id,
        "maker": "Crown Aesthetics",
        "model": "SkinPen Precision",
        "modality": "pen",
        "clearance": "FDA K202243",
        **more,
    }
    made = await api.post(f"{base}/devices", json=body, headers=who)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_the_catalogue_names_every_code(api: httpx.AsyncClient) -> None:
    catalogue = (await api.get("/catalogue")).json()
    codes = {
        name: [entry["code"] for entry in catalogue[name]]
        for name in catalogue
        if name not in {"version", "devices"}
    }
    assert codes["concerns"] == [
        "acne_scars",
        "scars",
        "fine_lines",
        "enlarged_pores",
        "hyperpigmentation",
        "uneven_tone",
        "elasticity",
        "stretch_marks",
        "hair_loss",
    ]
    assert codes["areas"] == [
        "face",
        "neck",
        "decolletage",
        "scalp",
        "abdomen",
        "thighs",
        "arms",
        "hands",
        "back",
    ]
    assert codes["modalities"] == ["pen", "roller", "stamp", "rf_needling"]
    assert len(codes["credential_kinds"]) == 11
    assert {"en", "es", "ar"} <= set(codes["languages"])
    assert {"approve", "request_changes", "reject"} <= set(codes["decisions"])
    assert "meets_requirements" in codes["reasons"]
    assert all(entry["name"] for name in codes for entry in catalogue[name])
    skinpen = next(item for item in catalogue["devices"] if item["number"] == "K202243")
    assert skinpen["uses"] == [["face", "acne_scars"], ["neck", "fine_lines"]]


async def test_a_treatment_with_the_least_given_takes_the_fields_usual_course(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    made = await api.post(f"{base}/treatments", json=NEW, headers=ana)
    assert made.status_code == 201, made.text
    treatment = made.json()
    assert treatment.pop("id")
    assert treatment.pop("protocol")["version"] == 1
    assert treatment == {
        "name": "Pen facial for acne scars",
        "description": "",
        "modality": "pen",
        "concerns": ["acne_scars"],
        "device_id": device,
        "device_choice": "named",
        "numbing_in": "same_room",
        "given_by": "everyone",
        "performer_ids": [],
        "given_in": "any_room",
        "room_ids": [],
        "booking_mode": "instant",
        "phases": {"preparation_minutes": 10, "numbing_minutes": 25, "finish_minutes": 10},
        "downtime_days": 2,
        "areas": [
            {
                "code": "face",
                "minutes": 20,
                "visit_minutes": 65,
                "price": {"amount": 18000, "currency": "EUR"},
                "label": "on_label",
                "labels": {"face:acne_scars": True},
            }
        ],
        "course": {
            "sessions": 4,
            "min_days": 28,
            "target_days": 28,
            "max_days": 42,
            "price": {"amount": 72000, "currency": "EUR"},
        },
    }


async def test_a_treatment_keeps_all_that_was_given(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    full = {
        "name": "Face and neck",
        "description": "With numbing cream.",
        "modality": "pen",
        "concerns": ["fine_lines", "elasticity"],
        "device_id": device,
        "booking_mode": "request",
        "phases": {"preparation_minutes": 0, "numbing_minutes": 30, "finish_minutes": 5},
        "downtime_days": 0,
        "areas": [
            {"code": "neck", "minutes": 15, "price": {"amount": 0, **EURO}},
            {"code": "face", "minutes": 20, "price": {"amount": 20000, **EURO}},
        ],
        "course": {
            "sessions": 6,
            "min_days": 21,
            "target_days": 28,
            "max_days": 35,
            "price": {"amount": 99000, **EURO},
        },
    }
    made = await api.post(f"{base}/treatments", json=full, headers=ana)
    assert made.status_code == 201, made.text
    treatment = made.json()
    path = f"{base}/treatments/{treatment['id']}"
    assert (await api.get(path, headers=ana)).json() == treatment
    assert (await api.get(f"{base}/treatments", headers=ana)).json() == {"items": [treatment], "next": None}
    assert {key: treatment[key] for key in full if key != "areas"} == {
        key: value for key, value in full.items() if key != "areas"
    }
    assert [(area["code"], area["visit_minutes"], area["label"]) for area in treatment["areas"]] == [
        ("face", 55, "off_label"),
        ("neck", 50, "off_label"),
    ]


async def test_a_change_touches_only_what_was_given(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    before = (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()
    path = f"{base}/treatments/{before['id']}"
    patch = {"name": "Scar course", "course": {"sessions": 6}, "phases": {"numbing_minutes": 0}}
    after = (await api.patch(path, json=patch, headers=ana)).json()
    assert after == {
        **before,
        "name": "Scar course",
        "course": {**before["course"], "sessions": 6},
        "phases": {**before["phases"], "numbing_minutes": 0},
        "areas": [{**before["areas"][0], "visit_minutes": 40}],
        "protocol": {
            **before["protocol"],
            "version": 2,
            "sessions": 6,
            "written_at": after["protocol"]["written_at"],
        },
    }
    areas = [{"code": "back", "minutes": 180, "price": {"amount": 1, **EURO}}]
    assert [
        area["code"] for area in (await api.patch(path, json={"areas": areas}, headers=ana)).json()["areas"]
    ] == ["back"]
    assert (await api.patch(path, json={}, headers=ana)).status_code == 200


async def test_a_treatment_is_taken_off_the_menu(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    path = f"{base}/treatments/{(await api.post(f'{base}/treatments', json=NEW, headers=ana)).json()['id']}"
    assert (await api.delete(path, headers=ana)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        answer = await api.request(method, path, headers=ana, json={} if method == "PATCH" else None)
        assert answer.status_code == 404


def _with(path: str, value: Any) -> dict[str, Any]:
    """NEW with one value, at a path with dots, replaced."""
    body: dict[str, Any] = {**NEW, "course": {}, "phases": {}, "areas": [dict(NEW["areas"][0])]}
    body["areas"][0]["price"] = dict(NEW["areas"][0]["price"])
    at: Any = body
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "wrong"),
    [
        ("name", "", ("name", "missing")),
        ("modality", "laser", ("modality", "invalid")),
        ("concerns", [], ("concerns", "too-short")),
        ("concerns", ["youth"], ("concerns.0", "invalid")),
        ("device_id", "00000000-0000-7000-8000-000000000000", ("device_id", "unknown")),
        ("device_id", "pen", ("device_id", "wrong-type")),
        ("booking_mode", "maybe", ("booking_mode", "unknown-code")),
        ("downtime_days", 31, ("downtime_days", "out-of-range")),
        ("downtime_days", -1, ("downtime_days", "out-of-range")),
        ("phases.numbing_minutes", 121, ("phases.numbing_minutes", "out-of-range")),
        ("areas", [], ("areas", "too-short")),
        ("areas", [NEW["areas"][0], NEW["areas"][0]], ("areas", "invalid")),
        ("areas.0.code", "nose", ("areas.0.code", "invalid")),
        ("areas.0.minutes", 4, ("areas.0.minutes", "out-of-range")),
        ("areas.0.minutes", 181, ("areas.0.minutes", "out-of-range")),
        ("areas.0.price.amount", -1, ("areas.0.price.amount", "out-of-range")),
        ("areas.0.price.amount", 1.5, ("areas.0.price.amount", "wrong-type")),
        ("areas.0.price.amount", 2_000_000_001, ("areas.0.price.amount", "out-of-range")),
        ("areas.0.price.amount", 2_000_000_000, ("course.price", "out-of-range")),
        ("areas.0.price.currency", "USD", ("areas.0.price.currency", "wrong-currency")),
        ("course.price", {"amount": 1, "currency": "eur"}, ("course.price.currency", "wrong-currency")),
        ("course.sessions", 0, ("course.sessions", "out-of-range")),
        ("course.sessions", 13, ("course.sessions", "out-of-range")),
        ("course.min_days", 0, ("course.min_days", "out-of-range")),
        ("course.min_days", 29, ("course.target_days", "out-of-order")),
        ("course.max_days", 27, ("course.max_days", "out-of-order")),
        ("course.max_days", 366, ("course.max_days", "out-of-range")),
    ],
)
async def test_a_treatment_that_cannot_be_is_refused_at_its_field(
    *,
    api: httpx.AsyncClient,
    ana: Headers,
    base: str,
    device: str,
    path: str,
    value: Any,
    wrong: tuple[str, str],
) -> None:
    answer = await api.post(f"{base}/treatments", json=_with(path, value), headers=ana)
    assert fields(answer) == [wrong]
    assert (await api.get(f"{base}/treatments", headers=ana)).json()["items"] == []


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"name": None}, ("name", "wrong-type")),
        ({"course": {"min_days": 60}}, ("course.target_days", "out-of-order")),
        (
            {"course": {"price": {"amount": 1, "currency": "USD"}}},
            ("course.price.currency", "wrong-currency"),
        ),
        ({"areas": []}, ("areas", "too-short")),
        ({"device_id": "00000000-0000-7000-8000-000000000000"}, ("device_id", "unknown")),
        ({"modality": "roller"}, ("device_id", "wrong-modality")),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    *,
    api: httpx.AsyncClient,
    ana: Headers,
    base: str,
    device: str,
    patch: dict[str, Any],
    wrong: tuple[str, str],
) -> None:
    before = (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()
    path = f"{base}/treatments/{before['id']}"
    assert fields(await api.patch(path, json=patch, headers=ana)) == [wrong]
    assert (await api.get(path, headers=ana)).json() == before


async def test_the_device_is_named_where_several_fit(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    place = (await api.get(f"{base}/devices/{device}", headers=ana)).json()["location_id"]
    await _add_device(api, ana, base, place, modality="roller", clearance="")
    assert (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()["device_id"] == device
    other = await _add_device(api, ana, base, place, model="Other pen", clearance="")
    assert fields(await api.post(f"{base}/treatments", json=NEW, headers=ana)) == [("device_id", "missing")]
    named = await api.post(f"{base}/treatments", json={**NEW, "device_id": other}, headers=ana)
    assert (named.json()["device_id"], named.json()["areas"][0]["label"]) == (other, "unknown")


async def test_a_menu_needs_a_device_first(api: httpx.AsyncClient, ana: Headers, base: str) -> None:
    assert fields(await api.post(f"{base}/treatments", json=NEW, headers=ana)) == [("device_id", "missing")]


async def test_one_key_adds_one_treatment(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    key = {**ana, "Idempotency-Key": "one"}
    first = await api.post(f"{base}/treatments", json=NEW, headers=key)
    second = await api.post(f"{base}/treatments", json=NEW, headers=key)
    assert (first.status_code, second.content) == (201, first.content)
    assert len((await api.get(f"{base}/treatments", headers=ana)).json()["items"]) == 1


async def test_the_front_desk_reads_the_menu_and_changes_nothing(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    made = (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()
    front = await sign_up(api, "front@example.com", "Front Desk")
    await api.post(f"{base}/team", json={"email": "front@example.com", "role": "front_desk"}, headers=ana)
    path = f"{base}/treatments/{made['id']}"
    assert (await api.get(path, headers=front)).json() == made
    assert (await api.patch(path, json={"name": "X"}, headers=front)).status_code == 403
    assert (await api.delete(path, headers=front)).status_code == 403
    assert (await api.post(f"{base}/treatments", json=NEW, headers=front)).status_code == 403
    assert (await api.get(path)).status_code == 401


async def test_another_clinics_menu_and_devices_are_not_found(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    made = (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()
    ben = await sign_up(api, "ben@example.com", "Ben")
    slug = await begin_clinic(api, ben, "Ben Skin")
    place = await add_location(api, ben, slug)
    other = f"/manage/{slug}"
    own = await _add_device(api, ben, other, place["id"])
    assert fields(await api.post(f"{other}/treatments", json={**NEW, "device_id": device}, headers=ben)) == [
        ("device_id", "unknown")
    ]
    path = f"{other}/treatments/{made['id']}"
    assert (await api.get(path, headers=ben)).status_code == 404
    assert (await api.patch(path, json={"device_id": own}, headers=ben)).status_code == 404
    assert (await api.delete(path, headers=ben)).status_code == 404
    assert (await api.get(f"{base}/treatments/{made['id']}", headers=ben)).status_code == 404
    assert (await api.get(f"{base}/treatments/{made['id']}", headers=ana)).json() == made


async def test_what_follows_a_session_is_kept_in_versions(
    api: httpx.AsyncClient, ana: Headers, base: str, device: str
) -> None:
    made = (await api.post(f"{base}/treatments", json=NEW, headers=ana)).json()
    assert (made["protocol"]["version"], made["protocol"]["check_in_days"]) == (1, [1, 3, 7, 28])
    path = f"{base}/treatments/{made['id']}"
    wrong = {"check_in_days": [], "photo_days": [-1], "aftercare": [{"from_day": 0, "to_day": 0, "text": ""}]}
    refused = await api.patch(path, json={"protocol": wrong}, headers=ana)
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {
        "protocol.check_in_days",
        "protocol.photo_days.0",
        "protocol.aftercare.0.text",
    }
    after = (await api.patch(path, json={"protocol": {"check_in_days": [14, 2]}}, headers=ana)).json()
    assert after["protocol"]["check_in_days"] == [2, 14]
    assert after["protocol"]["aftercare"] == made["protocol"]["aftercare"]
    versions = (await api.get(f"{path}/protocols", headers=ana)).json()["items"]
    assert [(one["version"], one["check_in_days"]) for one in versions] == [(2, [2, 14]), (1, [1, 3, 7, 28])]
