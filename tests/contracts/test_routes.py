"""Every route has its place; what each is called with, for the tests that call them all."""

from __future__ import annotations

import re
from typing import Any

from litestar import Litestar

ID = re.compile(r"\{(\w+):\w+\}")
NOT_IDS = frozenset({"slug", "proof_kind"})  # every clinic has these; they lead into no other one
CLINIC = ("/api/v1/manage/{slug:str}", "/clinic/{slug:str}")
MODERATORS = ("/admin", "/api/v1/admin")
OPEN = re.compile(
    r"^/($|account|appeals|api/v1/(accounts?|bookings|catalogue|check-ins|clinics|data-links|invitations|manage/clinics|questions|reports|reviews|search|tokens)"
    r"|assets|bookings|c/|check-ins|clinic$|clinic/new|compare|data|dev/|feeds/|for-clinics|forgot-password|guide|healthz|invitations"
    r"|metrics|questions|readyz|reset-password|reviews"
    r"|robots.txt|schema|search|sign-|sitemap|t/|theme|trust|unsubscribe/|verify-email|waitlist)"
)
MONEY = {"amount": 100, "currency": "USD"}
BODIES: dict[str, Any] = {
    "/locations": {"name": "X", "street": "Y 1", "city": "Austin"},
    "/proofs/{proof_kind}": {"number": "1", "issuer": "X", "valid_until": "2099-01-01"},
    "/locations/{location_id}/hours": {"hours": []},
    "/travel": {"ways": []},
    "/practitioners/{practitioner_id}/hours": {"hours": []},
    "/rooms": {"location_id": "{location_id}", "name": "X"},
    "/devices": {"location_id": "{location_id}", "maker": "X", "model": "Y", "modality": "pen"},
    "/practitioners": {"name": "X"},
    "/team": {"email": "x@example.test", "role": "manager"},
    "/team/invitations": {"email": "x@example.test", "role": "manager"},
    "/close": {"name": "X"},
    "/feeds": {"feed_of": "room", "subject_id": "{room_id}"},
    "/practitioners/{practitioner_id}/calendars": {"address": "https://calendar.example.test/x.ics"},
    "/reminders": {"hours": [48]},
    "/letter-words": {"greeting": "Dear {name},"},
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
    "/bookings/{reference}/record": {
        "areas": ["face"],
        "depth_mm": "1.0",
        "lot": "L",
        "version": 1,
        "why": "X",
    },
    "/courses/{course_id}/pause": {"until": "2027-01-04"},
    "/courses/{course_id}/stop": {"reason": "other", "cancel_booked": True},
    "/check-ins/{check_in_id}/handled": {"note": "X"},
    "/results": {"before_id": "{photo_id}", "after_id": "{photo_id}"},
    "/recalls": {"lot": "LOT-1"},
    "/recalls/{recall_id}/people/{client_id}/call": {"reached": True},
    "/waitlist/{wish_id}/offer": {"starts_at": "2099-01-04T10:00:00-06:00"},
    "/clients": {"name": "X", "email": "x@example.test"},
    "/clients/{client_id}": {"name": "X"},
    "/clients/{client_id}/notes": {"text": "X"},
    "/clients/{client_id}/merge": {"other_id": "{other_client_id}"},
    "/questions/{question_id}/answer": {"text": "X"},
    "/api/v1/admin/cases/{case_id}/decision": {
        "decision": "approve",
        "reason": "meets_requirements",
        "message": "Fine.",
    },
    "/reviews/{review_id}/reply": {"text": "Thank you."},
    "/reviews/{review_id}/flag": {"reason": "other", "text": "It is about somebody else."},
}


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    """Every method and address of the application."""
    return sorted(
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"}
    )


def filled(path: str, ids: dict[str, str]) -> str:
    """The address with an id in each place of one."""
    if "/locations/" in path:
        ids = {**ids, "exception_id": ids["location_exception_id"]}
    if "/record" in path or "/photos" in path:
        ids = {**ids, "reference": ids["treated_reference"]}
    return ID.sub(lambda found: ids[found[1]], path)


def _body(path: str, ids: dict[str, str]) -> Any:
    """A plausible body, so that the answer is about the clinic and not about the form."""
    tail = ID.sub(r"{\1}", path.removeprefix("/api/v1/manage/{slug:str}"))
    given = BODIES.get(tail, {})
    return {
        key: ids[value.strip("{}")] if isinstance(value, str) and value.startswith("{") else value
        for key, value in given.items()
    }


def request_of(
    method: str, path: str, ids: dict[str, str], bearer: dict[str, str], form: dict[str, str]
) -> dict[str, Any]:
    if not path.startswith("/api/"):
        return {"headers": form, "data": {} if method == "POST" else None}
    if path.endswith(("/evidence", "/photos", "/pictures", "/portrait")) and method == "POST":
        more = {"data": {"pose": "front"}} if path.endswith("/photos") else {}
        return {"headers": bearer, "files": {"file": ("a.pdf", b"%PDF-1.4\n%%EOF\n")}, **more}
    return {"headers": bearer, "json": _body(path, ids) if method in {"POST", "PUT", "PATCH"} else None}


def test_every_route_has_its_place(app: Litestar) -> None:
    unplaced = [
        path
        for _, path in routes_of(app)
        if not path.startswith((*CLINIC, *MODERATORS)) and not OPEN.match(path)
    ]
    assert unplaced == []
