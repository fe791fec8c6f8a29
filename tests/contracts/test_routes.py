"""Every route, called by the owner of another clinic: 404, and nothing of the clinic has changed."""

from __future__ import annotations

import re
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kernel.work import Database
from tests.conftest import MovableClock
from tests.contracts.full_world import digest, full_world
from tests.factories import PASSWORD, live_clinic
from tests.web.conftest import BASE

ID = re.compile(r"\{(\w+):\w+\}")
NOT_IDS = frozenset({"slug", "proof_kind"})  # every clinic has these; they lead into no other one
CLINIC = ("/api/v1/manage/{slug:str}", "/clinic/{slug:str}")
MODERATORS = ("/admin", "/api/v1/admin")
OPEN = re.compile(
    r"^/($|account|appeals|api/v1/(accounts?|bookings|catalogue|check-ins|clinics|invitations|manage/clinics|questions|reports|reviews|search|tokens)"
    r"|assets|bookings|c/|check-ins|clinic$|clinic/new|compare|dev/|for-clinics|forgot-password|guide|healthz|invitations"
    r"|metrics|questions|readyz|reset-password|reviews"
    r"|robots.txt|schema|search|sign-|sitemap.xml|theme|trust|verify-email)"
)
MONEY = {"amount": 100, "currency": "USD"}
BODIES: dict[str, Any] = {
    "/locations": {"name": "X", "street": "Y 1", "city": "Austin"},
    "/proofs/{proof_kind}": {"number": "1", "issuer": "X", "valid_until": "2099-01-01"},
    "/locations/{location_id}/hours": {"hours": []},
    "/practitioners/{practitioner_id}/hours": {"hours": []},
    "/rooms": {"location_id": "{location_id}", "name": "X"},
    "/devices": {"location_id": "{location_id}", "maker": "X", "model": "Y", "modality": "pen"},
    "/practitioners": {"name": "X"},
    "/team": {"email": "x@example.test", "role": "manager"},
    "/team/invitations": {"email": "x@example.test", "role": "manager"},
    "/close": {"name": "X"},
    "/locations/{location_id}/exceptions": {"kind": "closed", "first_on": "2099-01-04"},
    "/practitioners/{practitioner_id}/exceptions": {"kind": "closed", "first_on": "2099-01-04"},
    "/locations/{location_id}/holidays/{on}": {"closed": True},
    "/practitioners/{practitioner_id}/member": {"member_id": None},
    "/team/{member_id}": {"role": "manager"},
    "/treatments": {
        "name": "X",
        "modality": "pen",
        "concerns": ["acne_scars"],
        "device_id": "{device_id}",
        "areas": [{"code": "face", "minutes": 15, "price": MONEY}],
        "course": {"sessions": 4},
    },
    "/practitioners/{practitioner_id}/credentials": {
        "kind": "dermatologist",
        "number": "1",
        "issuer": "X",
        "jurisdiction": "Y",
    },
    "/bookings": {
        "treatment_id": "{treatment_id}",
        "starts_at": "2027-01-04T10:00:00-06:00",
        "client": {"name": "X", "email": "x@example.test"},
    },
    "/bookings/{reference}": {"starts_at": "2027-01-04T10:00:00-06:00"},
    "/bookings/{reference}/complete": {"areas": ["face"], "depth_mm": "1.0", "lot": "L"},
    "/clients": {"name": "X", "email": "x@example.test"},
    "/clients/{client_id}": {"name": "X"},
    "/clients/{client_id}/notes": {"text": "X"},
    "/clients/{client_id}/merge": {"other_id": "{note_id}"},
    "/questions/{question_id}/answer": {"text": "X"},
    "/reviews/{review_id}/reply": {"text": "Thank you."},
    "/reviews/{review_id}/flag": {"reason": "other", "text": "It is about somebody else."},
}


def _routes(app: Litestar) -> list[tuple[str, str]]:
    return sorted(
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"}
    )


def _filled(path: str, ids: dict[str, str]) -> str:
    return ID.sub(lambda found: ids[found[1]], path)


def _body(path: str, ids: dict[str, str]) -> Any:
    """A plausible body, so that the answer is about the clinic and not about the form."""
    tail = ID.sub(r"{\1}", path.removeprefix("/api/v1/manage/{slug:str}"))
    given = BODIES.get(tail, {})
    return {
        key: ids[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value
        for key, value in given.items()
    }


def _request(
    method: str, path: str, ids: dict[str, str], bearer: dict[str, str], form: dict[str, str]
) -> dict[str, Any]:
    if not path.startswith("/api/"):
        return {"headers": form, "data": {} if method == "POST" else None}
    if path.endswith(("/evidence", "/pictures", "/portrait")) and method == "POST":
        return {"headers": bearer, "files": {"file": ("a.pdf", b"%PDF-1.4\n%%EOF\n")}}
    return {"headers": bearer, "json": _body(path, ids) if method in {"POST", "PUT", "PATCH"} else None}


async def _signed_in(http: httpx.AsyncClient, email: str) -> dict[str, str]:
    await http.get("/sign-in")
    token = {"x-csrftoken": http.cookies["needlewise_csrf"]}
    answer = await http.post("/sign-in", data={"email": email, "password": PASSWORD}, headers=token)
    assert answer.status_code == 303
    await http.get("/account")
    return {"x-csrftoken": http.cookies["needlewise_csrf"]}


def test_every_route_has_its_place(app: Litestar) -> None:
    unplaced = [
        path
        for _, path in _routes(app)
        if not path.startswith((*CLINIC, *MODERATORS)) and not OPEN.match(path)
    ]
    assert unplaced == []


async def test_another_clinics_owner_finds_nothing_and_changes_nothing(
    app: Litestar,
    http: httpx.AsyncClient,
    api: httpx.AsyncClient,
    database: Database,
    clock: MovableClock,
    superuser: AsyncEngine,
) -> None:
    world, ids = await full_world(database, clock)
    mine = await live_clinic(database, name="Another Place", city="Chicago")
    headers = await _signed_in(http, mine.owner.email)
    before = await digest(superuser, str(world.clinic_id))
    wrong, calls = [], 0
    for slug in (world.slug, mine.slug):
        for method, path in _routes(app):
            names = ID.findall(path)
            if not path.startswith(CLINIC) or (slug == mine.slug and set(names) <= NOT_IDS):
                continue
            calls += 1
            client = api if path.startswith("/api/") else http
            given = _request(method, path, ids, mine.bearer, headers)
            answer = await client.request(method, BASE + _filled(path, {**ids, "slug": slug}), **given)
            if answer.status_code != 404:
                wrong.append((method, path, answer.status_code, answer.text[:200]))
    assert wrong == []
    assert calls > 150
    assert await digest(superuser, str(world.clinic_id)) == before


async def test_moderators_routes_are_closed_to_owners_and_to_strangers(
    app: Litestar, api: httpx.AsyncClient, http: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    world, ids = await full_world(database, clock)
    ids = {**ids, "delivery_id": ids["case_id"]}
    headers = await _signed_in(http, world.owner.email)
    wrong = []
    for method, path in _routes(app):
        if not path.startswith(MODERATORS):
            continue
        address = BASE + _filled(path, ids)
        body = {"decision": "approve", "reason": "meets_requirements", "message": "Fine."}
        if path.startswith("/api/"):
            for bearer, wanted in ((world.bearer, 403), ({}, 401)):
                given = body if method == "POST" else None
                answer = await api.request(method, address, headers=bearer, json=given)
                wrong += [(method, path, answer.status_code)] if answer.status_code != wanted else []
        else:
            answer = await http.request(method, address, headers=headers)
            wrong += [(method, path, answer.status_code)] if answer.status_code != 403 else []
    assert wrong == []
