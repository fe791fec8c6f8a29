"""The API of practitioners: people, hours, credentials, and evidence that nobody else can reach."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kernel.file_rules import LARGEST_EVIDENCE
from tests.services.practitioners.papers import jpeg, pdf, png
from tests.web.people import add_location, begin_clinic, fields, sign_up

NURSE = {
    "kind": "registered_nurse",
    "number": "RN-204981",
    "issuer": "Nursys",
    "jurisdiction": "Arizona, US",
    "issued_on": "2019-05-01",
    "expires_on": "2090-05-01",
}
Headers = dict[str, str]
ALWAYS = {"weeks": "every", "valid_from": None, "valid_until": None}


@pytest.fixture
async def ana(api: httpx.AsyncClient) -> Headers:
    return await sign_up(api, "ana@example.com")


@pytest.fixture
async def slug(api: httpx.AsyncClient, ana: Headers) -> str:
    return await begin_clinic(api, ana)


@pytest.fixture
async def base(slug: str) -> str:
    return f"/manage/{slug}"


@pytest.fixture
async def person(api: httpx.AsyncClient, ana: Headers, base: str) -> dict[str, Any]:
    made = await api.post(f"{base}/practitioners", json={"name": "Dr Ana Ruiz"}, headers=ana)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


@pytest.fixture
async def credential(
    api: httpx.AsyncClient, ana: Headers, base: str, person: dict[str, Any]
) -> dict[str, Any]:
    path = f"{base}/practitioners/{person['id']}/credentials"
    made = await api.post(path, json=NURSE, headers=ana)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def _upload(
    api: httpx.AsyncClient, who: Headers, path: str, content: bytes, name: str = "licence.pdf", **more: str
) -> httpx.Response:
    files = {"file": (name, content, "application/pdf")}
    return await api.post(path, files=files, headers={**who, **more})


async def test_a_practitioner_is_added_read_changed_and_archived(
    api: httpx.AsyncClient, ana: Headers, base: str
) -> None:
    new = {
        "name": " Dr Ana Ruiz ",
        "title": "Dermatologist",
        "needling_since_year": 2018,
        "sessions_before": 900,
    }
    made = await api.post(f"{base}/practitioners", json=new, headers=ana)
    assert made.status_code == 201
    person = made.json()
    assert {key: person[key] for key in new} == {**new, "name": "Dr Ana Ruiz"}
    assert (person["hours"], person["credentials"], person["bio"]) == ([], [], "")
    path = f"{base}/practitioners/{person['id']}"
    changed = await api.patch(
        path, json={"bio": "Trained in Madrid.", "needling_since_year": None}, headers=ana
    )
    assert changed.status_code == 200
    assert changed.json() == {**person, "bio": "Trained in Madrid.", "needling_since_year": None}
    assert (await api.get(path, headers=ana)).json() == changed.json()
    assert (await api.get(f"{base}/practitioners", headers=ana)).json()["items"] == [changed.json()]
    assert (await api.delete(path, headers=ana)).status_code == 204
    assert (await api.get(path, headers=ana)).status_code == 404
    assert (await api.delete(path, headers=ana)).status_code == 404
    assert (await api.get(f"{base}/practitioners", headers=ana)).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ("name", "missing")),
        ({"name": "  "}, ("name", "missing")),
        ({"name": "x" * 121}, ("name", "too-long")),
        ({"name": "a\x00b"}, ("name", "invalid")),
        ({"name": 7}, ("name", "wrong-type")),
        ({"name": "Ana", "needling_since_year": 1989}, ("needling_since_year", "out-of-range")),
        ({"name": "Ana", "needling_since_year": 2150}, ("needling_since_year", "out-of-range")),
        ({"name": "Ana", "sessions_before": -1}, ("sessions_before", "out-of-range")),
    ],
)
async def test_a_practitioner_that_cannot_be_is_refused_at_its_field(
    api: httpx.AsyncClient, ana: Headers, base: str, body: dict[str, Any], wrong: tuple[str, str]
) -> None:
    assert fields(await api.post(f"{base}/practitioners", json=body, headers=ana)) == [wrong]
    assert (await api.get(f"{base}/practitioners", headers=ana)).json()["items"] == []


async def test_one_key_adds_one_practitioner(api: httpx.AsyncClient, ana: Headers, base: str) -> None:
    key = {**ana, "Idempotency-Key": "one"}
    first = await api.post(f"{base}/practitioners", json={"name": "Ana"}, headers=key)
    second = await api.post(f"{base}/practitioners", json={"name": "Ana"}, headers=key)
    assert (second.status_code, second.content) == (201, first.content)
    assert len((await api.get(f"{base}/practitioners", headers=ana)).json()["items"]) == 1


async def test_a_new_practitioner_works_whenever_the_clinic_is_open_unless_said_otherwise(
    api: httpx.AsyncClient, ana: Headers, slug: str, base: str
) -> None:
    place = await add_location(api, ana, slug)
    hours = [{"weekday": 0, "opens": "09:00", "closes": "17:00"}]
    await api.put(f"{base}/locations/{place['id']}/hours", json={"hours": hours}, headers=ana)
    follows = await api.post(f"{base}/practitioners", json={"name": "Ana"}, headers=ana)
    assert follows.json()["hours"] == [{"location_id": place["id"], **hours[0], **ALWAYS}]
    own = {"name": "Ben", "follows_opening_hours": False}
    assert (await api.post(f"{base}/practitioners", json=own, headers=ana)).json()["hours"] == []


async def test_hours_are_replaced_as_a_whole(
    api: httpx.AsyncClient, ana: Headers, slug: str, base: str, person: dict[str, Any]
) -> None:
    place = await add_location(api, ana, slug)
    path = f"{base}/practitioners/{person['id']}/hours"
    morning = {"weekday": 2, "opens": "09:00", "closes": "12:00"}
    evening = {"weekday": 2, "opens": "12:00", "closes": "18:30"}
    saved = await api.put(path, json={"hours": [morning, evening]}, headers=ana)
    assert saved.json()["hours"] == [
        {"location_id": place["id"], **morning, **ALWAYS},
        {"location_id": place["id"], **evening, **ALWAYS},
    ]
    assert (await api.put(path, json={"hours": []}, headers=ana)).json()["hours"] == []


@pytest.mark.parametrize(
    ("spans", "wrong"),
    [
        ([{"weekday": 7, "opens": "09:00", "closes": "12:00"}], ("hours.0.weekday", "out-of-range")),
        ([{"weekday": 1, "opens": "12:00", "closes": "12:00"}], ("hours.0", "invalid")),
        ([{"weekday": 1, "opens": "09:00+02:00", "closes": "12:00"}], ("hours.0.opens", "invalid")),
        ([{"weekday": 1, "opens": "9am", "closes": "12:00"}], ("hours.0.opens", "wrong-type")),
        (
            [
                {"weekday": 1, "opens": "09:00", "closes": "12:00"},
                {"weekday": 1, "opens": "11:59", "closes": "13:00"},
            ],
            ("hours.1.opens", "overlap"),
        ),
        (
            [{"location_id": str(uuid4()), "weekday": 1, "opens": "09:00", "closes": "12:00"}],
            ("hours.0.location_id", "unknown"),
        ),
    ],
)
async def test_hours_that_cannot_be_are_refused_at_their_field(
    *,
    api: httpx.AsyncClient,
    ana: Headers,
    slug: str,
    base: str,
    person: dict[str, Any],
    spans: list[dict[str, Any]],
    wrong: tuple[str, str],
) -> None:
    await add_location(api, ana, slug)
    path = f"{base}/practitioners/{person['id']}/hours"
    assert fields(await api.put(path, json={"hours": spans}, headers=ana)) == [wrong]


async def test_hours_name_their_location_where_there_are_several(
    api: httpx.AsyncClient, ana: Headers, slug: str, base: str, person: dict[str, Any]
) -> None:
    first = await add_location(api, ana, slug)
    second = await add_location(api, ana, slug, name="North")
    path = f"{base}/practitioners/{person['id']}/hours"
    span = {"weekday": 1, "opens": "09:00", "closes": "12:00"}
    assert fields(await api.put(path, json={"hours": [span]}, headers=ana)) == [
        ("hours.0.location_id", "missing")
    ]
    both = [{"location_id": place["id"], **span} for place in (first, second)]
    assert len((await api.put(path, json={"hours": both}, headers=ana)).json()["hours"]) == 2


async def test_a_credential_is_claimed_unverified(
    api: httpx.AsyncClient, ana: Headers, base: str, person: dict[str, Any], credential: dict[str, Any]
) -> None:
    assert {key: credential[key] for key in NURSE} == NURSE
    assert (credential["state"], credential["verified_at"], credential["evidence"]) == (
        "unverified",
        None,
        [],
    )
    under = f"{base}/practitioners/{person['id']}/credentials"
    assert (await api.get(under, headers=ana)).json()["items"] == [credential]
    for path in (f"{under}/{credential['id']}", f"{base}/credentials/{credential['id']}"):
        assert (await api.get(path, headers=ana)).json() == credential
        changed = await api.patch(path, json={"issuer": "Board of nursing"}, headers=ana)
        assert changed.json() == {**credential, "issuer": "Board of nursing"}
        await api.patch(path, json={"issuer": NURSE["issuer"]}, headers=ana)
    assert (await api.delete(f"{under}/{credential['id']}", headers=ana)).status_code == 204
    assert (await api.get(under, headers=ana)).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"kind": "wizard"}, ("kind", "invalid")),
        ({"number": ""}, ("number", "missing")),
        ({"issuer": "NPPES", "number": "1234567890"}, ("number", "check-digit")),
        ({"issued_on": "2090-01-01"}, ("issued_on", "in-future")),
        ({"issued_on": "2019-13-01"}, ("issued_on", "wrong-type")),
        ({"expires_on": "2019-05-01"}, ("expires_on", "before-issue")),
        ({"expires_on": "2020-05-01"}, ("expires_on", "in-past")),
    ],
)
async def test_a_credential_that_cannot_be_is_refused_at_its_field(
    *,
    api: httpx.AsyncClient,
    ana: Headers,
    base: str,
    person: dict[str, Any],
    change: dict[str, str],
    wrong: tuple[str, str],
) -> None:
    path = f"{base}/practitioners/{person['id']}/credentials"
    assert fields(await api.post(path, json={**NURSE, **change}, headers=ana)) == [wrong]


async def test_the_same_credential_is_claimed_once(
    api: httpx.AsyncClient, ana: Headers, base: str, person: dict[str, Any], credential: dict[str, Any]
) -> None:
    path = f"{base}/practitioners/{person['id']}/credentials"
    assert fields(await api.post(path, json=NURSE, headers=ana)) == [("number", "taken")]
    other = (await api.post(path, json={**NURSE, "number": "RN-1"}, headers=ana)).json()
    same = {"number": NURSE["number"]}
    assert fields(await api.patch(f"{path}/{other['id']}", json=same, headers=ana)) == [("number", "taken")]


@pytest.mark.parametrize(
    ("content", "kind", "ending"),
    [(pdf(), "application/pdf", "pdf"), (jpeg(), "image/jpeg", "jpg"), (png(), "image/png", "png")],
)
async def test_evidence_is_typed_by_its_content_and_only_ever_downloaded(
    *,
    api: httpx.AsyncClient,
    ana: Headers,
    base: str,
    credential: dict[str, Any],
    content: bytes,
    kind: str,
    ending: str,
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    made = await _upload(api, ana, path, content, name="../Título <1>.exe")
    assert made.status_code == 201, made.text
    evidence = made.json()
    assert (evidence["filename"], evidence["content_type"]) == (f"Título_1.{ending}", kind)
    assert evidence["size_bytes"] == len(content)
    assert "storage_key" not in evidence
    assert (await api.get(path, headers=ana)).json()["items"] == [evidence]
    got = await api.get(f"{path}/{evidence['id']}", headers=ana)
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-type"] == kind
    assert got.headers["content-disposition"] == (
        f"attachment; filename=\"T_tulo_1.{ending}\"; filename*=UTF-8''T%C3%ADtulo_1.{ending}"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"] == "private, no-store"
    assert (await api.delete(f"{path}/{evidence['id']}", headers=ana)).status_code == 204
    assert (await api.get(f"{path}/{evidence['id']}", headers=ana)).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00" + b"\x00" * 200, "wrong-type"),
        (b"<svg onload='alert(1)'/>", "wrong-type"),
        (pdf()[:40], "wrong-type"),
        (pdf(LARGEST_EVIDENCE + 1), "too-large"),
    ],
)
async def test_a_file_that_is_no_evidence_is_refused(
    *, api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any], content: bytes, code: str
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    assert fields(await _upload(api, ana, path, content)) == [("file", code)]
    assert (await api.get(path, headers=ana)).json()["items"] == []


async def test_a_body_beyond_the_limit_is_refused_with_a_problem(
    api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    answer = await _upload(api, ana, path, pdf(12_100_000))
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/too-large")


async def test_an_upload_without_its_file_is_refused_at_the_field(
    api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    other = await api.post(path, files={"paper": ("a.pdf", pdf(), "application/pdf")}, headers=ana)
    assert [field for field, _ in fields(other)] == ["file"]
    words = await api.post(path, files={"file": (None, "just words")}, headers=ana)
    assert [field for field, _ in fields(words)] == ["file"]
    body = await api.post(path, json={"file": "x"}, headers=ana)
    assert body.status_code in {400, 415, 422}


async def test_one_key_keeps_one_file(
    api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    content = head + pdf() + b"\r\n--x--\r\n"
    headers = {**ana, "Idempotency-Key": "one", "Content-Type": "multipart/form-data; boundary=x"}
    first = await api.post(path, content=content, headers=headers)
    second = await api.post(path, content=content, headers=headers)
    assert first.status_code == 201, first.text
    assert (second.status_code, second.content) == (201, first.content)
    assert len((await api.get(path, headers=ana)).json()["items"]) == 1


async def test_ten_files_are_enough(
    api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    for _ in range(10):
        assert (await _upload(api, ana, path, pdf())).status_code == 201
    refused = await _upload(api, ana, path, pdf())
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "too-many-files")


async def test_evidence_is_reached_by_nobody_without_the_permission(
    api: httpx.AsyncClient, ana: Headers, slug: str, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    file = f"{path}/{(await _upload(api, ana, path, pdf())).json()['id']}"
    front = await sign_up(api, "front@example.com", "Front Desk")
    joined = {"email": "front@example.com", "role": "front_desk"}
    assert (await api.post(f"{base}/team", json=joined, headers=ana)).status_code == 201
    stranger = await sign_up(api, "other@example.com", "Other")
    await begin_clinic(api, stranger, "Other Skin")
    assert (await api.get(file)).status_code == 401
    assert (await api.get(file, headers=front)).status_code == 403
    assert (await _upload(api, front, path, pdf())).status_code == 403
    assert (await api.delete(file, headers=front)).status_code == 403
    assert (await api.get(file, headers=stranger)).status_code == 404
    assert (await api.get(file.replace(slug, "other-skin"), headers=stranger)).status_code == 404
    looks = (await api.get(f"{base}/audit", headers=ana)).json()["items"]
    assert "evidence.read" not in [event["action"] for event in looks]


async def test_each_look_at_evidence_is_in_the_audit(
    api: httpx.AsyncClient, ana: Headers, base: str, credential: dict[str, Any]
) -> None:
    path = f"{base}/credentials/{credential['id']}/evidence"
    evidence_id = (await _upload(api, ana, path, pdf())).json()["id"]
    for _ in range(2):
        await api.get(f"{path}/{evidence_id}", headers=ana)
    events = (await api.get(f"{base}/audit", headers=ana)).json()["items"]
    looks = [event for event in events if event["action"] == "evidence.read"]
    assert [(event["subject_kind"], event["subject_id"]) for event in looks] == [
        ("evidence", evidence_id)
    ] * 2
    assert looks[0]["detail"] == {"credential_id": credential["id"]}


async def test_what_is_another_clinics_is_not_found(
    api: httpx.AsyncClient, ana: Headers, base: str, person: dict[str, Any], credential: dict[str, Any]
) -> None:
    upload = await _upload(api, ana, f"{base}/credentials/{credential['id']}/evidence", pdf())
    ben = await sign_up(api, "ben@example.com", "Ben")
    other = f"/manage/{await begin_clinic(api, ben, 'Ben Skin')}"
    own = (await api.post(f"{other}/practitioners", json={"name": "Ben"}, headers=ben)).json()["id"]
    his = (await api.post(f"{other}/practitioners/{own}/credentials", json=NURSE, headers=ben)).json()["id"]
    evidence = f"credentials/{credential['id']}/evidence/{upload.json()['id']}"
    tries: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", f"practitioners/{person['id']}", None),
        ("PATCH", f"practitioners/{person['id']}", {"name": "X"}),
        ("DELETE", f"practitioners/{person['id']}", None),
        ("PUT", f"practitioners/{person['id']}/hours", {"hours": []}),
        ("GET", f"practitioners/{person['id']}/credentials", None),
        ("POST", f"practitioners/{person['id']}/credentials", NURSE),
        ("GET", f"credentials/{credential['id']}", None),
        ("PATCH", f"credentials/{credential['id']}", {"issuer": "X"}),
        ("DELETE", f"credentials/{credential['id']}", None),
        ("GET", f"practitioners/{own}/credentials/{credential['id']}", None),
        ("GET", f"practitioners/{person['id']}/credentials/{his}", None),
        ("GET", evidence, None),
        ("DELETE", evidence, None),
        ("GET", f"credentials/{his}/evidence/{upload.json()['id']}", None),
    ]
    for method, path, body in tries:
        answer = await api.request(method, f"{other}/{path}", json=body, headers=ben)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (
        await _upload(api, ben, f"{other}/credentials/{credential['id']}/evidence", pdf())
    ).status_code == 404
    after = (await api.get(f"{base}/practitioners/{person['id']}", headers=ana)).json()
    assert after == {**person, "credentials": [{**credential, "evidence": [upload.json()]}]}
